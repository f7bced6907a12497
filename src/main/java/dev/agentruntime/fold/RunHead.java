package dev.agentruntime.fold;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.entry.EntryData;
import java.time.Instant;
import java.util.List;

/**
 * What an image keeps of a settled invocation; the rest stands in the journal.
 *
 * @param first sequence of its start
 * @param last sequence of its result
 */
public record RunHead(
    InvocationId id,
    List<String> eventIds,
    int attempt,
    EntryData.InvocationResult result,
    Instant startedAt,
    long first,
    long last) {

  static RunHead of(OpenRun run, EntryData.InvocationResult result, long last) {
    return new RunHead(
        run.id(),
        run.start().eventIds(),
        run.attempt(),
        result,
        run.startedAt(),
        run.firstSequence(),
        last);
  }
}
