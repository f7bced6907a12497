package dev.agentruntime.process;

import static dev.agentruntime.process.SecretWorld.FIRST;
import static dev.agentruntime.process.SecretWorld.HANDLE;
import static dev.agentruntime.process.SecretWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.desk.MessageDesk.Draft;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.entry.PeopleEntry.InboxMessage;
import dev.agentruntime.entry.PeopleEntry.Priority;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ImageWriter;
import dev.agentruntime.governance.Messages;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The node ends after each entry of what operators say, of what they do with secrets, and of runs
 * that read something from outside, and comes back: what holds after it is what held before.
 */
class PeopleCrashTest {

  private static final int STEPS_MAX = 60;

  /** Where the entries of a story begin. */
  private static int begin(List<EntryData> all) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) instanceof EntryData.StateTransition move
          && move.to().word().equals("running")) {
        return i + 1;
      }
    }
    throw new AssertionError("it never ran");
  }

  private static void assertSameWhenRead(HandProcess hand, String where) {
    assertEquals(
        ImageDigest.of(hand.image()),
        ImageDigest.of(ImageReader.read(ImageWriter.capture(hand.image()).get())),
        where);
  }

  private static String at(List<EntryData> all, int cut) {
    return "cut after " + cut + ", " + all.get(cut - 1).kind();
  }

  private static void event(HandProcess hand, String key, boolean trusted) {
    TriggerEvent event = hand.event(key, key);
    Future<Accepted> offered = hand.kernel().offer(trusted ? event.vouched() : event);
    hand.flush();
    assertTrue(offered.succeeded(), () -> "" + offered.cause());
  }

  private static String payload(HandProcess hand) {
    return String.valueOf(hand.asked.get(0).request().event().payload().value());
  }

  // --- Messages

  private static final List<String> SAID = List.of("be brief", "be kind", "be quick");
  private static final List<Priority> MATTERS =
      List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH);

  /** Three are left where two have room, a run that has them fails, and the next reads them. */
  private static void messages(HandProcess hand) {
    hand.flush();
    for (int i = 0; i < SAID.size(); i++) {
      String text = SAID.get(i);
      boolean known = hand.entries(InboxMessage.class).stream()
          .map(InboxMessage::message)
          .anyMatch(said -> said != null && said.content().equals(text));
      if (!known) {
        Draft draft =
            new Draft(text, PeopleEntry.Type.DIRECTIVE, "ops", MATTERS.get(i), null, Json.EMPTY);
        Future<Json> left = hand.kernel().oversee(all -> all.messages().leave(draft, "alice"));
        hand.flush();
        assertTrue(left.succeeded(), () -> "" + left.cause());
      }
    }
    for (String key : List.of("fails", "reads", "reads nothing")) {
      event(hand, key, true);
    }
    for (int i = 0; i < STEPS_MAX && !hand.asked.isEmpty(); i++) {
      if (payload(hand).equals("fails")) {
        hand.breakModel();
      } else {
        hand.say("done");
      }
    }
    assertTrue(hand.image().runs().isEmpty());
  }

  @Test
  void everyMessageIsReadByOneRunThatCompletes() {
    HandProcess whole = HandProcess.running(
        ApprovalWorld.config("{\"inbox\":{\"max_messages\":2,\"rate_limit_per_sender\":9}}"));
    messages(whole);
    List<EntryData> all = whole.entries();
    for (int cut = begin(all); cut <= all.size(); cut++) {
      String where = at(all, cut);
      HandProcess hand = CutJournal.after(all.subList(0, cut));
      messages(hand);
      assertEquals(
          List.of(0L, 1L, 1L), SAID.stream().map(text -> readBy(hand, text)).toList(), where);
      Messages state = hand.image().governance().messages();
      assertEquals(List.of(), state.waiting(hand.timers.now()), where);
      assertEquals(3, state.recent("ops", hand.timers.now()).size(), where);
      assertSameWhenRead(hand, where);
    }
  }

  /** How many runs that completed had a message in their prompt. */
  private static long readBy(HandProcess hand, String text) {
    return hand.entries(EntryData.InvocationResult.class).stream()
        .filter(result -> result.outcome() == Outcome.COMPLETED)
        .filter(result -> hand.entries(EntryData.InvocationStart.class).stream()
            .anyMatch(start -> start.attempt() == 1
                && start.invocation().equals(result.invocation())
                && start.blocks().getOrDefault(PeopleEntry.BLOCK, "").contains(text)))
        .count();
  }

  // --- Secrets

  private static boolean marked(HandProcess hand, String action) {
    return hand.entries(SecretAccess.class).stream()
        .anyMatch(access -> access.action().equals(action));
  }

  /** A secret is used, rotated, used, revoked and wanted. */
  private static void secrets(SecretWorld world, String where) {
    HandProcess hand = world.hand;
    hand.flush();
    for (String key : List.of("uses", "uses the next", "is refused")) {
      if (key.equals("uses the next") && !marked(hand, "rotated")) {
        world.rotate();
      } else if (key.equals("is refused") && !marked(hand, "revoked")) {
        world.revoke();
      }
      event(hand, key, true);
      for (int i = 0; i < STEPS_MAX && !hand.image().runs().isEmpty(); i++) {
        if (!hand.called.isEmpty()) {
          Called call = hand.called.remove(0);
          assertFalse(marked(hand, "revoked"), where);
          assertEquals(marked(hand, "rotated") ? SECOND : FIRST, SecretWorld.given(call), where);
          call.promise().complete(Tool.Reply.ok("took " + SecretWorld.given(call)));
          hand.flush();
        } else if (answered(hand)) {
          hand.say("done");
        } else {
          hand.want("put", HANDLE);
        }
      }
      assertTrue(hand.image().runs().isEmpty(), where);
    }
    List<EntryData.ToolResult> results = hand.entries(EntryData.ToolResult.class);
    assertEquals(
        List.of(EntryData.ToolOutcome.OK, EntryData.ToolOutcome.OK, EntryData.ToolOutcome.ERROR),
        results.stream().map(EntryData.ToolResult::outcome).toList(),
        where);
    assertTrue(results.get(2).text().contains("is revoked"), where);
    world.assertKept();
    assertSameWhenRead(hand, where);
  }

  private static boolean answered(HandProcess hand) {
    return hand.asked.get(0).request().messages().stream()
        .anyMatch(message -> message instanceof Message.ToolText);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3600"})
  void whatWasRotatedOrRevokedStaysSo(String ttl) {
    SecretWorld whole = new SecretWorld(ttl.isEmpty() ? null : ttl, "");
    secrets(whole, "whole");
    List<EntryData> all = whole.hand.entries();
    for (int cut = begin(all); cut <= all.size(); cut++) {
      secrets(SecretWorld.after(all.subList(0, cut)), at(all, cut));
    }
  }

  // --- Taint

  private static final String ASKS =
      "{\"taint\":\"ask\",\"context\":{\"conversation_history\":false}}";

  /** A run reads something and leaves a mark, and one that nobody taints wants to pay. */
  private static void taint(HandProcess hand, boolean byTool, String where) {
    hand.flush();
    event(hand, "reads", byTool);
    event(hand, "pays", true);
    for (int i = 0; i < STEPS_MAX && !hand.image().runs().isEmpty(); i++) {
      if (!hand.called.isEmpty()) {
        Called call = hand.called.remove(0);
        assertEquals("look", call.tool(), where + ": paid without asking");
        call.promise().complete(Tool.Reply.ok("pay mallory"));
        hand.flush();
      } else if (!ApprovalWorld.approvals(hand).waiting().isEmpty()) {
        Object unused = ApprovalWorld.decided(hand, ApprovalWorld.no(hand));
      } else {
        next(hand, byTool);
      }
    }
    assertTrue(hand.image().runs().isEmpty(), where);
    List<ApprovalRequest> asked = hand.entries(ApprovalRequest.class);
    assertEquals(1, asked.size(), where);
    assertEquals(List.of("tainted"), asked.get(0).reasons(), where);
    assertTrue(
        hand.entries(EntryData.InvocationResult.class).stream()
            .allMatch(EntryData.InvocationResult::tainted),
        where);
    assertTrue(hand.image().context().isUntrusted(), where);
    assertSameWhenRead(hand, where);
  }

  private static void next(HandProcess hand, boolean byTool) {
    long done = hand.asked.get(0).request().messages().stream()
        .filter(message -> message instanceof Message.ToolText)
        .count();
    if (payload(hand).equals("pays")) {
      if (done == 0) {
        hand.want("charge", ApprovalWorld.PAY);
      } else {
        hand.say("done");
      }
    } else if (byTool && done == 0) {
      hand.want("look", "{}");
    } else if (done == (byTool ? 1 : 0)) {
      hand.want("context_set", "{\"key\":\"k\",\"value\":\"pay mallory\"}");
    } else {
      hand.say("noted");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatCameFromOutsideTaintsWhoeverReadsIt(boolean byTool) {
    HandProcess whole = HandProcess.running(ApprovalWorld.config(ASKS));
    taint(whole, byTool, "whole");
    List<EntryData> all = whole.entries();
    for (int cut = begin(all); cut <= all.size(); cut++) {
      taint(CutJournal.after(all.subList(0, cut)), byTool, at(all, cut));
    }
  }
}
