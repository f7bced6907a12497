package dev.agentruntime.replay;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a run decided, called and cost, by its entries. Filled by one thread. */
final class RunStory {

  /** Replies that were used, by turn. */
  final TreeMap<Integer, EntryData.ModelReply> replies = new TreeMap<>();

  /** Calls that reached outside, or would have, by ordinal. */
  final TreeMap<Integer, EntryData.ToolCall> calls = new TreeMap<>();

  /** Of all calls, by ordinal. */
  final TreeMap<Integer, EntryData.ToolResult> results = new TreeMap<>();

  Message.Usage usage = Message.Usage.NONE;
  EntryData.@Nullable InvocationResult end;

  static RunStory of(List<JournalEntry> entries) {
    RunStory story = new RunStory();
    entries.forEach(entry -> story.see(entry.data()));
    return story;
  }

  void see(EntryData data) {
    if (data instanceof EntryData.ModelReply reply) {
      usage = usage.plus(reply.usage());
      if (reply.rejected() == null) {
        replies.put(reply.turn(), reply);
      }
    } else if (data instanceof EntryData.ToolCall call) {
      calls.put(call.ordinal(), call);
    } else if (data instanceof EntryData.ToolResult result) {
      results.put(result.ordinal(), result);
    } else if (data instanceof EntryData.InvocationResult result) {
      end = result;
    }
  }

  /** The results of its calls outside; null where there is none that says what happened. */
  Map<CallKey, EntryData.@Nullable ToolResult> recorded() {
    Map<CallKey, EntryData.@Nullable ToolResult> all = new LinkedHashMap<>();
    CallKey.Counter counter = new CallKey.Counter();
    calls.forEach((ordinal, call) -> {
      EntryData.ToolResult result = results.get(ordinal);
      boolean known = result != null && result.outcome() != EntryData.ToolOutcome.UNKNOWN;
      all.put(counter.next(call.request()), known ? result : null);
    });
    return all;
  }

  /** The last value it wrote to each key, null = deleted. */
  Map<String, @Nullable Json> writes() {
    Map<String, @Nullable Json> all = new TreeMap<>();
    for (EntryData.ToolResult result : results.values()) {
      for (ContextWrite write : result.writes()) {
        all.put(write.key(), write.value());
      }
    }
    return all;
  }

  /** What it said to others, in order. */
  List<Emission> emissions() {
    List<Emission> all = new ArrayList<>();
    results.values().forEach(result -> all.addAll(result.emissions()));
    return all;
  }
}
