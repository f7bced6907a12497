package dev.agentruntime.filter;

import dev.agentruntime.filter.FilterTokens.Kind;
import dev.agentruntime.filter.FilterTokens.Token;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a filter by recursive descent; what stands lower binds tighter.
 *
 * <pre>
 * or      = and { "or" and }
 * and     = not { "and" not }
 * not     = "not" not | compare
 * compare = part { operator part }
 * part    = atom { "[" or "]" | "." method "(" [ or { "," or } ] ")" }
 * atom    = text | [ "-" ] number | constant | name | function "(" or { "," or } ")"
 *         | "[" [ or { "," or } ] "]" | "(" or ")"
 * </pre>
 */
final class FilterParser {

  private static final Set<String> KEYWORDS = Set.of("and", "or", "not", "in", "is");
  private static final String VALUE = "a name, a value, a function, '[' or '('";

  private final FilterTokens tokens;
  private int nodes;

  private FilterParser(String text) {
    tokens = new FilterTokens(text);
  }

  /** The tree of a filter; throws the fault of {@link FilterExpression#parse}. */
  static FilterTerm parse(String text) {
    if (text.length() > FilterExpression.LENGTH_MAX) {
      throw FilterTokens.fault(
          FilterExpression.LENGTH_MAX,
          "at most " + FilterExpression.LENGTH_MAX + " characters",
          Integer.toString(text.length()));
    }
    FilterParser parser = new FilterParser(text);
    FilterTerm root = parser.or();
    Token rest = parser.tokens.peek();
    if (rest.kind() != Kind.END) {
      throw FilterTokens.fault(rest, "an operator or the end");
    }
    return root;
  }

  /** Counts a node before those below it are read: this bounds the depth too. */
  private void node(Token token) {
    nodes++;
    if (nodes > FilterExpression.NODES_MAX) {
      throw FilterTokens.fault(
          token.start(), "at most " + FilterExpression.NODES_MAX + " nodes", "one more");
    }
  }

  private FilterTerm or() {
    return logic(true);
  }

  private FilterTerm logic(boolean or) {
    List<FilterTerm> operands = new ArrayList<>();
    Token first = tokens.peek();
    do {
      operands.add(or ? logic(false) : not());
    } while (tokens.take(or ? "or" : "and"));
    if (operands.size() == 1) {
      return operands.get(0);
    }
    node(first);
    return new FilterTerm.Logic(or, List.copyOf(operands));
  }

  private FilterTerm not() {
    Token first = tokens.peek();
    if (tokens.take("not")) {
      node(first);
      return new FilterTerm.Not(not());
    }
    return compare();
  }

  private FilterTerm compare() {
    FilterTerm first = part();
    List<FilterTerm.Compare.Step> steps = new ArrayList<>();
    Token sign = tokens.peek();
    FilterOperator operator = operator();
    while (operator != null) {
      node(sign);
      steps.add(new FilterTerm.Compare.Step(operator, part()));
      sign = tokens.peek();
      operator = operator();
    }
    return steps.isEmpty() ? first : new FilterTerm.Compare(first, List.copyOf(steps));
  }

  private @Nullable FilterOperator operator() {
    if (tokens.take("not")) {
      tokens.require("in", "'in' after 'not'");
      return FilterOperator.NOT_IN;
    }
    if (tokens.take("is")) {
      return tokens.take("not") ? FilterOperator.IS_NOT : FilterOperator.IS;
    }
    for (FilterOperator operator : FilterOperator.values()) {
      if (tokens.take(operator.sign())) {
        return operator;
      }
    }
    return null;
  }

  private FilterTerm part() {
    FilterTerm term = atom();
    while (true) {
      Token sign = tokens.peek();
      if (tokens.take("[")) {
        node(sign);
        FilterTerm key = or();
        tokens.require("]", "']'");
        term = new FilterTerm.Subscript(term, key);
      } else if (tokens.take(".")) {
        node(sign);
        term = method(term);
      } else {
        return term;
      }
    }
  }

  private FilterTerm method(FilterTerm text) {
    Token name = tokens.peek();
    FilterFunction function =
        name.kind() == Kind.WORD ? FilterFunction.of(name.text(), true) : null;
    if (function == null) {
      throw FilterTokens.fault(
          name,
          "a method of texts, one of " + FilterFunction.words(true)
              + "; a key is read as payload['key']");
    }
    Token ignored = tokens.take();
    tokens.require("(", "'('");
    List<FilterTerm> arguments = new ArrayList<>();
    arguments.add(text);
    arguments.addAll(list(")"));
    return call(function, arguments, name, 1);
  }

  private FilterTerm atom() {
    Token token = tokens.peek();
    node(token);
    if (token.kind() == Kind.TEXT) {
      return new FilterTerm.Literal(tokens.take().text());
    }
    if (token.kind() == Kind.NUMBER || token.is("-")) {
      return number();
    }
    if (tokens.take("(")) {
      FilterTerm inner = or();
      tokens.require(")", "')'");
      return inner;
    }
    if (tokens.take("[")) {
      return new FilterTerm.Items(List.copyOf(list("]")));
    }
    if (token.kind() == Kind.WORD && !KEYWORDS.contains(token.text())) {
      return word(tokens.take());
    }
    throw FilterTokens.fault(token, VALUE);
  }

  private FilterTerm number() {
    boolean negative = tokens.take("-");
    Token digits = tokens.peek();
    if (digits.kind() != Kind.NUMBER) {
      throw FilterTokens.fault(digits, "a number after '-'");
    }
    try {
      BigDecimal value = new BigDecimal(tokens.take().text());
      return new FilterTerm.Literal(negative ? value.negate() : value);
    } catch (NumberFormatException e) {
      // Only the exponent can still be wrong.
      throw FilterTokens.fault(digits, "an exponent of at most 9 digits");
    }
  }

  private FilterTerm word(Token word) {
    if (tokens.take("(")) {
      FilterFunction function = FilterFunction.of(word.text(), false);
      if (function == null) {
        throw FilterTokens.fault(word, "a function, one of " + FilterFunction.words(false));
      }
      return call(function, list(")"), word, 0);
    }
    return switch (word.text()) {
      case "true", "True" -> new FilterTerm.Literal(true);
      case "false", "False" -> new FilterTerm.Literal(false);
      case "null", "None" -> new FilterTerm.Literal(null);
      default -> new FilterTerm.Name(word.text());
    };
  }

  private static FilterTerm call(
      FilterFunction function, List<FilterTerm> arguments, Token name, int own) {
    if (arguments.size() != function.arguments()) {
      throw FilterTokens.fault(
          name.start(),
          name.text() + " with " + (function.arguments() - own) + " argument(s)",
          Integer.toString(arguments.size() - own));
    }
    return new FilterTerm.Call(function, List.copyOf(arguments));
  }

  /** Terms with commas between, up to a sign, which is taken. */
  private List<FilterTerm> list(String end) {
    List<FilterTerm> terms = new ArrayList<>();
    if (tokens.take(end)) {
      return terms;
    }
    do {
      terms.add(or());
    } while (tokens.take(","));
    tokens.require(end, "',' or '" + end + "'");
    return terms;
  }
}
