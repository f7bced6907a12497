package dev.agentruntime.rest;

import dev.agentruntime.access.Caller;
import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the node's journal says of one call: who asked for what, from where, and how it was
 * answered. Safe on every thread.
 */
public final class Note {

  private final AgentRuntime runtime;
  private final Caller caller;
  private final String action;
  private final String request;
  private final AtomicReference<String> detail = new AtomicReference<>("");
  private final AtomicReference<@Nullable Ahead> ahead = new AtomicReference<>();

  private record Ahead(int status, Future<Void> written) {}

  /**
   * Nothing is written yet.
   *
   * @param action method and path
   * @param request the request's id
   */
  public Note(AgentRuntime runtime, Caller caller, String action, String request) {
    this.runtime = runtime;
    this.caller = caller;
    this.action = action;
    this.request = request;
  }

  /** What more is to be known than method and path, for what is written from now on. */
  public void about(String more) {
    detail.set(" " + more);
  }

  /**
   * Writes it while what was asked for is on its way to the disk too: both wait for the same sync
   * instead of one after the other.
   *
   * @param status how it will be answered when it is there
   */
  public void ahead(int status) {
    ahead.set(new Ahead(status, write(status)));
  }

  /**
   * Writes it, unless it was with the same status.
   *
   * @return when it is durable
   */
  public Future<Void> end(int status) {
    Ahead before = ahead.get();
    return before != null && before.status() == status ? before.written() : write(status);
  }

  private Future<Void> write(int status) {
    return runtime.audit(new OperatorAction(
        caller.name(), caller.address(), action + detail.get(), status, request));
  }
}
