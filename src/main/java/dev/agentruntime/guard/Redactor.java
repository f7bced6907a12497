package dev.agentruntime.guard;

import dev.agentruntime.core.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes secrets out of texts: a value as it is and in the forms in which it travels (JSON string,
 * percent-encoding, hex, Base64 at any offset) becomes {@code [secret:NAME]}, always the same. A
 * text is passed through a {@link Sieve} first, so that one without secrets costs one look at each
 * character, however many forms there are. Immutable; safe on every thread.
 */
public final class Redactor {

  /** Takes nothing out. */
  public static final Redactor NONE = new Redactor(List.of(), List::of, 0);

  /** A shorter value would be found in what is none. */
  public static final int CHARS_MIN = 8;

  private static final int BASE64_CHARS_MIN = 8;
  private static final HexFormat LOWER = HexFormat.of();
  private static final HexFormat UPPER = LOWER.withUpperCase();

  private final List<Sieve> sieves;
  private final Supplier<List<Form>> forms;
  private final int names;

  /** A text to be found, and whether the Base64 characters around it belong to it. */
  private record Form(String text, String name, boolean base64) {}

  private Redactor(List<Sieve> sieves, Supplier<List<Form>> forms, int names) {
    this.sieves = sieves;
    this.forms = forms;
    this.names = names;
  }

  /**
   * A redactor that asks for the values again whenever a text may hold one, and keeps none of them.
   *
   * @param values by name of the secret, each all values that it has or had; always the same
   */
  public static Redactor of(Supplier<? extends Map<String, ? extends Collection<String>>> values) {
    List<Form> now = forms(values.get());
    return now.isEmpty()
        ? NONE
        : new Redactor(
            List.of(Sieve.of(now.stream().map(Form::text).toList())),
            () -> forms(values.get()),
            (int) now.stream().map(Form::name).distinct().count());
  }

  /** What takes out whatever one of these does; their names are different ones. */
  public static Redactor all(Collection<Redactor> several) {
    List<Redactor> full = several.stream().filter(one -> !one.isEmpty()).toList();
    return full.isEmpty()
        ? NONE
        : new Redactor(
            full.stream().flatMap(one -> one.sieves.stream()).toList(),
            () -> sorted(full.stream().flatMap(one -> one.forms.get().stream())),
            full.stream().mapToInt(one -> one.names).sum());
  }

  private static List<Form> forms(Map<String, ? extends Collection<String>> values) {
    List<Form> forms = new ArrayList<>();
    values.forEach((name, all) -> all.forEach(value -> add(forms, name, value)));
    return sorted(forms.stream());
  }

  /** The longest first: one form may be part of another. */
  private static List<Form> sorted(Stream<Form> forms) {
    return forms
        .sorted(Comparator.comparingInt((Form form) -> form.text().length()).reversed())
        .toList();
  }

  private static void add(List<Form> forms, String name, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    Set<String> plain = new LinkedHashSet<>();
    plain.add(value);
    for (String once : List.of(escaped(value), ascii(value, LOWER))) {
      for (String form : List.of(
          once,
          once.replace("/", "\\/"),
          escaped(once, "<>&", LOWER),
          escaped(once, "<>&='", LOWER),
          escaped(ascii(value, UPPER).replace("\\\"", "\\u0022"), "<>&'+`", UPPER))) {
        plain.add(form);
        plain.add(escaped(form));
      }
    }
    for (String percent :
        List.of(percent(bytes, "-._~"), percent(bytes, "-._*"), percent(bytes, ""))) {
      plain.add(percent);
      plain.add(lowerHex(percent));
      plain.add(percent.replace("%20", "+"));
      plain.add(lowerHex(percent.replace("%20", "+")));
    }
    plain.add(HexFormat.of().formatHex(bytes));
    plain.add(UPPER.formatHex(bytes));
    plain.forEach(text -> forms.add(new Form(text, name, false)));
    for (int offset = 0; offset < 3; offset++) {
      String part = base64(bytes, offset);
      if (part.length() >= BASE64_CHARS_MIN) {
        forms.add(new Form(part, name, true));
        forms.add(new Form(part.replace('+', '-').replace('/', '_'), name, true));
      }
    }
  }

  /** The characters of a Base64 text that {@code bytes} alone decide, {@code offset} bytes in. */
  private static String base64(byte[] bytes, int offset) {
    byte[] shifted = new byte[offset + bytes.length];
    System.arraycopy(bytes, 0, shifted, offset, bytes.length);
    String all = Base64.getEncoder().withoutPadding().encodeToString(shifted);
    int from = (offset * 8 + 5) / 6;
    int to = shifted.length * 8 / 6;
    return from < to ? all.substring(from, to) : "";
  }

