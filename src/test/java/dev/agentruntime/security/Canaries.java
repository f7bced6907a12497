package dev.agentruntime.security;

import dev.agentruntime.core.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Values that may be found nowhere, in every form in which they travel. */
final class Canaries {

  /** One for a header, from a file; one for arguments, a literal; one of the environment. */
  static final String HEADER = "kX\"9/+%=~hd3Qz81vLw0";

  static final String ARGUMENT = "Zb7-ärger/2 \"quoted\" \\ 55";
  static final String VARIABLE = "plainVariable0123456789";

  /** No process knows it: the settings do. */
  static final String SETTING = "whsec_b2ZUaGVTZXR0aW5ncy05ODc2NTQzMjEwLXh5";

  static final List<String> ALL = List.of(HEADER, ARGUMENT, VARIABLE, SETTING);

  /** As much of one as nobody says by chance. */
  private static final int FRONT = 12;

  private Canaries() {}

  static List<String> forms(String canary) {
    byte[] bytes = canary.getBytes(StandardCharsets.UTF_8);
    String json = Json.quote(canary);
    json = json.substring(1, json.length() - 1);
    String twice = Json.quote(json);
    String url = URLEncoder.encode(canary, StandardCharsets.UTF_8);
    List<String> forms = new ArrayList<>(List.of(
        canary,
        json,
        json.replace("/", "\\/"),
        twice.substring(1, twice.length() - 1),
        url,
        url.replace("+", "%20"),
        HexFormat.of().formatHex(bytes),
        HexFormat.of().formatHex(bytes).toUpperCase(Locale.ROOT)));
    for (String user : List.of("", "u:", "user:")) {
      byte[] basic = (user + canary).getBytes(StandardCharsets.UTF_8);
      forms.add(Base64.getEncoder().encodeToString(basic));
      forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(basic));
    }
    return forms;
  }

  /** What may be nowhere: each form, of Base64 the middle, which the neighbours do not change. */
  static List<String> traces() {
    List<String> traces = new ArrayList<>();
    for (String canary : ALL) {
      for (String form : forms(canary)) {
        boolean base64 = form.length() > canary.length() && form.matches("[A-Za-z0-9+/_=-]+");
        traces.add(base64 ? form.substring(8, form.length() - 6) : form);
      }
      traces.add(canary.substring(0, FRONT));
    }
    return traces;
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static void search(String where, byte[] bytes, List<String> found) {
    String all = text(bytes);
    for (String trace : traces()) {
      int at = all.indexOf(text(trace.getBytes(StandardCharsets.UTF_8)));
      if (at >= 0) {
        int from = Math.max(0, at - 60);
        int to = Math.min(all.length(), at + 60);
        found.add(where + ": " + trace + " in ..." + all.substring(from, to) + "...");
      }
    }
  }
}
