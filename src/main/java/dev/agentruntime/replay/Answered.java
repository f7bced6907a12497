package dev.agentruntime.replay;

import java.util.Locale;

/** Where the result of a fork's call comes from. */
enum Answered {
  /** The call stands before the fork. */
  KEPT,
  /** The original made the same call, and its result is recorded. */
  RECORDED,
  /** A tool that only reads was called. */
  LIVE,
  /** Whoever ordered the fork said what the tool answers. */
  GIVEN,
  /** It was written down and not made. */
  DRY_RUN,
  /** It was refused, in the fork as it would be anywhere. */
  REFUSED;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
