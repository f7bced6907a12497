package dev.agentruntime.crash;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Life after life of one node, each ended as planned, while the load goes on. */
final class Storm {

  private static final Duration LOOK = Duration.ofMillis(80);

  private final Site site;
  private final Whereabouts where;
  private final Resolver resolver;
  private int kills;
  private int terms;
  private int missed;
  private final List<String> history = new ArrayList<>();

  Storm(Site site, Whereabouts where, Resolver resolver) {
    this.site = site;
    this.where = where;
    this.resolver = resolver;
  }

  /** How often it was killed: by SIGKILL or by halting. */
  int kills() {
    return kills;
  }

  /** How often it was ended by SIGTERM. */
  int terms() {
    return terms;
  }

  /** How often a failpoint was not reached in time, so that SIGKILL did it. */
  int missed() {
    return missed;
  }

  /** What was done, a line each. */
  List<String> history() {
    return history;
  }

  void rage(List<Kill> plan) {
    for (Kill kill : plan) {
      history.add(kill.toString());
      try (RuntimeProcess node = site.start(kill.failpoints())) {
        if (!node.awaitReady()) {
          died(kill, node);
          continue;
        }
        where.move(node.api());
        long end = System.nanoTime() + kill.after().toNanos();
        do {
          resolver.pass(node.api());
        } while (!node.awaitEnd(shorter(end - System.nanoTime())) && System.nanoTime() < end);
        end(kill, node);
        where.move(null);
      }
    }
  }

  private static Duration shorter(long nanos) {
    return Duration.ofNanos(Math.max(0, Math.min(nanos, LOOK.toNanos())));
  }

  private void died(Kill kill, RuntimeProcess node) {
    if (!node.awaitEnd(Duration.ofSeconds(5)) || node.exitCode() != Jvm.KILLED) {
      throw new AssertionError(kill + ": the node did not start:\n" + node.said());
    }
    kills++;
  }

  private void end(Kill kill, RuntimeProcess node) {
    if (kill.how() == Kill.How.SIGTERM && node.isAlive()) {
      node.stop();
      terms++;
      return;
    }
    if (kill.how() == Kill.How.FAILPOINT && node.isAlive()) {
      missed++;
    }
    if (!node.isAlive() && node.exitCode() != Jvm.KILLED) {
      throw new AssertionError(kill + ": the node ended by itself:\n" + node.said());
    }
    node.kill9();
    kills++;
  }
}
