package dev.agentruntime.filter;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a filter may call: by its name, and some also on a text, which is their first argument. */
enum FilterFunction {
  LEN(1, Use.FUNCTION),
  STR(1, Use.FUNCTION),
  INT(1, Use.FUNCTION),
  FLOAT(1, Use.FUNCTION),
  BOOL(1, Use.FUNCTION),
  LOWER(1, Use.BOTH),
  UPPER(1, Use.BOTH),
  STRIP(1, Use.METHOD),
  STARTSWITH(2, Use.BOTH),
  ENDSWITH(2, Use.BOTH),
  CONTAINS(2, Use.FUNCTION);

  private enum Use {
    FUNCTION,
    METHOD,
    BOTH
  }

  private final int arguments;
  private final Use use;

  FilterFunction(int arguments, Use use) {
    this.arguments = arguments;
    this.use = use;
  }

  /** How many arguments it takes, the text of a method included. */
  int arguments() {
    return arguments;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The function or method of a name, null when there is none. */
  static @Nullable FilterFunction of(String word, boolean method) {
    for (FilterFunction function : values()) {
      if (function.use != (method ? Use.FUNCTION : Use.METHOD)
          && function.word().equals(word)) {
        return function;
      }
    }
    return null;
  }

  /** The names there are. */
  static List<String> words(boolean method) {
    return List.of(values()).stream()
        .filter(function -> function.use != (method ? Use.FUNCTION : Use.METHOD))
        .map(FilterFunction::word)
        .toList();
  }

  @Nullable
  Object of(@Nullable Object first, @Nullable Object second, FilterRun run) {
    return switch (this) {
      case LEN -> length(first, run);
      case STR -> FilterValues.text(first);
      case INT -> FilterValues.whole(first);
      case FLOAT -> FilterValues.number(first);
      case BOOL -> FilterValues.truth(first);
      case LOWER -> counted(text(first), run).toLowerCase(Locale.ROOT);
      // Upper case may be up to three times as long.
      case UPPER -> counted(text(first), run).toUpperCase(Locale.ROOT);
      case STRIP -> counted(text(first), run).strip();
      case STARTSWITH -> text(first).startsWith(counted(text(second), run));
      case ENDSWITH -> text(first).endsWith(counted(text(second), run));
      case CONTAINS -> FilterValues.contains(first, second, run);
    };
  }

  private static Object length(@Nullable Object value, FilterRun run) {
    if (value instanceof String text) {
      return FilterValues.decimal(counted(text, run).codePointCount(0, text.length()));
    }
    if (value instanceof List<?> list) {
      return FilterValues.decimal(list.size());
    }
    if (value instanceof Map<?, ?> map) {
      return FilterValues.decimal(map.size());
    }
    throw FilterRun.noAnswer("no length");
  }

  private static String text(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw FilterRun.noAnswer("not a text");
  }

  private static String counted(String text, FilterRun run) {
    run.step(text.length());
    return text;
  }
}
