package dev.agentruntime.tool;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something an agent can call. {@code ServiceLoader} finds implementations on the class path.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>answer {@link #definition()} always the same;
 *   <li>never block the calling thread: what can only block belongs on a worker;
 *   <li>if it declares itself idempotent, act once for all calls with one effect key;
 *   <li>fail the future only when nobody knows whether it acted; what went wrong in a known way is
 *       a {@link Reply} with {@code error};
 *   <li>end early when the signal is raised, and then fail the future.
 * </ol>
 */
public interface Tool {

  /** Name, description, parameters, and what may be done when its outcome is unknown. */
  ToolDefinition definition();

  /**
   * Why these arguments cannot be taken, beyond what {@link Arguments} checks; null when they can.
   * Asked before the call is announced, so that what is refused leaves no doubt.
   */
  default @Nullable String refusal(Json arguments) {
    return null;
  }

  /** The secrets that a call with these arguments is given, for the journal. */
  default List<String> secrets(Json arguments) {
    return List.of();
  }

  /**
   * Whether what a call is given leaves the runtime for somebody else, also when it only reads: a
   * request, or a server of tools, whose word alone it is that it only reads.
   */
  default boolean isOutbound() {
    return false;
  }

  /** Acts. */
  Future<Reply> call(Call call);

  /**
   * A call.
   *
   * @param process who calls
   * @param invocation in which run
   * @param effectKey the same for every attempt of this call
   * @param arguments a JSON object
   * @param state the context as this run sees it
   * @param cancel raised when nobody waits for the answer any more
   * @param source what led to it
   */
  record Call(
      ProcessName process,
      InvocationId invocation,
      String effectKey,
      Json arguments,
      AgentContext state,
      CancelSignal cancel,
      Source source) {

    /** A call of which nobody knows what led to it. */
    public Call(
        ProcessName process,
        InvocationId invocation,
        String effectKey,
        Json arguments,
        AgentContext state,
        CancelSignal cancel) {
      this(process, invocation, effectKey, arguments, state, cancel, Source.UNKNOWN);
    }
  }

  /**
   * What led to a call.
   *
   * @param origin type and id of the trigger whose run calls, as in {@code webhook:push}
   * @param untrusted whether anything that the run has read came from outside
   */
  record Source(String origin, boolean untrusted) {

    /** Nobody knows, so it may have come from anywhere. */
    public static final Source UNKNOWN = new Source("unknown", true);
  }

  /**
   * An answer.
   *
   * @param text for the model
   * @param error whether it is an error in words
   * @param writes own-state tools only: what it wrote
   * @param emissions own-state tools only: the events and messages that it emitted
   * @param denied whether it may not be done here, and so was not; an error too
   */
  record Reply(
      String text,
      boolean error,
      List<ContextWrite> writes,
      List<Emission> emissions,
      boolean denied) {
    /** Keeps unmodifiable copies. */
    public Reply {
      writes = List.copyOf(writes);
      emissions = List.copyOf(emissions);
    }

    /** {@code OK}, {@code ERROR} or {@code DENIED}. */
    public ToolOutcome outcome() {
      if (denied) {
        return ToolOutcome.DENIED;
      }
      return error ? ToolOutcome.ERROR : ToolOutcome.OK;
    }

    /** An answer of something that may be done. */
    public Reply(String text, boolean error, List<ContextWrite> writes, List<Emission> emissions) {
      this(text, error, writes, emissions, false);
    }

    /** An answer that emits nothing. */
    public Reply(String text, boolean error, List<ContextWrite> writes) {
      this(text, error, writes, List.of());
    }

    /** It worked. */
    public static Reply ok(String text) {
      return new Reply(text, false, List.of());
    }

    /** It may not be done here: nothing was done. */
    public static Reply denied(String text) {
      return new Reply(text, true, List.of(), List.of(), true);
    }

    /** It did not work, and nothing was done. */
    public static Reply error(String text) {
      return new Reply(text, true, List.of());
    }
  }
}
