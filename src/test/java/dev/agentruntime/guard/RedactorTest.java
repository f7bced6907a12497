package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {

  /** Quotes, slashes, spaces, reserved characters, umlauts, a line break. */
  private static final String AWKWARD = "p\"w/ä+ö \\%&=\n~x?9";

  private static Redactor of(String value) {
    return Redactor.of(() -> Map.of("S", List.of(value)));
  }

  private static void gone(String form, String value) {
    assertEquals("<[secret:S]>", of(value).redact("<" + form + ">"), form);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2-hunter2", AWKWARD, "12345678", "ghp_0123456789abcdefABCDEF"})
  void takesOutEveryForm(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    String json = Json.quote(value);
    json = json.substring(1, json.length() - 1);
    String twice = Json.quote(json);
    String url = URLEncoder.encode(value, StandardCharsets.UTF_8);
    gone(value, value);
    gone(json, value);
    gone(json.replace("/", "\\/"), value);
    gone(twice.substring(1, twice.length() - 1), value);
    gone(url, value);
    gone(url.replace("+", "%20"), value);
    gone(
        Pattern.compile("%[0-9A-F]{2}")
            .matcher(url)
            .replaceAll(hex -> hex.group().toLowerCase(Locale.ROOT)),
        value);
    gone(HexFormat.of().formatHex(bytes), value);
    gone(HexFormat.of().formatHex(bytes).toUpperCase(Locale.ROOT), value);
    gone(Base64.getEncoder().encodeToString(bytes), value);
    gone(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes), value);
  }

  /** As Go, Gson and PHP write it, the last of them within another JSON string too. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a=b\\u0026c\\u003cd/\u00e9'==",
        "a\\u003db\\u0026c\\u003cd/\u00e9\\u0027\\u003d\\u003d",
        "a\\u003db\\u0026c\\u003cd/\\u00e9\\u0027\\u003d\\u003d",
        "a=b&c<d\\/\\u00e9'==",
        "a=b&c<d\\\\/\\\\u00e9'=="
      })
  void takesOutWhatJsonForHtmlLooksLike(String form) {
    gone(form, "a=b&c<d/\u00e9'==");
  }

  @Test
  void takesOutWhatJsonOfNetLooksLike() {
    gone("a\\u002Bb\\u0022c\\\\\\u0026\\u003Cd/\\u00E9\\u0027==", "a+b\"c\\&<d/\u00e9'==");
  }

  @Test
  void takesOutBase64WhereverTheValueStands() {
    String value = "hunter2-hunter2";
    Random random = new Random(11);
    for (int before = 0; before < 12; before++) {
      for (int after = 0; after < 6; after++) {
        byte[] head = new byte[before];
        byte[] tail = new byte[after];
        random.nextBytes(head);
        random.nextBytes(tail);
        byte[] all = concat(concat(head, value.getBytes(StandardCharsets.UTF_8)), tail);
        String text = Base64.getEncoder().encodeToString(all);
        String clean = of(value).redact("Basic " + text);
        assertTrue(clean.contains("[secret:S]"), text);
        // What is left decodes to no part of the value longer than a byte.
        String left = clean.substring("Basic ".length()).replace("[secret:S]", "");
        assertTrue(left.length() <= text.length() - 18, clean);
      }
    }
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] all = new byte[a.length + b.length];
    System.arraycopy(a, 0, all, 0, a.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  @Test
  void leavesOtherTextsAlone() {
    String text = "nothing here, hunter2 is too little";
    assertSame(text, of("hunter2-hunter2").redact(text));
    Json json = Json.parse("{\"a\":[1,2.50,\"x\",null,true]}");
    assertSame(json, of("hunter2-hunter2").redact(json));
    assertSame(text, Redactor.NONE.redact(text));
  }

  @Test
  void takesOutOfJson() {
    Json json = Json.parse("{\"a\":[\"xhunter2-hunter2x\",{\"hunter2-hunter2\":1}],\"b\":2}");
    assertEquals(
        "{\"a\":[\"x[secret:S]x\",{\"[secret:S]\":1}],\"b\":2}",
        of("hunter2-hunter2").redact(json).toString());
    assertEquals(
        "{\"pin\":\"[secret:S]\"}",
        of("12345678").redact(Json.parse("{\"pin\":12345678}")).toString());
  }

  @Test
  void severalSecretsAndSeveralPlaces() {
    Redactor redactor = Redactor.of(
        () -> Map.of("A", List.of("aaaaaaaa", "aaaaaaaabbbb"), "C", List.of("cccccccc")));
    assertEquals(
        "[secret:A] [secret:C][secret:A]", redactor.redact("aaaaaaaabbbb ccccccccaaaaaaaa"));
    assertEquals(
        "[secret:S]",
        Redactor.all(List.of(Redactor.NONE, of("hunter2-hunter2"))).redact("hunter2-hunter2"));
    assertEquals("[secret:S]", of("hunter2-hunter2").redact("[secret:S]"));
  }
}
