package dev.agentruntime.run;

import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.tool.Tool;

/** How much a process may say before it is told to stop. Pure. */
public final class SayLimits {

  /** Items that may wait; whoever wants to say more is refused. */
  public static final int OUTBOX_MAX = 10_000;

  private SayLimits() {}

  /** Refuses what an own-state tool would say when it has come too far or too much waits. */
  static Tool.Reply bounded(ProcessImage image, OpenRun run, Tool.Reply reply) {
    if (reply.emissions().isEmpty()) {
      return reply;
    }
    int hops = run.event().routing().hops() + 1;
    int hopsMax = image.config().delivery().hopsMax();
    if (hops > hopsMax) {
      return Tool.Reply.error("not said: this run is " + (hops - 1) + " emissions away from its"
          + " first cause, expected<" + hopsMax + "; agents seem to wake each other in a loop");
    }
    int waiting = waiting(image) + reply.emissions().size();
    return waiting <= OUTBOX_MAX
        ? reply
        : Tool.Reply.error("not said: too much that was said is not delivered yet, expected<="
            + OUTBOX_MAX + ", actual=" + waiting + "; try again later");
  }

  /** What is said and not delivered, that of open runs included. */
  public static int waiting(ProcessImage image) {
    int all = image.outbox().size();
    for (OpenRun run : image.runs().values()) {
      all += run.emitted().size();
    }
    return all;
  }
}
