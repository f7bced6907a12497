package dev.agentruntime.fold;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ContextTrail;
import dev.agentruntime.context.Conversation;
import dev.agentruntime.context.ConversationSummary;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.OperatorEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of a process knows between its runs: context, who changed it, and conversation.
 * Part of the fold. Owned by: the process's context.
 */
final class Knowledge {

  private AgentContext context = AgentContext.EMPTY;
  private ContextTrail trail = new ContextTrail();
  private Conversation conversation = Conversation.EMPTY;

  // --- The fold

  /**
   * A manifest took effect: the first brings the initial context, and one that wants no
   * conversation ends it.
   */
  void deployed(ProcessConfig config, boolean first, Instant time) {
    if (first) {
      List<ContextWrite> world = new ArrayList<>();
      config.world().forEach((key, value) -> world.add(new ContextWrite(key, value, null)));
      context = context.with(world, from("initial", time), trail::add);
    }
    if (!config.context().conversationHistory()) {
      conversation = Conversation.EMPTY;
    }
  }

  /** Written, or cleared, from outside a run. */
  void update(EntryData.ContextUpdate update, Instant time) {
    context = context.with(update.writes(), from(update.source(), time), trail::add);
    if (update.clearsConversation()) {
      conversation = Conversation.EMPTY;
    }
  }

  /**
   * A run completed.
   *
   * @param config what the run is pinned to, null when nothing is to be remembered
   */
  void commit(OpenRun run, @Nullable ProcessConfig config, Instant time) {
    context = context.with(
        run.writes(),
        new AgentContext.Origin("agent", run.id(), time, run.isTainted()),
        trail::add);
    if (config != null) {
      conversation = run.joins(conversation, config);
    }
  }

  /** Earlier conversation or context, as data; whether it came from outside is not known by now. */
  void rewound(OperatorEntry.Rewound rewound, Instant time) {
    context = context.with(
        rewound.context(), new AgentContext.Origin("rewind", null, time, true), trail::add);
    if (rewound.mode() != OperatorEntry.RewindMode.CONTEXT) {
      conversation = Conversation.of(rewound.conversation()).tainted();
    }
  }

  /** A run's summary takes the place of what it is about, whatever becomes of the run. */
  void summarised(OpenRun run, EntryData.ModelReply reply, @Nullable ProcessConfig config) {
    if (config != null && reply.turn() == ConversationSummary.TURN && reply.rejected() == null) {
      Conversation base = run.base().conversation();
      int surplus = base.surplus(Conversation.Limits.of(config.context()));
      conversation = conversation.summarised(base.messages().subList(0, surplus), reply.reply());
    }
  }

  private static AgentContext.Origin from(String source, Instant time) {
    return new AgentContext.Origin(source, null, time, false);
  }

  /** As it was when an image was written. */
  void restore(AgentContext kept, ContextTrail changes, Conversation said) {
    context = kept;
    trail = changes;
    conversation = said;
  }

  // --- What is known; nothing below changes anything

  AgentContext context() {
    return context;
  }

  ContextTrail trail() {
    return trail;
  }

  Conversation conversation() {
    return conversation;
  }

  OpenRun.Base base(String budget) {
    return new OpenRun.Base(context, conversation, budget);
  }
}
