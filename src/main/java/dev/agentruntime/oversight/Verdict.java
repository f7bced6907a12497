package dev.agentruntime.oversight;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.live.LiveRun;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** What is said to a step that a run wants to take. */
public sealed interface Verdict {

  /** It may, as it is. */
  Verdict GO = new Go(null);

  /**
   * It may.
   *
   * @param arguments what a tool is given instead of what the model said, null = the same
   */
  record Go(@Nullable Json arguments) implements Verdict {}

  /**
   * A tool is not called; the model is told why.
   *
   * @param outcome {@code ERROR} or {@code DENIED}
   */
  record Refuse(ToolOutcome outcome, String text) implements Verdict {}

  /** The run ends, failed. */
  record End(RuntimeFault why) implements Verdict {}

  /** The run waits until it is told to go on, and asks again then. */
  record Wait(LiveRun.Wait why) implements Verdict {}

  /**
   * Somebody is being asked; the step asks again when it is told.
   *
   * @param told completes on the process's context, never fails
   */
  record Soon(Future<Void> told) implements Verdict {}

  /** The process may not run now; the step asks again when it may. */
  record Later() implements Verdict {}
}
