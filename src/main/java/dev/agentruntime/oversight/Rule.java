package dev.agentruntime.oversight;

import dev.agentruntime.core.Message;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.OpenRun;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asked before a run does something, and told what was written. What it decides by is in the image;
 * what it decides it journals. Called on the process's context.
 */
interface Rule {

  /** Whether a run may begin for what is next; when not, the rule has suspended the process,
   * or lets it pump when it may. */
  default boolean mayBegin() {
    return true;
  }

  /** Adds parts of the prompt of a run that begins now, by title; pinned to it. */
  default void blocks(Map<String, String> all) {}

  /**
   * Asked before each call of a model.
   *
   * @param attempt 1 for the first call of this turn, more after rejected replies
   */
  default Verdict beforeTurn(OpenRun run, int turn, int attempt) {
    return Verdict.GO;
  }

  /**
   * Asked last before each call of a model, when nobody has anything against it; a rule that
   * reserves something journals it here.
   *
   * @param insideJvm whether nothing leaves this JVM, so that a call without a reply did nothing
   * @param most the most that the call may use
   */
  default Verdict reserve(
      OpenRun run, int turn, int attempt, boolean insideJvm, Supplier<Message.Usage> most) {
    return Verdict.GO;
  }

  /** Told when a call of a model that was reserved for failed, and nobody took the question. */
  default void unused(OpenRun run) {}

  /** What a call of a tool that is about to be announced is charged, null = nothing is counted. */
  default BudgetEntry.@Nullable Reserve charge(Act act) {
    return null;
  }

  /** Asked before each call of a tool, and again after {@code Wait} and {@code Later}. */
  default Verdict beforeTool(Act act) {
    return Verdict.GO;
  }

  /**
   * Asked before each try of a probe, which is a part of the call that it tells about: nothing is
   * counted, and nobody is waited for who might approve it.
   *
   * @param act the probe and what it would be given, in the place of that call
   * @return GO, Soon, or Refuse, which leaves the call in doubt
   */
  default Verdict beforeProbe(Act act) {
    return Verdict.GO;
  }

  /** An entry was written and applied; nothing may be written here, only later. */
  default void wrote(EntryData data) {}

  /** A call beside the runs holds nothing of the budget any more: what it kept, it used. */
  default void reserveEnded() {}

  /** The process goes on in an image that was recovered: looks at all of it. */
  default void recovered() {}

  /** Another manifest is in force: this rule is asked no more. */
  default void retired() {}
}
