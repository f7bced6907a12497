package dev.agentruntime.cli;

import java.util.Locale;

/**
 * How far a load run is.
 *
 * @param elapsedNanos since its start
 * @param sent requests that left
 * @param accepted answered 202
 * @param refused answered 503
 * @param other answered otherwise
 * @param failed broken requests and connections
 */
public record LoadProgress(
    long elapsedNanos, long sent, long accepted, long refused, long other, long failed) {

  /** One line for a terminal. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%5.1f s  sent %,d  accepted %,d  503 %,d  other %,d  failed %,d",
        elapsedNanos / 1e9,
        sent,
        accepted,
        refused,
        other,
        failed);
  }
}
