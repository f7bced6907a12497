package dev.agentruntime.filter;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One evaluation of a filter: what its names stand for, and the steps it took. For one thread. */
final class FilterRun {

  private final Function<String, @Nullable Object> names;
  private final Map<String, @Nullable Object> read = new HashMap<>();
  private final long stepsMax;
  private long steps;

  FilterRun(Function<String, @Nullable Object> names, long stepsMax) {
    this.names = names;
    this.stepsMax = stepsMax;
  }

  /** The value of a name of the language. */
  @Nullable
  Object name(String name) {
    if (read.containsKey(name)) {
      return read.get(name);
    }
    Object value = names.apply(name);
    if (value instanceof Json json) {
      step(json.length());
      value = value(json);
    }
    read.put(name, value);
    return value;
  }

  private static @Nullable Object value(Json json) {
    try {
      return json.value();
    } catch (UncheckedIOException | IllegalArgumentException e) {
      // JSON in form, but with a number that no machine can hold.
      throw noAnswer("cannot be read");
    }
  }

  /** Counts steps; throws when there were too many. */
  void step(long more) {
    steps += more;
    if (steps > stepsMax) {
      throw noAnswer("more than " + stepsMax + " steps");
    }
  }

  long steps() {
    return steps;
  }

  /** What ends an evaluation that has no answer. */
  static RuntimeFault noAnswer(String why) {
    return new RuntimeFault(ErrorCode.INVALID_TYPE, why);
  }
}
