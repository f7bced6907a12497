package dev.agentruntime.filter;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A small safe language that says whether something holds of some JSON values: no loops, no
 * patterns, no calls into objects, so it ends after a number of steps that is linear in the size of
 * the expression and of what it reads. Immutable; safe on every thread.
 *
 * <pre>
 * names       payload metadata trigger_type trigger_id event_id; others are keys of payload
 * literals    'text' "text" (escapes \\ \' \" \n \t \r) 12 -0.5 1e3 true false null [1, 'a']
 * subscripts  payload['a']['b']  items[0]  items[-1]
 * compare     == != &lt; &lt;= &gt; &gt;= in, not in, is, is not; chained as in 1 &lt; x &lt;= 5
 * logic       not, and, or; the last two answer one of their operands
 * functions   len str int float bool lower upper startswith endswith contains
 * methods     of texts: .lower() .upper() .strip() .startswith(t) .endswith(t)
 * </pre>
 *
 * <p>What is missing is null: an unknown name or key, a position outside a list, any subscript of
 * null. False are {@code false null 0 '' [] {}}; everything else is true. {@code ==} never fails:
 * values of different kinds are unequal (true is not 1, 1 is 1.0), and {@code is} says the same.
 * Order is defined between two numbers and between two texts (by UTF-16 unit). {@code in} looks for
 * a text in a text, an item in a list, a key in an object. {@code int} cuts off towards zero;
 * {@code int} and {@code float} read texts of at most 64 characters. {@code len} counts Unicode
 * characters, items, keys.
 *
 * <p>Everything else, as null &lt; 5, has no answer: then the whole expression does not match.
 * {@code and}, {@code or} and chains do not look at what cannot change their answer, so {@code x is
 * not null and x > 5} always has one.
 */
public final class FilterExpression {

  /** Longest expression in characters. */
  public static final int LENGTH_MAX = 2_000;

  /** Most nodes of the syntax tree; a parenthesis counts as one. */
  public static final int NODES_MAX = 200;

  /** Most steps of one evaluation: nodes, characters and items looked at. */
  public static final long STEPS_MAX = 1L << 25;

  /** The names that stand for something of their own; every other name is a key of payload. */
  static final Set<String> NAMES =
      Set.of("payload", "metadata", "trigger_type", "trigger_id", "event_id");

  private final String text;
  private final FilterTerm root;

  private FilterExpression(String text, FilterTerm root) {
    this.text = text;
    this.root = root;
  }

  /**
   * An expression.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} with the position, what was expected and
   *     what is there
   */
  public static FilterExpression parse(String text) {
    return new FilterExpression(text, FilterParser.parse(text));
  }

  /** Whether it holds of an event; false also when it has no answer. */
  public boolean matches(TriggerEvent event) {
    return matches(name -> switch (name) {
      case "payload" -> event.payload();
      case "metadata" -> event.metadata();
      case "trigger_type" -> event.triggerType();
      case "trigger_id" -> event.triggerId();
      case "event_id" -> event.id();
      default -> throw new IllegalStateException("not a name of the language: " + name);
    });
  }

  /**
   * Whether it holds; false also when it has no answer.
   *
   * @param names the value of {@code payload, metadata, trigger_type, trigger_id} or {@code
   *     event_id}: plain values as {@link Json#value} makes them, or {@link Json}; asked at most
   *     once each, and only for what is read
   */
  public boolean matches(Function<String, @Nullable Object> names) {
    return answer(new FilterRun(names, STEPS_MAX));
  }

  /** The answer of a run, which afterwards tells its steps. */
  boolean answer(FilterRun run) {
    try {
      return FilterValues.truth(root.value(run));
    } catch (RuntimeFault noAnswer) {
      // What cannot be compared, or JSON that cannot be read: as documented, no match.
      return false;
    }
  }

  /** The expression as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
