package dev.agentruntime.runtime;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ManifestReader;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.WebhookRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One node of the runtime. Every method may be called from any thread. */
@SuppressWarnings("DoNotCallSuggester")
public final class AgentRuntime {

  /** This node. */
  public NodeId node() {
    throw new UnsupportedOperationException();
  }

  /** Its settings. */
  public RuntimeConfig config() {
    throw new UnsupportedOperationException();
  }

  /** Its Vert.x. */
  public Vertx vertx() {
    throw new UnsupportedOperationException();
  }

  /** Its clock. */
  public Timers timers() {
    throw new UnsupportedOperationException();
  }

  /** Its ids. */
  public Ids ids() {
    throw new UnsupportedOperationException();
  }

  /** Its journal. */
  public Journal journal() {
    throw new UnsupportedOperationException();
  }

  /** What reads manifests with this node's environment. */
  public ManifestReader manifests() {
    throw new UnsupportedOperationException();
  }

  /** A process by name, null when there is none. */
  public @Nullable AgentProcess process(ProcessName name) {
    throw new UnsupportedOperationException();
  }

  /** A process by name; throws PROCESS_NOT_FOUND. */
  public AgentProcess require(String name) {
    throw new UnsupportedOperationException();
  }

  /** All processes, by name. */
  public List<AgentProcess> processes() {
    throw new UnsupportedOperationException();
  }

  /**
   * Deploys a manifest; fails with PROCESS_EXISTS when the name is taken.
   *
   * @param start whether to start it at once
   */
  public Future<AgentProcess> deploy(Manifest manifest, boolean start) {
    throw new UnsupportedOperationException();
  }

  /** Stops a process and forgets its name; queued events are settled as cancelled. */
  public Future<Void> remove(ProcessName name, String by) {
    throw new UnsupportedOperationException();
  }

  /**
   * The node in words: {@code {"node","state":"recovering|running|draining|journal-closed",
   * "processes","uptime_seconds","version","journal":{...}}}.
   */
  public Json status() {
    throw new UnsupportedOperationException();
  }

  /** Takes no new work, lets steps in flight end up to the drain time-out, closes everything. */
  public Future<Void> close() {
    throw new UnsupportedOperationException();
  }

  /** Begins to describe a runtime. */
  public static Builder builder() {
    throw new UnsupportedOperationException();
  }

  /** Describes a runtime; for one thread. */
  @SuppressWarnings("DoNotCallSuggester")
  public static final class Builder {

    /** The Vert.x to live on; without it the runtime makes one and closes it. */
    public Builder vertx(Vertx vertx) {
      throw new UnsupportedOperationException();
    }

    /** The settings; without them all defaults. */
    public Builder config(RuntimeConfig config) {
      throw new UnsupportedOperationException();
    }

    /** Adds a part; parts start in the order added and stop in the opposite one. */
    public Builder part(RuntimePart part) {
      throw new UnsupportedOperationException();
    }

    /** Serves webhooks; without it a manifest with a webhook is refused by name. */
    public Builder routes(WebhookRoutes routes) {
      throw new UnsupportedOperationException();
    }

    /** Decides who owns what; without it this node owns all. */
    public Builder placement(Placement placement) {
      throw new UnsupportedOperationException();
    }

    /** Adds a tool beside those on the class path. */
    public Builder tool(Tool tool) {
      throw new UnsupportedOperationException();
    }

    /**
     * Starts: binds the parts, opens and recovers the journal, loads the agents directory (when
     * {@code loadAgents}), starts what should run, then starts the parts.
     */
    public Future<AgentRuntime> start(boolean loadAgents) {
      throw new UnsupportedOperationException();
    }
  }
}
