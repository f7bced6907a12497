package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.PAY;
import static dev.agentruntime.process.ApprovalWorld.approvals;
import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.word;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ImageReader;
import dev.agentruntime.fold.ImageWriter;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The node ends after each entry of a run that waits for approval, and comes back: the act happens
 * at most once and never without a decision, and what was decided holds.
 */
class ApprovalCrashTest {

  private static final String POLICY = "{\"approval\":{\"tools\":[\"charge\",\"put\"]}}";
  private static final String LESS = "{\"amount\":1,\"to\":\"bob\"}";

  /** What a person says, and about which tool. */
  enum Way {
    APPROVE("charge"),
    DENY("charge"),
    EDIT("put"),
    NOBODY("charge");

    private final String tool;

    Way(String tool) {
      this.tool = tool;
    }
  }

  /** What happened outside: the arguments of each call; a repeat under a key is none. */
  private static final class Ledger {
    private final List<String> acts = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();

    void act(String key, Json arguments) {
      if (!keys.contains(key)) {
        keys.add(key);
        acts.add(arguments.toString());
      }
    }
  }

  /** Goes on until the run is over, as the model, the tools and the people would. */
  private static void live(HandProcess hand, Way way, Ledger ledger) {
    for (int i = 0; i < 40; i++) {
      hand.flush();
      if (!hand.asked.isEmpty()) {
        boolean answered = hand.asked.get(0).request().messages().stream()
            .anyMatch(message -> message instanceof Message.ToolText);
        if (answered) {
          hand.say("done");
        } else {
          hand.want(way.tool, PAY);
        }
      } else if (!hand.called.isEmpty()) {
        HandProcess.Called call = hand.called.remove(0);
        ledger.act(call.call().effectKey(), call.call().arguments());
        call.promise().complete(Tool.Reply.ok("did it"));
      } else if (!approvals(hand).waiting().isEmpty()) {
        Asked asked = approvals(hand).waiting().get(0);
        if (way == Way.NOBODY) {
          hand.pass(Duration.ofMinutes(5));
        } else {
          Object unused = decided(
              hand, word(asked.request().id(), way != Way.DENY, way == Way.EDIT ? LESS : null));
        }
      } else if (hand.image().runs().isEmpty()) {
        return;
      } else if (hand.onlyRun().isInDoubt()) {
        Future<Void> resolved = hand.resolve(EntryData.Resolution.LANDED);
        hand.flush();
        assertTrue(resolved.succeeded());
      }
    }
    throw new AssertionError("it never ends: " + hand.state());
  }

  private static List<EntryData> whole(Way way) {
    HandProcess hand = HandProcess.running(config(POLICY));
    assertTrue(!hand.offer("pay").failed());
    live(hand, way, new Ledger());
    return hand.entries();
  }

  private static HandProcess cut(List<EntryData> entries) {
    HandProcess hand = new HandProcess();
    hand.open();
    for (EntryData entry : entries) {
      Future<Void> written = hand.kernel().note(entry);
      assertTrue(!written.failed());
    }
    while (hand.drain()) {
      // Durable, and nothing else has happened.
    }
    hand.restart(false);
    return hand;
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void actsAtMostOnceAndNeverWithoutADecision(Way way) {
    List<EntryData> all = whole(way);
    for (int size = accepted(all); size <= all.size(); size++) {
      List<EntryData> before = all.subList(0, size);
      Ledger ledger = new Ledger();
      EntryData.@Nullable ToolCall announced = announced(before);
      if (announced != null) {
        // The worst case: it was announced, and made, before the end came.
        ledger.act(announced.key(), Json.parse(announced.request().arguments()));
      }
      HandProcess hand = cut(before);
      // And once more, before anybody does anything.
      hand.restart(false);
      live(hand, way, ledger);
      String where = way + " after " + before.get(size - 1).kind();
      assertEquals(ProcessState.RUNNING, hand.state(), where);
      String done = way == Way.EDIT ? LESS : PAY;
      assertEquals(
          way == Way.DENY || way == Way.NOBODY
              ? List.of()
              : List.of(Json.parse(done).toString()),
          ledger.acts,
          where);
      assertEquals(1, hand.entries(ApprovalRequest.class).size(), where);
      assertEquals(1, hand.entries(ApprovalDecision.class).size(), where);
      assertDecidedBeforeEachCall(hand.entries(), where);
    }
  }

  private static int accepted(List<EntryData> all) {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) instanceof EntryData.TriggerAccepted) {
        return i + 1;
      }
    }
    throw new AssertionError("nothing was accepted");
  }

  private static EntryData.@Nullable ToolCall announced(List<EntryData> entries) {
    return (EntryData.ToolCall) entries.stream()
        .filter(EntryData.ToolCall.class::isInstance)
        .findFirst()
        .orElse(null);
  }

  private static void assertDecidedBeforeEachCall(List<EntryData> entries, String where) {
    boolean approved = false;
    for (EntryData entry : entries) {
      if (entry instanceof ApprovalDecision decision) {
        approved = decision.outcome() == ApprovalOutcome.APPROVED;
      }
      assertTrue(approved || !(entry instanceof EntryData.ToolCall), where);
    }
  }

  @Test
  void anImageWrittenAfterAnyEntryIsTheSameWhenRead() {
    List<EntryData> all = whole(Way.EDIT);
    for (int size = accepted(all); size <= all.size(); size++) {
      HandProcess hand = cut(all.subList(0, size));
      Json written = ImageWriter.capture(hand.image()).get();
      assertEquals(ImageDigest.form(hand.image()), ImageDigest.form(ImageReader.read(written)));
      assertEquals(written, ImageWriter.capture(ImageReader.read(written)).get());
      Objects.requireNonNull(written);
    }
  }
}
