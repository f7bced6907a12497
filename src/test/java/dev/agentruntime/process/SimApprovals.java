package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.guard.CanonicalJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a journal must say of calls that wait for people, told without the engine: a charge is made
 * only after somebody approved exactly its arguments, never after a no or when the time was over,
 * also when it is made again, and every request comes to one end.
 */
final class SimApprovals {

  private final SimOutside outside;
  private final Map<String, ApprovalRequest> newest = new HashMap<>();
  private final Map<String, ApprovalRequest> byId = new HashMap<>();
  private final Map<String, List<ApprovalDecision>> decisions = new HashMap<>();
  private final Map<String, List<Json>> made = new HashMap<>();
  private final Set<String> again = new HashSet<>();
  private final Set<String> over = new HashSet<>();

  SimApprovals(SimOutside outside) {
    this.outside = outside;
  }

  void see(JournalEntry entry) {
    if (!outside.asksPeople()) {
      return;
    }
    EntryData data = entry.data();
    if (data instanceof ApprovalRequest request) {
      ask(request);
    } else if (data instanceof ApprovalDecision decision) {
      decide(decision, entry);
    } else if (data instanceof EntryData.ToolCall call && call.request().tool().equals("charge")) {
      requireApproved(call.key(), Json.parse(call.request().arguments()));
      made.computeIfAbsent(call.key(), key -> new ArrayList<>())
          .add(Json.parse(call.request().arguments()));
      again.remove(call.key());
    } else if (data instanceof EntryData.EffectResolved word) {
      if (word.resolution() == EntryData.Resolution.RETRY) {
        again.add(word.key());
      }
    } else if (data instanceof EntryData.ToolResult result) {
      end(result);
    } else if (data instanceof EntryData.InvocationResult result) {
      over.add(result.invocation().value());
    }
  }

  private void ask(ApprovalRequest request) {
    assertEquals("charge", request.tool(), "nobody need be asked");
    assertNull(byId.put(request.id(), request), "asked twice under one id");
    String key = request.invocation().effectKey(request.ordinal());
    ApprovalRequest before = newest.put(key, request);
    ApprovalOutcome ended = before == null ? null : last(before.id());
    assertTrue(
        before == null || ended == ApprovalOutcome.LAPSED || ended == ApprovalOutcome.CANCELLED,
        () -> "asked anew after " + ended);
    assertTrue(!made.containsKey(key) || again.contains(key), "asked about what was called");
  }

  private void decide(ApprovalDecision decision, JournalEntry entry) {
    ApprovalRequest request = byId.get(decision.id());
    assertNotNull(request, "decided what nobody asked");
    ApprovalOutcome before = last(decision.id());
    String key = decision.invocation().effectKey(decision.ordinal());
    boolean lapses = decision.outcome() == ApprovalOutcome.LAPSED
        && before == ApprovalOutcome.APPROVED
        && (!made.containsKey(key) || again.contains(key));
    assertTrue(
        before == null || lapses, () -> "ended twice: " + before + ", " + decision.outcome());
    if (decision.outcome() == ApprovalOutcome.EXPIRED) {
      assertFalse(entry.time().isBefore(request.expires()), "expired before its time");
    }
    decisions.computeIfAbsent(decision.id(), id -> new ArrayList<>()).add(decision);
  }

  /** Somebody has approved a charge of just this. */
  private void requireApproved(String key, Json arguments) {
    ApprovalRequest request = newest.get(key);
    assertNotNull(request, () -> "nobody was asked about " + key);
    assertEquals(ApprovalOutcome.APPROVED, last(request.id()), () -> "called: " + key);
    List<ApprovalDecision> said = decisions.getOrDefault(request.id(), List.of());
    Json edited = said.get(said.size() - 1).arguments();
    assertEquals(
        edited == null ? request.digests().arguments() : CanonicalJson.digest(edited),
        CanonicalJson.digest(arguments),
        () -> "called with other arguments than were approved: " + key);
  }

  private void end(EntryData.ToolResult result) {
    String key = result.invocation().effectKey(result.ordinal());
    ApprovalRequest request = newest.get(key);
    ApprovalOutcome outcome = request == null ? null : last(request.id());
    if (outcome == ApprovalOutcome.DENIED || outcome == ApprovalOutcome.EXPIRED) {
      // What was begun and may not be made again may have happened.
      assertEquals(
          made.containsKey(key) ? ToolOutcome.UNKNOWN : ToolOutcome.DENIED,
          result.outcome(),
          "went on as if it had been allowed");
    } else if (result.tool().equals("charge") && result.outcome() == ToolOutcome.OK) {
      assertEquals(ApprovalOutcome.APPROVED, outcome, "done without a word");
    }
  }

  private @Nullable ApprovalOutcome last(String id) {
    List<ApprovalOutcome> all = outcomes(id);
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  /** What became of a request, oldest first: one, or approved and then lapsed. */
  List<ApprovalOutcome> outcomes(String id) {
    return decisions.getOrDefault(id, List.of()).stream()
        .map(ApprovalDecision::outcome)
        .toList();
  }

  /** Holds what was called outside against what was approved. */
  void judge() {
    outside
        .given()
        .forEach((key, each) -> each.forEach(given -> assertTrue(
            made.getOrDefault(key, List.of()).contains(given),
            () -> "called with what nobody approved: " + key)));
  }

  /** Everything that was asked came to its end: with a word, or with its run. */
  void judgeEnd() {
    byId.values()
        .forEach(request -> assertTrue(
            last(request.id()) != null || over.contains(request.invocation().value()),
            () -> "asked and never ended: " + request.id()));
  }

  /** How many requests ended so. */
  long ended(ApprovalOutcome outcome) {
    return byId.keySet().stream().filter(id -> last(id) == outcome).count();
  }
}
