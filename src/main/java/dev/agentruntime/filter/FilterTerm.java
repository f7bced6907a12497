package dev.agentruntime.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node of a filter's syntax tree; evaluated at most once in a run. Immutable. */
sealed interface FilterTerm {

  /** Its value; throws what {@link FilterRun#noAnswer} makes when it has none. */
  @Nullable
  Object value(FilterRun run);

  /** A text, a BigDecimal, a boolean or null. */
  record Literal(@Nullable Object constant) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      return constant;
    }
  }

  /** A name of the language, or a key of the payload. */
  record Name(String name) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      if (FilterExpression.NAMES.contains(name)) {
        return run.name(name);
      }
      return run.name("payload") instanceof Map<?, ?> payload ? payload.get(name) : null;
    }
  }

  /** A list that is written out. */
  record Items(List<FilterTerm> items) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      List<@Nullable Object> values = new ArrayList<>(items.size());
      for (FilterTerm item : items) {
        values.add(item.value(run));
      }
      return values;
    }
  }

  /** A part of a list or an object. */
  record Subscript(FilterTerm of, FilterTerm key) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      return FilterValues.part(of.value(run), key.value(run));
    }
  }

  /** A function or a method, whose text is then the first argument. */
  record Call(FilterFunction function, List<FilterTerm> arguments) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      Object first = arguments.get(0).value(run);
      Object second = arguments.size() > 1 ? arguments.get(1).value(run) : null;
      return function.of(first, second, run);
    }
  }

  /** The other truth. */
  record Not(FilterTerm of) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      return !FilterValues.truth(of.value(run));
    }
  }

  /** The first operand that decides, else the last. */
  record Logic(boolean or, List<FilterTerm> operands) implements FilterTerm {
    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      Object value = null;
      for (FilterTerm operand : operands) {
        value = operand.value(run);
        if (FilterValues.truth(value) == or) {
          return value;
        }
      }
      return value;
    }
  }

  /** A chain: each operator stands between its operand and the one before. */
  record Compare(FilterTerm first, List<Step> steps) implements FilterTerm {

    /** An operator and what stands behind it. */
    record Step(FilterOperator operator, FilterTerm right) {}

    @Override
    public @Nullable Object value(FilterRun run) {
      run.step(1);
      Object left = first.value(run);
      for (Step step : steps) {
        Object right = step.right().value(run);
        if (!step.operator().holds(left, right, run)) {
          return false;
        }
        left = right;
      }
      return true;
    }
  }
}
