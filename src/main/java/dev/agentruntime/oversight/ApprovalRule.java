package dev.agentruntime.oversight;

import dev.agentruntime.config.ProcessConfig.ToolRule;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.ApprovalEntry.Digests;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.governance.Approvals;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.governance.MaskedEdit;
import dev.agentruntime.governance.SensitiveNames;
import dev.agentruntime.guard.CanonicalJson;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.policy.ApprovalConfig;
import dev.agentruntime.policy.ApprovalConfig.Taint;
import dev.agentruntime.policy.BudgetConfig.ToolCost;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.tool.Arguments;
import dev.agentruntime.tool.GrantTool;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets a call of a tool wait for a person where the policy says so, and keeps it from being made
 * where nobody allows it. What was asked is bound to the exact arguments, the tool and the policy:
 * when one of them is another one, it is asked anew. Owned by: the process's context.
 */
final class ApprovalRule implements Rule {

  /** Leave the process, but not the runtime, which knows that they are tainted. */
  private static final Set<String> INSIDE = Set.of(OpenRun.ASK, "memory_store", "memory_forget");

  private final ProcessLog log;
  private final ApprovalConfig config;
  private final ApprovalClock clock;
  private final Escalations escalations;
  private final Map<String, ToolCost> costs;
  private final List<Glob> globs;
  private final String policy;

  ApprovalRule(ProcessLog log, GovernanceConfig all, ApprovalClock clock, Escalations escalations) {
    this.log = log;
    this.config = all.approval();
    this.clock = clock;
    this.escalations = escalations;
    this.costs = all.budget().tools();
    this.globs = config.tools().stream().map(Glob::of).toList();
    this.policy = config.untold().toString();
  }

  @Override
  public Verdict beforeTool(Act act) {
    boolean reachesOut = reachesOut(act);
    if (config.taint() == Taint.DENY && reachesOut && act.isTainted()) {
      return denied(
          act,
          "This run has read something from outside, and such a run may not call "
              + act.tool().name() + ": taint: deny.");
    }
    List<String> reasons = reasons(act, reachesOut);
    Asked asked = approvals().of(act.run().id(), act.ordinal());
    ApprovalDecision decision = asked == null ? null : asked.decision();
    if (asked == null
        || (decision != null
            && (decision.outcome() == ApprovalOutcome.LAPSED
                || decision.outcome() == ApprovalOutcome.CANCELLED))) {
      return reasons.isEmpty() ? Verdict.GO : ask(act, reasons);
    }
    if (decision != null && decision.outcome() == ApprovalOutcome.DENIED) {
      return denied(act, "Denied by " + decision.by() + because(decision) + ".");
    }
    if (decision != null && decision.outcome() == ApprovalOutcome.EXPIRED && !goesExpired(act)) {
      // It is over, whatever policy came since: nobody is asked anew.
      return denied(
          act,
          "Nobody approved it within " + config.asking().timeout().toSeconds()
              + " s: the request expired.");
    }
    Act seen = seen(asked, act);
    Json edited = edited(asked, seen);
    boolean other = act.again() && edited != null && !edited.equals(act.arguments());
    if (other || !asked.request().digests().equals(digests(seen)) || !fits(act, decision, edited)) {
      clock.end(asked.request(), ApprovalOutcome.LAPSED, "the tool or the policy changed");
      return reasons.isEmpty() ? Verdict.GO : ask(act, reasons);
    }
    if (decision == null) {
      clock.arm(asked.request());
      return new Verdict.Wait(LiveRun.Wait.APPROVAL);
    }
    if (decision.outcome() == ApprovalOutcome.EXPIRED) {
      return Verdict.GO;
    }
    return new Verdict.Go(edited);
  }

  /** Who would have to be asked about a probe is asked about the call in doubt instead. */
  @Override
  public Verdict beforeProbe(Act act) {
    boolean reachesOut = reachesOut(act);
    boolean held = config.taint() == Taint.DENY && reachesOut && act.isTainted();
    return held || !reasons(act, reachesOut).isEmpty()
        ? new Verdict.Refuse(
            ToolOutcome.DENIED, act.tool().name() + " waits for approval, and a probe cannot.")
        : Verdict.GO;
  }

  /** The call as a request showed it: a person may have changed what it was begun with. */
  private static Act seen(Asked asked, Act act) {
    ApprovalDecision decision = asked.decision();
    if (!act.again() || decision == null || decision.arguments() == null) {
      return act;
    }
    Json said;
    try {
      said = Arguments.parse(act.request().arguments(), act.tool().parameters());
    } catch (RuntimeFault changed) {
      // Another tool than was asked about, which the digests say too.
      return act;
    }
    return new Act(
        act.run(),
        act.ordinal(),
        act.request(),
        act.tool(),
        act.policy(),
        said,
        act.outbound(),
        true);
  }

  /** Whether a call goes although nobody decided in time. */
  private boolean goesExpired(Act act) {
    return config.asking().allowOnTimeout()
        && act.policy() != Policy.IRREVERSIBLE
        && !act.isTainted();
  }

