package dev.agentruntime.run;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.tool.Tool;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How much a process may say before it is told to stop. Pure. */
public final class SayLimits {

  /** Items that may wait; whoever wants to say more is refused. */
  public static final int OUTBOX_MAX = 10_000;

  private SayLimits() {}

  /** Refuses what only the runtime itself says, such as what gives away a part of a budget. */
  static Tool.Reply sayable(Tool.Reply reply) {
    for (Emission emission : reply.emissions()) {
      if (emission.kind() != Emission.Kind.EVENT && emission.kind() != Emission.Kind.MESSAGE) {
        return Tool.Reply.error("not said: a tool says events and messages, actual="
            + emission.kind().name().toLowerCase(Locale.ROOT));
      }
    }
    return reply;
  }

  /** Refuses what would be said under a name that is another one in the journal. */
  static Tool.Reply nameable(Tool.Reply reply, UnaryOperator<Emission> redacted) {
    for (Emission emission : reply.emissions()) {
      String problem = problemOfName(emission, redacted.apply(emission));
      if (problem != null) {
        return Tool.Reply.error("not said: " + problem);
      }
    }
    return reply;
  }

  /**
   * Why nothing can be said under a name, null when it can: with a secret in it, it would not reach
   * who listens for it once the secret is taken out.
   */
  public static @Nullable String problemOfName(Emission said, Emission redacted) {
    return redacted.name().equals(said.name())
        ? null
        : "name, expected=one without a secret, actual=" + Json.quote(redacted.name());
  }

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
