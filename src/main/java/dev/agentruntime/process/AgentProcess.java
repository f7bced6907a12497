package dev.agentruntime.process;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.EntryData.Resolution;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process, from outside. Every method may be called from any thread. */
@SuppressWarnings("DoNotCallSuggester")
public final class AgentProcess {

  /** Its name. */
  public ProcessName name() {
    throw new UnsupportedOperationException();
  }

  /** Starts it; fails with ILLEGAL_TRANSITION naming the state. */
  public Future<Void> start() {
    throw new UnsupportedOperationException();
  }

  /** Stops it: queue, conversation and open runs are kept. */
  public Future<Void> stop(String reason) {
    throw new UnsupportedOperationException();
  }

  /** Stop, then start. */
  public Future<Void> restart() {
    throw new UnsupportedOperationException();
  }

  /** Adds the operator's cause of suspension. */
  public Future<Void> suspend(String reason) {
    throw new UnsupportedOperationException();
  }

  /** Takes the operator's cause away. */
  public Future<Void> resume() {
    throw new UnsupportedOperationException();
  }

  /** Offers an event of type {@code manual}; durable when the future succeeds. */
  public Future<Accepted> trigger(Json payload, Json metadata, @Nullable String dedupKey) {
    throw new UnsupportedOperationException();
  }

  /**
   * The reference's status keys and ours, one JSON object; with {@code digest} also {@code position}
   * and {@code digest} of the image.
   */
  public Future<Json> status(boolean digest) {
    throw new UnsupportedOperationException();
  }

  /** {@code {"invocations":[...],"next_cursor":...}}, newest first. */
  public Future<Json> invocations(int limit, @Nullable String cursor) {
    throw new UnsupportedOperationException();
  }

  /** One invocation with its {@code steps}; fails with INVOCATION_NOT_FOUND. */
  public Future<Json> invocation(InvocationId id) {
    throw new UnsupportedOperationException();
  }

  /** {@code {"entries":[...],"next_cursor":...}}, oldest first. */
  public Future<Json> journal(int limit, @Nullable String cursor, @Nullable String kind) {
    throw new UnsupportedOperationException();
  }

  /** {@code {"state":{...},"versions":{...},"writable_keys":[...]}}. */
  public Future<Json> context() {
    throw new UnsupportedOperationException();
  }

  /** Writes all or nothing; fails with WRITE_DENIED or VERSION_CONFLICT. Answers {@link #context()}. */
  public Future<Json> writeContext(List<ContextWrite> writes) {
    throw new UnsupportedOperationException();
  }

  /**
   * Says what became of an effect in doubt; fails with INVOCATION_NOT_FOUND, EFFECT_NOT_FOUND or
   * EFFECT_NOT_IN_DOUBT.
   */
  public Future<Void> resolve(
      InvocationId invocation,
      String key,
      Resolution resolution,
      @Nullable String result,
      String by) {
    throw new UnsupportedOperationException();
  }
}
