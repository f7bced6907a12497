package dev.agentruntime.trigger;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a body says:
 *
 * <pre>
 * content type                          payload
 * application/json, .../...+json, none  the JSON value; anything else in it is INVALID_JSON
 * none, and the body is empty           null
 * text/...                              the text as a JSON string
 * application/x-www-form-urlencoded     an object of texts, where the sender is known for forms
 * anything else                         UNSUPPORTED_MEDIA_TYPE, other forms included
 * </pre>
 *
 * Text is UTF-8; another charset and any content encoding are UNSUPPORTED_MEDIA_TYPE.
 */
final class WebhookContent {

  private static final Pattern AMPERSAND = Pattern.compile("&");
  private static final String EXPECTED =
      ", expected=content-type: application/json (or text/...) in UTF-8";

  private WebhookContent() {}

  /**
   * The content of a request.
   *
   * @param forms whether a form is taken, as an object of texts (a name given twice: a list)
   */
  static Json read(
      @Nullable String contentType, @Nullable String encoding, byte[] body, boolean forms) {
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw unsupported("content-encoding " + Json.quote(encoding) + ", expected=none");
    }
    if (contentType == null) {
      return body.length == 0 ? Json.NULL : Json.parse(body);
    }
    if (contentType.equals("application/json")) {
      return Json.parse(body);
    }
    int semicolon = contentType.indexOf(';');
    String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
        .strip()
        .toLowerCase(Locale.ROOT);
    if (semicolon >= 0) {
      checkCharset(contentType, contentType.substring(semicolon + 1));
    }
    if (type.equals("application/json") || (type.indexOf('/') > 0 && type.endsWith("+json"))) {
      return Json.parse(body);
    }
    if (type.startsWith("text/")) {
      return Json.of(text(body));
    }
    if (forms && type.equals("application/x-www-form-urlencoded")) {
      return form(text(body));
    }
    throw unsupported("content-type " + Json.quote(contentType) + EXPECTED);
  }

  private static void checkCharset(String contentType, String parameters) {
    for (String parameter : parameters.split(";", -1)) {
      String lower = parameter.strip().toLowerCase(Locale.ROOT);
      if (lower.startsWith("charset")) {
        String charset = lower.substring("charset".length()).replace("\"", "").strip();
        if (!charset.equals("=utf-8") && !charset.equals("=utf8") && !charset.equals("=us-ascii")) {
          throw unsupported("content-type " + Json.quote(contentType) + EXPECTED);
        }
      }
    }
  }

  private static Json form(String text) {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    try {
      for (String pair : text.isEmpty() ? new String[0] : AMPERSAND.split(text, -1)) {
        int sign = pair.indexOf('=');
        String name = decoded(sign < 0 ? pair : pair.substring(0, sign));
        String value = sign < 0 ? "" : decoded(pair.substring(sign + 1));
        fields.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
      }
    } catch (IllegalArgumentException e) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "the body is not a form", e);
    }
    Map<String, Object> values = new LinkedHashMap<>();
    fields.forEach((name, all) -> values.put(name, all.size() == 1 ? all.get(0) : all));
    return Json.of(values);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static String text(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "the body is not UTF-8", e);
    }
  }

  private static RuntimeFault unsupported(String message) {
    return new RuntimeFault(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message);
  }
}
