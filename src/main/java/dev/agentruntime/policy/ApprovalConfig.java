package dev.agentruntime.policy;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which calls of tools wait for a person, and how.
 *
 * @param tools globs of the tools whose every call waits, and their names alone
 * @param irreversible whether every call waits that can neither be repeated nor told
 * @param taint what becomes of calls that reach outside in a run that read something from outside
 * @param declared the tools that the manifest itself calls irreversible; empty unless {@code taint}
 *     is DECLARED
 * @param asking how somebody is asked
 * @param limits how often
 * @param decidedBy ids of triggers whose events decide requests, instead of waking the process
 * @param cost the weight, in billionths, from which on every call waits; null = whatever it weighs
 * @param notice who is told that somebody is asked
 */
public record ApprovalConfig(
    List<String> tools,
    boolean irreversible,
    Taint taint,
    List<String> declared,
    Asking asking,
    Limits limits,
    List<String> decidedBy,
    @Nullable Long cost,
    Notice notice) {

  /** As in a manifest that says nothing of it. */
  public static final ApprovalConfig OFF = new ApprovalConfig(
      List.of(),
      false,
      Taint.DECLARED,
      List.of(),
      Asking.DEFAULT,
      Limits.DEFAULT,
      List.of(),
      null,
      Notice.NOBODY);

  private static final ApprovalConfig ALLOWED = new ApprovalConfig(
      List.of(),
      false,
      Taint.ALLOW,
      List.of(),
      Asking.DEFAULT,
      Limits.DEFAULT,
      List.of(),
      null,
      Notice.NOBODY);

  /** Keeps unmodifiable copies. */
  public ApprovalConfig {
    tools = List.copyOf(tools);
    declared = List.copyOf(declared);
    decidedBy = List.copyOf(decidedBy);
  }

  /** What becomes of a call that reaches outside in a tainted run. */
  public enum Taint {
    /** It waits for a person. */
    ASK,
    /** It is not made. */
    DENY,
    /** It is made. */
    ALLOW,
    /** It waits for a person when the manifest itself calls its tool irreversible. */
    DECLARED
  }

  /**
   * How somebody is asked.
   *
   * @param timeout how long a request waits, at most a day; default 300 s
   * @param allowOnTimeout whether a call that nobody decided on is made; never one that is
   *     irreversible or of a tainted run; default false
   * @param includeArguments whether who decides is shown the arguments; default true
   * @param redactSensitive whether members that are called like secrets are masked; default true
   * @param contextMessages how many of the run's newest messages are shown too, 0..50; default 0
   */
  public record Asking(
      Duration timeout,
      boolean allowOnTimeout,
      boolean includeArguments,
      boolean redactSensitive,
      int contextMessages) {
    /** As without its keys. */
    public static final Asking DEFAULT = new Asking(Duration.ofMinutes(5), false, true, true, 0);
  }

  /**
   * How often somebody is asked.
   *
   * @param maxPending requests that wait at once, beyond which calls are denied, 1..1,000;
   *     default 10
   * @param retriesAfterDeny how often a tool may be asked for again after a denial within the
   *     window, 0..100; default 3
   * @param denyWindow how long a denial is remembered; default 600 s
   * @param denyScope whose denials count; default AGENT
   * @param sequential whether only the oldest request may be decided; default false
   */
  public record Limits(
      int maxPending,
      int retriesAfterDeny,
      Duration denyWindow,
      DenyScope denyScope,
      boolean sequential) {
    /** As without its keys. */
    public static final Limits DEFAULT =
        new Limits(10, 3, Duration.ofMinutes(10), DenyScope.AGENT, false);
  }

  /** Whose denials keep a tool from being asked for again. */
  public enum DenyScope {
    /** Those of the same run. */
    SESSION,
    /** Those of all runs of the process. */
    AGENT
  }

  /**
   * Who is told that somebody is asked.
   *
   * @param target where to; nobody by default
   * @param address where the control API is reached from there, without a slash at the end, null =
   *     whoever is told knows
   */
  public record Notice(EscalationTarget target, @Nullable String address) {
    /** Tells nobody. */
    public static final Notice NOBODY = new Notice(EscalationTarget.NOBODY, null);
  }

  /** The same without whom it tells, which changes nothing about what is asked. */
  public ApprovalConfig untold() {
    return new ApprovalConfig(
        tools, irreversible, taint, declared, asking, limits, decidedBy, cost, Notice.NOBODY);
  }

  /** Whether any call may have to wait, or is denied. */
  public boolean isOn() {
    return !equals(OFF) && !equals(ALLOWED);
  }
}
