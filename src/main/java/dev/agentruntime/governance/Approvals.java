package dev.agentruntime.governance;

import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.policy.ApprovalConfig;
import dev.agentruntime.policy.ApprovalConfig.DenyScope;
import dev.agentruntime.policy.EscalationTarget;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of people and what they said: the newest request of each call until the call is
 * over, the newest decisions after that, and which tools were denied when. Part of the fold.
 */
public final class Approvals implements Governed {

  /** What somebody is called for with. */
  public static final String REQUESTED = "approval.requested";

  /** Requests kept after their end. */
  public static final int ENDED_MAX = 100;

  private static final int DENIALS_MAX = 101;

  private final Map<String, Asked> asked = new LinkedHashMap<>();
  private final Deque<Asked> ended = new ArrayDeque<>();
  private final TreeMap<String, List<Instant>> denials = new TreeMap<>();
  private final TreeSet<String> untold = new TreeSet<>();

  /**
   * A request.
   *
   * @param at when it was made
   * @param decision what became of it, null while it waits
   * @param decidedAt when that was, null while it waits
   */
  public record Asked(
      ApprovalRequest request,
      Instant at,
      @Nullable ApprovalDecision decision,
      @Nullable Instant decidedAt) {

    /** Whether nobody has decided. */
    public boolean waits() {
      return decision == null;
    }

    /** Whether nobody has decided and nobody can any more. */
    public boolean expired() {
      return decision != null && decision.outcome() == ApprovalOutcome.EXPIRED;
    }

    Asked with(ApprovalDecision word, Instant time) {
      return new Asked(request, at, word, time);
    }

    private Map<String, Object> toValues() {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("request", EntryCodec.data(request));
      all.put("at", at.toString());
      if (decision != null && decidedAt != null) {
        all.put("decision", EntryCodec.data(decision));
        all.put("decided_at", decidedAt.toString());
      }
      return all;
    }

    private static Asked read(Fields d) {
      Fields decision = d.optionalObject("decision");
      return new Asked(
          (ApprovalRequest) EntryCodec.data("approval_request", d.object("request")),
          Instant.parse(d.text("at")),
          decision == null
              ? null
              : (ApprovalDecision) EntryCodec.data("approval_decision", decision),
          decision == null ? null : Instant.parse(d.text("decided_at")));
    }
  }

  // --- The fold

  @Override
  public String name() {
    return "approvals";
  }

  @Override
  public void apply(JournalEntry entry, @Nullable ProcessConfig config) {
    EntryData data = entry.data();
    if (data instanceof ApprovalRequest request) {
      asked.put(key(request), new Asked(request, entry.time(), null, null));
      if (config != null
          && !config.governance().approval().notice().target().equals(EscalationTarget.NOBODY)) {
        untold.add(request.id());
      }
    } else if (data instanceof PeopleEntry.Escalation call) {
      if (call.type().equals(REQUESTED) && !untold.isEmpty()) {
        untold.remove(String.valueOf(call.payload().object().get("id")));
      }
    } else if (data instanceof ApprovalDecision decision) {
      decided(decision, entry.time(), config);
    } else if (!asked.isEmpty()) {
      end(entry, data, config);
    }
  }

  private void decided(ApprovalDecision decision, Instant time, @Nullable ProcessConfig config) {
    Asked known = asked.get(key(decision));
    if (known == null || !known.request().id().equals(decision.id())) {
      return;
    }
    if (known.decision() != null) {
      // A word that lapsed: it is not the newest of those that ended any more.
      ended.removeIf(one -> one.request().id().equals(decision.id()));
    }
    Asked now = known.with(decision, time);
    asked.put(key(decision), now);
    keep(now);
    if (config != null
        && (decision.outcome() == ApprovalOutcome.DENIED
            || (decision.outcome() == ApprovalOutcome.EXPIRED && !mayGo(config)))) {
      denied(known.request(), time, config);
    }
  }

  /** Whether a call may go that nobody decided on; whether it does, only what follows says. */
  private static boolean mayGo(ProcessConfig config) {
    return config.governance().approval().asking().allowOnTimeout();
  }

  private void denied(ApprovalRequest request, Instant time, ProcessConfig config) {
    ApprovalConfig.Limits limits = config.governance().approval().limits();
    Instant oldest = time.minus(limits.denyWindow());
    String whose = whose(limits.denyScope(), request.invocation(), request.tool());
    denials.computeIfAbsent(whose, name -> new ArrayList<>()).add(time);
    denials.values().forEach(times -> times.removeIf(each -> each.isBefore(oldest)));
    denials.values().removeIf(List::isEmpty);
    List<Instant> mine = denials.get(whose);
    if (mine != null && mine.size() > DENIALS_MAX) {
      mine.remove(0);
    }
  }

  private static String whose(DenyScope scope, InvocationId run, String tool) {
    return scope == DenyScope.AGENT ? tool : run.value() + " " + tool;
  }