  private static String escaped(String text) {
    String quoted = Json.quote(text);
    return quoted.substring(1, quoted.length() - 1);
  }

  private static String ascii(String text, HexFormat hex) {
    StringBuilder out = new StringBuilder();
    for (char c : escaped(text).toCharArray()) {
      if (c < 127) {
        out.append(c);
      } else {
        out.append("\\u").append(hex.toHexDigits(c));
      }
    }
    return out.toString();
  }

  /** As encoders have it that make JSON safe to stand in HTML. */
  private static String escaped(String json, String unsafe, HexFormat hex) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (unsafe.indexOf(c) < 0) {
        out.append(c);
      } else {
        out.append("\\u").append(hex.toHexDigits(c));
      }
    }
    return out.toString();
  }

  private static String percent(byte[] bytes, String kept) {
    StringBuilder out = new StringBuilder();
    for (byte b : bytes) {
      int c = b & 0xff;
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (plain || (c < 128 && kept.indexOf(c) >= 0)) {
        out.append((char) c);
      } else {
        out.append('%').append(UPPER.toHexDigits(b));
      }
    }
    return out.toString();
  }

  private static String lowerHex(String percent) {
    StringBuilder out = new StringBuilder(percent);
    for (int i = out.indexOf("%"); i >= 0; i = out.indexOf("%", i + 1)) {
      out.replace(i, i + 3, out.substring(i, i + 3).toLowerCase(Locale.ROOT));
    }
    return out.toString();
  }

  /** Whether there is anything to be found. */
  public boolean isEmpty() {
    return sieves.isEmpty();
  }

  private boolean mayHold(String text) {
    for (Sieve sieve : sieves) {
      if (sieve.mayHold(text)) {
        return true;
      }
    }
    return false;
  }

  /** The text without secrets; the same object when there was none. */
  public String redact(String text) {
    if (!mayHold(text)) {
      return text;
    }
    String clean = text;
    for (Form form : forms.get()) {
      int at = clean.indexOf(form.text());
      if (at >= 0) {
        clean = without(clean, form, at);
      }
    }
    return clean;
  }

  private static String without(String text, Form form, int first) {
    StringBuilder out = new StringBuilder(text.length());
    int end = 0;
    for (int at = first; at >= 0; at = text.indexOf(form.text(), end)) {
      int from = form.base64() ? edge(text, at, -1, end) : at;
      out.append(text, end, from).append("[secret:").append(form.name()).append(']');
      int last = at + form.text().length();
      end = form.base64() ? padded(text, edge(text, last, 1, text.length())) : last;
    }
    return out.append(text, end, text.length()).toString();
  }

  /** Up to two characters around hold bits of the value's first and last byte. */
  private static int edge(String text, int from, int step, int limit) {
    int at = from;
    for (int i = 0; i < 2 && at != limit; i++) {
      char c = text.charAt(step < 0 ? at - 1 : at);
      if (!Character.isLetterOrDigit(c) && "+/-_=".indexOf(c) < 0) {
        return at;
      }
      at += step;
    }
    return at;
  }

  private static int padded(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) == '=') {
      at++;
    }
    return at;
  }

  /** A JSON value without secrets, in keys and texts; the same object when there was none. */
  public Json redact(Json json) {
    String text = json.toString();
    // Without an escape all its texts stand there as they are.
    if (isEmpty() || (text.indexOf('\\') < 0 && !mayHold(text))) {
      return json;
    }
    Object value = json.value();
    Object clean = clean(value);
    return clean == value ? json : Json.of(clean);
  }

  private @Nullable Object clean(@Nullable Object value) {
    if (value instanceof String text) {
      return redact(text);
    }
    if (value instanceof Number number && number.toString().length() >= CHARS_MIN) {
      // A secret may be all digits, and then stand without quotes.
      String clean = redact(number.toString());
      return clean.equals(number.toString()) ? value : clean;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> out = new LinkedHashMap<>();
      map.forEach((key, item) -> out.put(redact(String.valueOf(key)), clean(item)));
      return out.equals(map) ? value : out;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> out = new ArrayList<>();
      list.forEach(item -> out.add(clean(item)));
      return out.equals(list) ? value : out;
    }
    return value;
  }

  @Override
  public String toString() {
    return "Redactor of " + names + " secrets";
  }
}
