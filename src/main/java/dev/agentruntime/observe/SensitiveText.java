package dev.agentruntime.observe;

import dev.agentruntime.core.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of texts what looks as if it should not leave the node: card numbers that check, social
 * security numbers, e-mail addresses, keys, bearer tokens, passwords in URLs and beside their
 * names. It guesses; a secret that the runtime knows is taken out by its value before. Immutable;
 * safe on every thread.
 */
final class SensitiveText {

  /** Longest text that is looked through; more of it is cut off. */
  static final int CHARS_MAX = 8_192;

  /** Longest text that is told: the rest is cut off last, for nobody finds half of a secret. */
  private static final int TOLD_MAX = 1_000;

  private static final Pattern CARD = Pattern.compile("(?<![\\d.])\\d(?:[ -]?\\d){12,18}(?![\\d])");

  private static final List<Rule> RULES = List.of(
      new Rule("(?<=://)[^\\s/:@]{0,128}:[^\\s/@]{1,256}(?=@)", "[redacted:password]"),
      new Rule("(?i)\\bbearer\\s+[a-z0-9._~+/=-]{8,2048}", "[redacted:token]"),
      new Rule(
          "\\beyJ[A-Za-z0-9_-]{5,2048}\\.[A-Za-z0-9_-]{5,2048}\\.[A-Za-z0-9_-]{0,2048}",
          "[redacted:token]"),
      new Rule(
          "\\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,256}|\\bgh[pousr]_[A-Za-z0-9]{20,256}"
              + "|\\bAKIA[0-9A-Z]{16}\\b|\\bxox[abprs]-[A-Za-z0-9-]{10,256}"
              + "|\\bAIza[0-9A-Za-z_-]{35}\\b|\\bwhsec_[A-Za-z0-9+/=]{8,256}"
              + "|\\bart_[A-Za-z0-9_-]{20,256}",
          "[redacted:key]"),
      new Rule(
          "(?i)(?<=\\b(?:api[_-]?key|password|passwd|secret|token)[\"']?\\s{0,3}[=:]\\s{0,3}"
              + "[\"']?)(?!(?<=\\[secret:)[\\w.@-]{1,128}])[^\\s\"',;&\\[]{4,256}",
          "[redacted:key]"),
      new Rule("(?<![\\w-])\\d{3}-\\d{2}-\\d{4}(?![\\w-])", "[redacted:ssn]"),
      new Rule(
          "[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,8}",
          "[redacted:email]"));

  private final UnaryOperator<String> known;

  private record Rule(Pattern pattern, String instead) {
    private Rule(String pattern, String instead) {
      this(Pattern.compile(pattern), instead);
    }
  }

  /**
   * What cleans texts.
   *
   * @param known takes out the secrets whose values are known
   */
  SensitiveText(UnaryOperator<String> known) {
    this.known = known;
  }

  /** The text without them. */
  String clean(String text) {
    String out = known.apply(text);
    if (out.length() > CHARS_MAX) {
      out = out.substring(0, CHARS_MAX);
    }
    for (Rule rule : RULES) {
      out = rule.pattern().matcher(out).replaceAll(rule.instead());
    }
    out = CARD.matcher(out)
        .replaceAll(found ->
            Matcher.quoteReplacement(isCard(found.group()) ? "[redacted:card]" : found.group()));
    return out.length() <= TOLD_MAX ? out : out.substring(0, TOLD_MAX) + "...";
  }

  /** The value without them, in its texts and keys. */
  Json clean(Json json) {
    return Json.of(clean(json.value()));
  }

  private @Nullable Object clean(@Nullable Object value) {
    if (value instanceof String text) {
      return clean(text);
    }
    if (value instanceof Number number) {
      String text = number.toString();
      String clean = text.length() < 13 ? text : clean(text);
      return clean.equals(text) ? value : clean;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> out = new LinkedHashMap<>();
      map.forEach((key, item) -> out.put(clean(String.valueOf(key)), clean(item)));
      return out;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(this::clean).toList();
    }
    return value;
  }

  /** The check digit (Luhn) of a number that may be a card's. */
  private static boolean isCard(String text) {
    int sum = 0;
    boolean twice = false;
    for (int i = text.length() - 1; i >= 0; i--) {
      int digit = Character.digit(text.charAt(i), 10);
      if (digit >= 0) {
        int worth = twice ? digit * 2 : digit;
        sum += worth > 9 ? worth - 9 : worth;
        twice = !twice;
      }
    }
    return sum % 10 == 0;
  }
}
