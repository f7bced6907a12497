package dev.agentruntime.oversight;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.GovernanceConfig;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Watches over one process by the rules of the manifest in force: also for runs that began under
 * another one, so that what an operator tightens holds at once. Without rules it costs nothing.
 * Owned by: the process's context.
 */
public final class Oversight {

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final SecretKeeper secrets;
  private final Host host;
  private final Escalations escalations;
  private GovernanceConfig known = GovernanceConfig.OFF;
  private List<Rule> rules = List.of();

  public Oversight(ProcessLog log, ProcessDeps deps, SecretKeeper secrets, Host host) {
    this.log = log;
    this.deps = deps;
    this.secrets = secrets;
    this.host = host;
    this.escalations = new Escalations(log, deps);
    log.observe(this::wrote);
  }

  /** What rules may do to the process around them. */
  public interface Host {
    /** Runs a task on the process's context, later. */
    void later(Runnable task);

    /** Adds a cause of suspension, unless the process is in no state to be suspended. */
    void hold(String cause, String reason);

    /** Takes a cause of suspension away, if it is there. */
    void lift(String cause, String reason);

    /** Stops the process, if it runs. */
    void halt(String reason);

    /** Runs that wait, or may begin now, are looked at. */
    void pump();

    /** A run that was told to wait goes on, if it lives here. */
    void goOn(OpenRun run);
  }

  private List<Rule> rules() {
    ProcessImage.Deployment deployment = log.image().deployment();
    GovernanceConfig now =
        deployment == null ? GovernanceConfig.OFF : deployment.config().governance();
    if (!now.equals(known)) {
      known = now;
      rules = now.equals(GovernanceConfig.OFF) ? List.of() : make(now);
    }
    return rules;
  }

  private List<Rule> make(GovernanceConfig config) {
    List<Rule> all = new ArrayList<>();
    if (config.people().inbox().enabled()) {
      all.add(new OperatorMessages(log, deps));
    }
    return all;
  }

  /** Whether a run may begin for what is next. */
  public boolean mayBegin() {
    for (Rule rule : rules()) {
      if (!rule.mayBegin()) {
        return false;
      }
    }
    return true;
  }

  /** Parts of the prompt of a run that begins now, by title. */
  public Map<String, String> blocks() {
    Map<String, String> all = new LinkedHashMap<>();
    rules().forEach(rule -> all.putAll(rule.blocks()));
    return all;
  }

  /** Asks all rules in order; the first that does not say GO decides. */
  public Verdict beforeTurn(OpenRun run, int turn, int attempt) {
    for (Rule rule : rules()) {
      Verdict verdict = rule.beforeTurn(run, turn, attempt);
      if (!verdict.equals(Verdict.GO)) {
        return verdict;
      }
    }
    return Verdict.GO;
  }

  /** Asks all rules in order; the first that does not say GO decides. */
  public Verdict beforeTool(Act act) {
    for (Rule rule : rules()) {
      Verdict verdict = rule.beforeTool(act);
      if (!verdict.equals(Verdict.GO)) {
        return verdict;
      }
    }
    return Verdict.GO;
  }

  private void wrote(EntryData data) {
    for (Rule rule : rules()) {
      rule.wrote(data);
    }
  }

  /** The process goes on in an image that was recovered. */
  public void recovered() {
    rules().forEach(Rule::recovered);
  }

  /**
   * Calls for a person, by what a manifest says; the call survives this JVM, and is made again
   * until it is heard or its time is over.
   *
   * @param type what it is about, as in {@code budget.exceeded}
   * @param payload what is told: a JSON object
   * @return when it is durable; delivered is it later
   */
  @CanIgnoreReturnValue
  public Future<Void> escalate(EscalationTarget target, String type, Json payload) {
    return escalations.escalate(target, type, payload);
  }

  /** Where operators leave messages for its next run. */
  public MessageDesk messages() {
    return new MessageDesk(log, deps);
  }

  /** What an operator does with its secrets. */
  public SecretDesk secrets() {
    return new SecretDesk(log, secrets);
  }
}
