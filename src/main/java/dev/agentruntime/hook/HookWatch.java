package dev.agentruntime.hook;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.context.ConversationSummary;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.Witness;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Tells hooks what has happened, once the entry is durable and in the order of the journal of each
 * process. Nobody waits for them: when too much waits to be told it is dropped, and counted. Safe
 * on every thread.
 */
public final class HookWatch implements Witness {

  /** Tellings that wait, of the whole node. */
  static final int WAITING_MAX = 1_000;

  private final Hooks hooks;
  private final Map<ProcessName, Future<?>> last = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong dropped = new AtomicLong();

  /** Tells these. */
  public HookWatch(Hooks hooks) {
    this.hooks = hooks;
  }

  /** How much was not told because too much waited. */
  public long dropped() {
    return dropped.get();
  }

  private record Telling(HookEvent event, Map<String, @Nullable Object> data) {}

  @Override
  public @Nullable Sight sees(ProcessImage before, JournalEntry entry) {
    ProcessName process = before.id().name();
    if (hooks.isEmpty() || process.isSystem()) {
      return null;
    }
    List<Telling> tellings = of(before, entry.data()).stream()
        .filter(telling -> hooks.hears(telling.event(), process))
        .toList();
    if (tellings.isEmpty()) {
      return null;
    }
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadata.put("incarnation", entry.process().incarnation());
    metadata.put("sequence", entry.sequence());
    return new Sight() {
      @Override
      public void applied(ProcessImage after, boolean hid) {
        // Nothing more is known by what came of it.
      }

      @Override
      public void durable() {
        tellings.forEach(telling -> tell(telling.event(), process, telling.data(), metadata));
      }
    };
  }

  /** Tells hooks of something that nobody waits for. */
  public void tell(
      HookEvent event,
      ProcessName process,
      Map<String, @Nullable Object> data,
      Map<String, @Nullable Object> metadata) {
    if (waiting.incrementAndGet() > WAITING_MAX) {
      waiting.decrementAndGet();
      dropped.incrementAndGet();
      return;
    }
    Future<?> tail = last.compute(process, (name, before) -> {
      Future<?> earlier = before == null ? Future.succeededFuture() : before;
      return earlier
          .transform(done -> hooks.dispatch(event, process, data, metadata))
          .onComplete(done -> waiting.decrementAndGet());
    });
    // Kept only while something of the process waits.
    tail.onComplete(done -> last.remove(process, tail));
  }

  private static List<Telling> of(ProcessImage before, EntryData data) {
    List<Telling> all = new ArrayList<>();
    if (data instanceof EntryData.StateTransition move) {
      moved(move, all);
    } else if (data instanceof EntryData.TriggerAccepted accepted) {
      Map<String, @Nullable Object> event = map(
          "event", accepted.event().id(),
          "trigger", accepted.event().triggerId(),
          "type", accepted.event().triggerType(),
          "payload", accepted.event().payload().value());
      all.add(new Telling(HookEvent.TASK_CREATED, event));
      if (accepted.event().triggerType().equals("file_watch")) {
        all.add(new Telling(HookEvent.FILE_CHANGED, event));
      }
    } else if (data instanceof EntryData.InvocationResult result) {
      all.add(new Telling(
          HookEvent.TASK_COMPLETED,
          map(
              "invocation", result.invocation().value(),
              "outcome", word(result.outcome()),
              "duration_ms", result.durationMs(),
              "error", result.failure() == null ? null : result.failure().toString())));
    } else if (data instanceof EntryData.ToolResult result) {
      tool(before, result, all);
    } else if (data instanceof EntryData.ModelReply reply
        && reply.turn() == ConversationSummary.TURN
        && reply.rejected() == null) {
      all.add(new Telling(
          HookEvent.POST_COMPACT,
          map("invocation", reply.invocation().value(), "summary", reply.reply().text())));
    }
    return all;
  }

  private static void moved(EntryData.StateTransition move, List<Telling> all) {
    boolean starts = move.from() == ProcessState.STARTING && move.to() == ProcessState.RUNNING;
    // Who holds a failed process ends nothing.
    boolean ends = move.from() != move.to()
        && (move.to() == ProcessState.STOPPED || move.to() == ProcessState.FAILED);
    if (starts || ends) {
      all.add(new Telling(
          starts ? HookEvent.SESSION_START : HookEvent.SESSION_END,
          map("from", word(move.from()), "to", word(move.to()), "reason", move.reason())));
    }
  }

  private static void tool(ProcessImage before, EntryData.ToolResult result, List<Telling> all) {
    Map<String, @Nullable Object> about = call(result.invocation(), result.ordinal());
    about.put("tool", result.tool());
    about.put("text", result.text());
    if (result.outcome() == ToolOutcome.DENIED) {
      all.add(new Telling(HookEvent.PERMISSION_DENIED, about));
    }
    OpenRun run = before.runs().get(result.invocation());
    if (result.tool().equals(OpenRun.ASK) && run != null && run.call(result.ordinal()) != null) {
      Map<String, @Nullable Object> answered = new LinkedHashMap<>(about);
      answered.put("outcome", word(result.outcome()));
      all.add(new Telling(HookEvent.SUBAGENT_STOP, answered));
    }
  }

  private static Map<String, @Nullable Object> call(InvocationId invocation, int ordinal) {
    return map("invocation", invocation.value(), "ordinal", ordinal);
  }

  private static Map<String, @Nullable Object> map(@Nullable Object... pairs) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      all.put(String.valueOf(pairs[i]), pairs[i + 1]);
    }
    return all;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
