package dev.agentruntime.replay;

import dev.agentruntime.core.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to be different in a copy of a process.
 *
 * @param at sequence of the entry it stands behind; when that is one of an open run, this run goes
 *     on from there, else the oldest open one, else the next that began
 * @param model another model, null = the same
 * @param play the play of a {@code script:} model, null for any other
 * @param instructions another system prompt, null = the same
 * @param liveReads whether tools that only read are called when no result is recorded
 * @param answers what tools answer that are not called, by name; those left out say so
 */
public record ForkOrder(
    long at,
    @Nullable String model,
    @Nullable Json play,
    @Nullable String instructions,
    boolean liveReads,
    Map<String, String> answers) {

  /** Keeps an unmodifiable copy. */
  public ForkOrder {
    answers = Map.copyOf(answers);
  }
}
