package dev.agentruntime.oversight;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.custody.SecretDesk;
import dev.agentruntime.custody.SecretKeeper;
import dev.agentruntime.desk.BudgetDesk;
import dev.agentruntime.desk.HealthDesk;
import dev.agentruntime.desk.MessageDesk;
import dev.agentruntime.desk.MissionDesk;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.governance.Approvals;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.HealthConfig;
import dev.agentruntime.policy.MissionConfig;
import dev.agentruntime.tool.GrantTool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches over one process by the rules of the manifest in force: also for runs that began under
 * another one, so that what an operator tightens holds at once. Without rules it costs nothing.
 * Owned by: the process's context.
 */
public final class Oversight {

  private static final String NO_BUDGET = "there is no budget any more";

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final SecretKeeper secrets;
  private final Host host;
  private final Escalations escalations;
  private final BudgetRule.Around aroundBudget;
  private GovernanceConfig known = GovernanceConfig.OFF;
  private List<Rule> rules = List.of();
  private @Nullable ApprovalClock approvalClock;
  private final @Nullable HookRule hooks;

  public Oversight(ProcessLog log, ProcessDeps deps, SecretKeeper secrets, Host host) {
    this.log = log;
    this.deps = deps;
    this.secrets = secrets;
    this.host = host;
    this.escalations = new Escalations(log, deps);
    this.aroundBudget =
        new BudgetRule.Around(deps.timers(), host, this::escalate, new BudgetFlight(host));
    this.hooks = deps.hooks() == null ? null : new HookRule(deps.hooks(), log, host);
    this.rules = make(known);
    log.observe(this::wrote);
    log.reserves().onEnded(() -> rules().forEach(Rule::reserveEnded));
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

    /** Whether nothing may be done now, such as while the node was told to end all work. */
    boolean isClosed();

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
      rules.forEach(Rule::retired);
      if (!now.budget().enabled()) {
        host.later(() -> host.lift(Purse.CAUSE, NO_BUDGET));
      }
      rules = make(now);
    }
    return rules;
  }

  /** In the order in which they are asked. */
  private List<Rule> make(GovernanceConfig config) {
    if (hooks == null && config.equals(GovernanceConfig.OFF)) {
      return List.of();
    }
    List<Rule> all = new ArrayList<>();
    if (hooks != null) {
      all.add(hooks);
    }
    if (config.budget().enabled()) {
      all.add(new BudgetRule(log, aroundBudget, config.budget()));
    }
    if (config.approval().isOn()) {
      all.add(new ApprovalRule(log, config, approvalClock(), escalations));
    }
    HealthConfig health = config.health();
    if (health != null) {
      all.add(new HealthRule(health, log, deps.timers(), host, escalations));
    }
    MissionConfig mission = config.mission();
    if (mission != null) {
      all.add(new MissionRule(mission, log, deps, host, escalations));
    }
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

  /** Adds the parts of the prompt of a run that begins now, by title. */
  public void blocks(Map<String, String> all) {
    for (Rule rule : rules()) {
      rule.blocks(all);
    }
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

  /** Asks all rules in order; the first that does not let it go decides. */
  public Verdict beforeTool(Act act) {
    Verdict goes = Verdict.GO;
    for (Rule rule : rules()) {
      Verdict verdict = rule.beforeTool(act);
      if (!(verdict instanceof Verdict.Go)) {
        return verdict;
      }
      goes = verdict.equals(Verdict.GO) ? goes : verdict;
    }
    return goes;
  }

  /** Asks all rules whether a probe may be called, as {@link Rule#beforeProbe} says. */
  public Verdict beforeProbe(Act act) {
    for (Rule rule : rules()) {
      Verdict verdict = rule.beforeProbe(act);
      if (!verdict.equals(Verdict.GO)) {
        return verdict;
      }
    }
    return Verdict.GO;
  }

  /** A call of a run that was begun is to be made again: the leave it had is used up. */
  public void again(OpenRun run) {
    if (hooks != null) {
      hooks.again(run);
    }
  }

  /** Asked when {@link #beforeTurn} said GO; what is reserved is journaled. */
  public Verdict reserve(
      OpenRun run, int turn, int attempt, boolean insideJvm, Supplier<Message.Usage> most) {
    for (Rule rule : rules()) {
      Verdict verdict = rule.reserve(run, turn, attempt, insideJvm, most);
      if (!verdict.equals(Verdict.GO)) {
        return verdict;
      }
    }
    return Verdict.GO;
  }

  /** A call of a model that {@link #reserve} let pass failed, and nobody took the question. */
  public void unused(OpenRun run) {
    rules().forEach(rule -> rule.unused(run));
  }

  /** What a call that {@link #beforeTool} let pass is charged, null = nothing is counted. */
  public BudgetEntry.@Nullable Reserve charge(Act act) {
    for (Rule rule : rules()) {
      BudgetEntry.Reserve charge = rule.charge(act);
      if (charge != null) {
        return charge;
      }
    }
    return null;
  }

  /** Whether another manifest may be in force; fails with HOOK_BLOCKED when it may not. */
  public Future<Void> mayChange(Json manifest, String source) {
    if (hooks == null) {
      return Future.succeededFuture();
    }
    ProcessImage.Deployment before = log.image().deployment();
    int version = before == null ? 1 : before.entry().version() + 1;
    return hooks.mayChange(HookRule.change(manifest, source, version));
  }

  private void wrote(EntryData data) {
    if (data instanceof DeployEntry.ProcessDeployed
        && !log.image().governance().approvals().waiting().isEmpty()) {
      host.later(() -> approvals().lookAgain());
    }
    for (Rule rule : rules()) {
      rule.wrote(data);
    }
    aroundBudget.flight().ended(data);
  }

  /** All work was ended at once: what rules have in flight too. */
  public void halted() {
    rules.forEach(Rule::retired);
    if (hooks != null) {
      hooks.halted();
    }
  }

  /** From then on people can decide again, who could not before. */
  public void reopened(Instant at) {
    approvalClock().reopened(at);
  }

  /** No run lives any more: nothing of any is in flight, and none waits. */
  public void abandoned() {
    aroundBudget.flight().clear();
  }

  /** The process goes on in an image that was recovered; runs of it may live already. */
  public void recovered() {
    rules().forEach(Rule::recovered);
    if (!known.budget().enabled()) {
      // Its budget was taken away, and the JVM ended before it was let go.
      host.lift(Purse.CAUSE, NO_BUDGET);
    }
  }

  /** What an operator, or a judge, does with the budget. */
  public BudgetDesk budget() {
    return new BudgetDesk(log, deps);
  }

  /**
   * What an agent says that gives away a part of its budget, which a call of a tool wants that
   * {@link #charge} has charged.
   *
   * @throws RuntimeFault why it may not, for the model
   */
  public Emission lend(GrantTool.Wish wish) {
    return budget().lend(wish.to(), wish.amounts(), aroundBudget.flight().underWay());
  }

  /** Not waited for: a failed append breaks the log, which tells the process by itself. */
  static void noted(Future<Void> durable) {
    durable.onFailure(cause -> System.getLogger(Oversight.class.getName())
        .log(System.Logger.Level.DEBUG, "not journaled: {0}", cause.getMessage()));
  }

  /** What an operator sees and does of its health. */
  public HealthDesk health() {
    return new HealthDesk(log);
  }

  /** What an operator sees and does of its mission. */
  public MissionDesk mission() {
    return new MissionDesk(log);
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

  private ApprovalClock approvalClock() {
    ApprovalClock known = approvalClock;
    if (known == null) {
      known = new ApprovalClock(log, deps.timers(), host);
      approvalClock = known;
    }
    return known;
  }

  /** Where people decide what waits for them. */
  public ApprovalDesk approvals() {
    return new ApprovalDesk(log, approvalClock());
  }

  /** Whether an event decides a request instead of waking the process. */
  public boolean decides(TriggerEvent event) {
    ProcessImage.Deployment deployment = log.image().deployment();
    return deployment != null
        && deployment.config().governance().approval().decidedBy().contains(event.triggerId())
        && (event.triggerType().equals("webhook") || event.triggerType().equals("event"));
  }

  /** Decides by an event; never fails for one of the bus, for it would only come again. */
  public Future<Accepted> decide(TriggerEvent event) {
    return new ApprovalEvents(approvals(), log.keeps()).decide(event);
  }

  /** A run that waited goes on, or is over. */
  public void goesOn(OpenRun run, boolean over) {
    if (over) {
      approvals().runIsOver(run);
    }
  }

  /** A result as the model is told it: also that somebody changed what was asked for. */
  public EntryData.ToolResult told(EntryData.ToolResult result) {
    Approvals.Asked asked =
        log.image().governance().approvals().of(result.invocation(), result.ordinal());
    ApprovalEntry.ApprovalDecision decision = asked == null ? null : asked.decision();
    Json edited = decision == null ? null : decision.arguments();
    return edited == null || result.outcome() == EntryData.ToolOutcome.DENIED
        ? result
        : new EntryData.ToolResult(
            result.invocation(),
            result.ordinal(),
            result.tool(),
            result.outcome(),
            "[Who approved the call changed its arguments. The tool was given " + edited + "]\n"
                + result.text(),
            result.writes(),
            result.emissions(),
            result.charge());
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
