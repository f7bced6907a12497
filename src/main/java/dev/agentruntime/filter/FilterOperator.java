package dev.agentruntime.filter;

import org.jspecify.annotations.Nullable;

/** What compares two values in a filter. */
enum FilterOperator {
  EQ("=="),
  NE("!="),
  LE("<="),
  LT("<"),
  GE(">="),
  GT(">"),
  IN("in"),
  NOT_IN("not in"),
  IS("is"),
  IS_NOT("is not");

  private final String sign;

  FilterOperator(String sign) {
    this.sign = sign;
  }

  String sign() {
    return sign;
  }

  boolean holds(@Nullable Object left, @Nullable Object right, FilterRun run) {
    return switch (this) {
      case EQ, IS -> FilterValues.same(left, right, run);
      case NE, IS_NOT -> !FilterValues.same(left, right, run);
      case LT -> FilterValues.order(left, right, run) < 0;
      case LE -> FilterValues.order(left, right, run) <= 0;
      case GT -> FilterValues.order(left, right, run) > 0;
      case GE -> FilterValues.order(left, right, run) >= 0;
      case IN -> FilterValues.contains(right, left, run);
      case NOT_IN -> !FilterValues.contains(right, left, run);
    };
  }
}