  private List<String> reasons(Act act, boolean reachesOut) {
    List<String> reasons = new ArrayList<>();
    String name = act.tool().name();
    if (globs.stream().anyMatch(glob -> glob.matches(name))) {
      reasons.add("tool");
    }
    if (config.irreversible() && act.policy() == Policy.IRREVERSIBLE) {
      reasons.add("irreversible");
    }
    Long cost = config.cost();
    if (cost != null && weight(name) >= cost) {
      reasons.add("cost");
    }
    boolean guarded = config.taint() == Taint.ASK
        ? reachesOut
        : config.taint() == Taint.DECLARED && config.declared().contains(name);
    if (guarded && act.isTainted()) {
      reasons.add("tainted");
    }
    return reasons;
  }

  private long weight(String tool) {
    return costs.getOrDefault(tool, ToolCost.USUAL).weight();
  }

  /** What only reads reaches out too when its arguments do, unless the manifest vouches for it. */
  private boolean reachesOut(Act act) {
    String name = act.tool().name();
    ToolRule rule = log.image().config().tools().get(name);
    boolean vouched = rule != null && rule.policy() == Policy.READ_ONLY;
    boolean acts = act.policy() == Policy.IRREVERSIBLE || act.policy() == Policy.IDEMPOTENT;
    return (acts && !INSIDE.contains(name))
        || (act.outbound() && !vouched)
        || name.equals(GrantTool.NAME);
  }

  private Verdict ask(Act act, List<String> reasons) {
    Instant now = clock.now();
    String tool = act.tool().name();
    ApprovalConfig.Limits limits = config.limits();
    if (approvals().denials(limits, act.run().id(), tool, now) > limits.retriesAfterDeny()) {
      return denied(
          act,
          "Calls of " + tool + " were denied too often within "
              + limits.denyWindow().toSeconds() + " s: nobody is asked again before that is over.");
    }
    if (approvals().waiting().size() >= limits.maxPending()) {
      return denied(
          act,
          "Already " + limits.maxPending()
              + " requests wait for approval, which is the most: this one is denied.");
    }
    OpenRun run = act.run();
    long before = run.requests(act.ordinal());
    String key = run.id().effectKey(act.ordinal());
    ApprovalRequest request = new ApprovalRequest(
        run.id(),
        act.ordinal(),
        before == 0 ? key : key + "." + (before + 1),
        run.attempt(),
        tool,
        config.asking().includeArguments() ? shown(act.arguments()) : null,
        digests(act),
        reasons,
        now.plus(config.asking().timeout()));
    if (!clock.ask(request)) {
      return new Verdict.Refuse(
          ToolOutcome.ERROR, "The arguments are too long to be shown to anybody.");
    }
    tell();
    return new Verdict.Wait(LiveRun.Wait.APPROVAL);
  }

  /** Calls for whoever is to be told, once for each request, also when the node ended before. */
  private void tell() {
    ApprovalConfig.Notice notice = config.notice();
    for (Asked asked : approvals().untold()) {
      Json told = new ApprovalViews(log.image(), clock::end).notice(asked);
      Oversight.noted(escalations.escalate(notice.target(), Approvals.REQUESTED, told));
    }
  }

  /**
   * What a tool is to be given instead of what the model said, because who approved the call says
   * so; null when nobody does, or when what was said has no meaning any more.
   */
  static @Nullable Json edited(@Nullable Asked asked, Act act) {
    ApprovalDecision decision = asked == null ? null : asked.decision();
    Json edited = decision == null || decision.outcome() != ApprovalOutcome.APPROVED
        ? null
        : decision.arguments();
    if (asked == null || edited == null) {
      return null;
    }
    try {
      return MaskedEdit.merged(edited, asked.request().arguments(), act.arguments());
    } catch (RuntimeFault stray) {
      return null;
    }
  }

  /** Arguments that somebody changed must still be such as the tool takes. */
  private static boolean fits(Act act, @Nullable ApprovalDecision decision, @Nullable Json edited) {
    if (decision == null || decision.arguments() == null) {
      return true;
    }
    if (edited == null) {
      return false;
    }
    try {
      Arguments.checkAll(edited, act.tool().parameters());
      return true;
    } catch (RuntimeFault changed) {
      if (changed.code() == ErrorCode.INVALID_REQUEST) {
        return false;
      }
      throw changed;
    }
  }

  private Digests digests(Act act) {
    ToolDefinition tool = act.tool();
    return new Digests(
        CanonicalJson.digest(act.arguments()),
        Hex.sha256(
            tool.name() + "\n" + act.policy().word() + "\n" + CanonicalJson.of(tool.parameters())),
        Hex.sha256(config.cost() == null ? policy : policy + weight(tool.name())));
  }

  private Json shown(Json arguments) {
    return config.asking().redactSensitive() ? SensitiveNames.masked(arguments) : arguments;
  }

  private Approvals approvals() {
    return log.image().governance().approvals();
  }

  private static Verdict denied(Act act, String why) {
    String what = act.again() ? " It was not called again." : " Nothing was called.";
    return new Verdict.Refuse(ToolOutcome.DENIED, why + what);
  }

  private static String because(ApprovalDecision decision) {
    return decision.reason().isEmpty() ? "" : ": " + decision.reason();
  }

  @Override
  public void recovered() {
    approvals().waiting().forEach(asked -> clock.arm(asked.request()));
    tell();
  }
}