  /** A call that is made, or has its answer, needs nobody; nor does one whose run is over. */
  private void end(JournalEntry entry, EntryData data, @Nullable ProcessConfig config) {
    if (data instanceof EntryData.ToolCall call) {
      Asked known = asked.get(call.invocation().effectKey(call.ordinal()));
      if (known != null && known.waits()) {
        asked.put(key(known.request()), closed(known, ApprovalOutcome.LAPSED, entry.time()));
      }
    } else if (data instanceof EntryData.ToolResult result) {
      Asked known = asked.remove(result.invocation().effectKey(result.ordinal()));
      if (known != null && known.waits()) {
        Asked unused = closed(known, ApprovalOutcome.LAPSED, entry.time());
      } else if (known != null
          && config != null
          && known.expired()
          && mayGo(config)
          && result.outcome() == EntryData.ToolOutcome.DENIED) {
        denied(known.request(), entry.time(), config);
      }
    } else if (data instanceof EntryData.InvocationResult result) {
      for (Asked each : List.copyOf(asked.values())) {
        if (each.request().invocation().equals(result.invocation())) {
          asked.remove(key(each.request()));
          if (each.waits()) {
            Asked unused = closed(each, ApprovalOutcome.CANCELLED, entry.time());
          }
        }
      }
    }
  }

  private Asked closed(Asked known, ApprovalOutcome outcome, Instant time) {
    ApprovalRequest request = known.request();
    Asked now = known.with(
        new ApprovalDecision(
            request.invocation(), request.ordinal(), request.id(), outcome, "runtime", "", null),
        time);
    keep(now);
    return now;
  }

  private void keep(Asked now) {
    untold.remove(now.request().id());
    ended.addFirst(now);
    if (ended.size() > ENDED_MAX) {
      ended.removeLast();
    }
  }

  private static String key(ApprovalEntry entry) {
    return entry.invocation().effectKey(entry.ordinal());
  }

  // --- What is known; nothing below changes anything

  /** The newest request of a call that is not over, null when there is none. */
  public @Nullable Asked of(InvocationId run, int ordinal) {
    return asked.isEmpty() ? null : asked.get(run.effectKey(ordinal));
  }

  /** Requests that wait, oldest first. */
  public List<Asked> waiting() {
    return asked.isEmpty()
        ? List.of()
        : asked.values().stream().filter(Asked::waits).toList();
  }

  /** Those that ended, newest first. */
  public Collection<Asked> ended() {
    return Collections.unmodifiableCollection(ended);
  }

  /** A request by its id, null when it is not known, or not any more. */
  public @Nullable Asked byId(String id) {
    for (Asked each : asked.values()) {
      if (each.request().id().equals(id)) {
        return each;
      }
    }
    for (Asked each : ended) {
      if (each.request().id().equals(id)) {
        return each;
      }
    }
    return null;
  }

  /** Requests that wait and that nobody was told of who is to be told, oldest first. */
  public List<Asked> untold() {
    return untold.isEmpty()
        ? List.of()
        : waiting().stream().filter(one -> untold.contains(one.request().id())).toList();
  }

  /**
   * How often a tool was denied within the window of these limits: in a run, or in all. What a
   * clock that was ahead wrote of times that are yet to come counts for nothing.
   */
  public long denials(ApprovalConfig.Limits limits, InvocationId run, String tool, Instant now) {
    Instant since = now.minus(limits.denyWindow());
    return denials.getOrDefault(whose(limits.denyScope(), run, tool), List.of()).stream()
        .filter(time -> !time.isBefore(since) && !time.isAfter(now))
        .count();
  }

  @Override
  public Map<String, Object> toValues() {
    Map<String, Object> all = new LinkedHashMap<>();
    if (!asked.isEmpty()) {
      all.put("asked", asked.values().stream().map(Asked::toValues).toList());
    }
    if (!ended.isEmpty()) {
      all.put("ended", ended.stream().map(Asked::toValues).toList());
    }
    if (!denials.isEmpty()) {
      List<Object> each = new ArrayList<>();
      denials.forEach((tool, times) -> each.add(new TreeMap<>(
          Map.of("tool", tool, "times", times.stream().map(Instant::toString).toList()))));
      all.put("denials", each);
    }
    if (!untold.isEmpty()) {
      all.put("untold", List.copyOf(untold));
    }
    return all;
  }

  @Override
  public void read(Fields values) {
    for (Fields each : values.objects("asked")) {
      Asked one = Asked.read(each);
      asked.put(key(one.request()), one);
    }
    values.objects("ended").forEach(each -> ended.addLast(Asked.read(each)));
    for (Fields each : values.objects("denials")) {
      List<Instant> times = new ArrayList<>();
      each.texts("times").forEach(time -> times.add(Instant.parse(time)));
      denials.put(each.text("tool"), times);
    }
    untold.addAll(values.texts("untold"));
  }
}
