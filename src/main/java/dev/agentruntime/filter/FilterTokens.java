package dev.agentruntime.filter;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The words and signs of a filter, one at a time. */
final class FilterTokens {

  private static final List<String> SIGNS =
      List.of("==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".", "-");

  private final String text;
  private int at;
  private Token now;

  FilterTokens(String text) {
    this.text = text;
    now = read();
  }

  /** What a token is. */
  enum Kind {
    WORD,
    NUMBER,
    TEXT,
    SIGN,
    END
  }

  /**
   * A token.
   *
   * @param start its first character, from 0
   * @param text the word, the digits, the sign, or what the quotes hold
   */
  record Token(Kind kind, int start, String text) {
    boolean is(String word) {
      return (kind == Kind.WORD || kind == Kind.SIGN) && text.equals(word);
    }
  }

  /** The token that is next. */
  Token peek() {
    return now;
  }

  /** Takes the next token. */
  Token take() {
    Token taken = now;
    now = read();
    return taken;
  }

  /** Takes the next token when it is this word or sign. */
  boolean take(String word) {
    if (!now.is(word)) {
      return false;
    }
    Token ignored = take();
    return true;
  }

  /** Takes a sign that must be next. */
  void require(String sign, String expected) {
    if (!take(sign)) {
      throw fault(now, expected);
    }
  }

  /** Why a token cannot stand where it stands. */
  static RuntimeFault fault(Token token, String expected) {
    String actual = switch (token.kind()) {
      case END -> "the end";
      case TEXT -> "a text";
      default -> Json.quote(token.text());
    };
    return fault(token.start(), expected, actual);
  }

  static RuntimeFault fault(int at, String expected, String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        "filter, at character " + (at + 1) + ", expected=" + expected + ", actual=" + actual);
  }

  private Token read() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
    int start = at;
    if (at == text.length()) {
      return new Token(Kind.END, start, "");
    }
    char c = text.charAt(at);
    if (isLetter(c)) {
      while (at < text.length() && (isLetter(text.charAt(at)) || isDigit(text.charAt(at)))) {
        at++;
      }
      return new Token(Kind.WORD, start, text.substring(start, at));
    }
    if (isDigit(c)) {
      return number(start);
    }
    if (c == '\'' || c == '"') {
      return quoted(start, c);
    }
    String sign = sign();
    if (sign == null) {
      String there = text.substring(at, text.offsetByCodePoints(at, 1));
      throw fault(start, "a name, a value or an operator", Json.quote(there));
    }
    at += sign.length();
    return new Token(Kind.SIGN, start, sign);
  }

  private @Nullable String sign() {
    for (String sign : SIGNS) {
      if (text.startsWith(sign, at)) {
        return sign;
      }
    }
    return null;
  }

  private Token number(int start) {
    requireDigits("a digit");
    if (at < text.length() && text.charAt(at) == '.') {
      at++;
      requireDigits("a digit after the point");
    }
    if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
      at++;
      if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
        at++;
      }
      requireDigits("a digit of the exponent");
    }
    if (at < text.length() && isLetter(text.charAt(at))) {
      throw fault(at, "the end of the number", Json.quote(text.substring(at, at + 1)));
    }
    if (at - start > FilterValues.NUMBER_TEXT_MAX) {
      throw fault(
          start,
          "a number of at most " + FilterValues.NUMBER_TEXT_MAX + " characters",
          Integer.toString(at - start));
    }
    return new Token(Kind.NUMBER, start, text.substring(start, at));
  }

  private void requireDigits(String expected) {
    if (digits() == 0) {
      throw fault(
          at, expected, at < text.length() ? Json.quote(text.substring(at, at + 1)) : "the end");
    }
  }

  private int digits() {
    int from = at;
    while (at < text.length() && isDigit(text.charAt(at))) {
      at++;
    }
    return at - from;
  }

  private Token quoted(int start, char quote) {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at);
      if (c < ' ') {
        throw fault(at, "no line break or control character in a text", Json.quote("" + c));
      }
      if (c == '\\') {
        at++;
        c = escaped();
      }
      value.append(c);
      at++;
    }
    if (at == text.length()) {
      throw fault(start, "a text that ends with " + quote, "no second " + quote);
    }
    at++;
    return new Token(Kind.TEXT, start, value.toString());
  }

  private char escaped() {
    char c = at < text.length() ? text.charAt(at) : ' ';
    return switch (c) {
      case '\\', '\'', '"' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      default ->
        throw fault(
            at,
            "one of \\ ' \" n t r after a backslash",
            at < text.length() ? Json.quote(text.substring(at, at + 1)) : "the end");
    };
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
