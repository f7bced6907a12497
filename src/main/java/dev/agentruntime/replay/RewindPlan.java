package dev.agentruntime.replay;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.StateEntry;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.entry.OperatorEntry.RewindMode;
import dev.agentruntime.fold.ProcessImage;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What stood after an earlier entry, and what has been done since. Read on a worker, used on the
 * process's context; what it comes to is held against the image of that moment.
 */
public final class RewindPlan {

  /** Runs, effects and messages that are shown of each kind; all are counted. */
  static final int SHOWN_MAX = 100;

  private static final int TEXT_MAX = 200;

  private final RewindOrder order;
  private final ProcessImage then;
  private final List<Object> invocations = new ArrayList<>();
  private final List<Object> effects = new ArrayList<>();
  private final Map<String, EntryData.ToolCall> calls = new HashMap<>();
  private int settled;
  private int turns;
  private int acted;
  private @Nullable Instant time;

  private RewindPlan(RewindOrder order, ProcessImage then) {
    this.order = order;
    this.then = then;
  }

  /**
   * Reads what a rewind needs.
   *
   * @param position the last entry to look at
   */
  public static Future<RewindPlan> read(Past past, RewindOrder order, long position) {
    RewindPlan plan = new RewindPlan(order, new ProcessImage(past.process()));
    return past.walk(1, position, plan::see).map(plan);
  }

  private boolean see(JournalEntry entry) {
    if (entry.sequence() <= order.to()) {
      then.apply(entry);
      time = entry.time();
    } else if (entry.data() instanceof EntryData.ModelReply) {
      turns++;
    } else if (entry.data() instanceof EntryData.InvocationResult result) {
      settled++;
      if (invocations.size() < SHOWN_MAX) {
        invocations.add(
            Map.of("id", result.invocation().value(), "outcome", word(result.outcome())));
      }
    } else if (entry.data() instanceof EntryData.ToolCall call) {
      calls.put(call.key(), call);
    } else if (entry.data() instanceof EntryData.ToolResult result) {
      EntryData.ToolCall call = calls.remove(result.invocation().effectKey(result.ordinal()));
      if (call != null && call.policy() != Policy.READ_ONLY) {
        acted++;
        if (effects.size() < SHOWN_MAX) {
          effects.add(
              Map.of("key", call.key(), "tool", result.tool(), "outcome", word(result.outcome())));
        }
      }
    }
    return true;
  }

  /** The entry that takes the process back from where it is now. */
  public OperatorEntry.Rewound entry(ProcessImage now) {
    return new OperatorEntry.Rewound(
        order.to(),
        order.mode(),
        order.mode() == RewindMode.CONTEXT ? List.of() : then.conversation().messages(),
        writes(now),
        order.by());
  }

  private List<ContextWrite> writes(ProcessImage now) {
    List<ContextWrite> writes = new ArrayList<>();
    if (order.mode() != RewindMode.CONVERSATION) {
      AgentContext today = now.context();
      then.context().entries().forEach((key, entry) -> {
        StateEntry known = today.get(key);
        if (known == null || !known.value().equals(entry.value())) {
          writes.add(new ContextWrite(key, entry.value(), null));
        }
      });
      for (String key : today.keys()) {
        if (then.context().get(key) == null) {
          writes.add(new ContextWrite(key, null, null));
        }
      }
    }
    return writes;
  }

  /**
   * What goes, from where the process is now.
   *
   * @param entry sequence of the entry that did it, null when nothing was done
   */
  public Json show(ProcessImage now, @Nullable Long entry) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("process", now.id().name().value());
    all.put("to", order.to());
    all.put("time", Objects.requireNonNull(time).toString());
    all.put("mode", word(order.mode()));
    all.put("position", now.sequence());
    all.put("applied", entry != null);
    all.put("entry", entry);
    all.put("invocations", invocations);
    all.put("invocation_count", settled);
    all.put("turns", turns);
    all.put("conversation", conversation(now));
    all.put("context", context(now));
    all.put("effects_that_stay", effects);
    all.put("effects_that_stay_count", acted);
    all.put("open_runs", now.runs().keySet().stream().map(id -> id.value()).toList());
    return Json.of(all);
  }

  private @Nullable Object conversation(ProcessImage now) {
    if (order.mode() == RewindMode.CONTEXT) {
      return null;
    }
    List<Message> today = now.conversation().messages();
    List<Message> before = then.conversation().messages();
    List<Message> going = new ArrayList<>(today);
    going.removeAll(before);
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("messages", today.size());
    all.put("messages_then", before.size());
    all.put("going", going.stream().limit(SHOWN_MAX).map(RewindPlan::message).toList());
    return all;
  }

  private static Object message(Message message) {
    if (message instanceof Message.UserText user) {
      return Map.of("role", "user", "text", cut(user.text()));
    }
    return message instanceof Message.Assistant reply
        ? Map.of("role", "assistant", "text", cut(reply.text()))
        : Map.of();
  }

  private @Nullable Object context(ProcessImage now) {
    if (order.mode() == RewindMode.CONVERSATION) {
      return null;
    }
    List<Object> keys = new ArrayList<>();
    for (ContextWrite write : writes(now)) {
      StateEntry today = now.context().get(write.key());
      Map<String, @Nullable Object> key = new LinkedHashMap<>();
      key.put("key", write.key());
      key.put("now", today == null ? null : today.value());
      key.put("then", write.value());
      keys.add(key);
    }
    return keys;
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
