package dev.agentruntime.process;

import static dev.agentruntime.process.ApprovalWorld.PAY;
import static dev.agentruntime.process.ApprovalWorld.approvals;
import static dev.agentruntime.process.ApprovalWorld.config;
import static dev.agentruntime.process.ApprovalWorld.decided;
import static dev.agentruntime.process.ApprovalWorld.no;
import static dev.agentruntime.process.ApprovalWorld.only;
import static dev.agentruntime.process.ApprovalWorld.waiting;
import static dev.agentruntime.process.ApprovalWorld.wantsToPay;
import static dev.agentruntime.process.ApprovalWorld.yes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.PeopleEntry.Escalation;
import dev.agentruntime.tool.Tool;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is told that a call waits, when costs make it wait, and whose denials count. */
class ApprovalNoticeTest {

  private static final String TELLS = "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false,"
      + "\"timeout\":600,\"escalation\":{\"webhook_url\":\"https://ops.example.com/asked\"},"
      + "\"address\":\"https://agents.example.com\"}}";

  private static Map<String, @Nullable Object> told(HandProcess hand) {
    List<Escalation> all = hand.entries(Escalation.class);
    assertEquals(1, all.size());
    assertEquals("approval.requested", all.get(0).type());
    assertEquals("https://ops.example.com/asked", all.get(0).url());
    return all.get(0).payload().object();
  }

  @Test
  void isToldWhatIsAskedUntilWhenAndWhereToDecide() {
    HandProcess hand = waiting(TELLS);
    Map<String, @Nullable Object> told = told(hand);
    ApprovalRequest request = only(hand).request();
    assertEquals(request.id(), told.get("id"));
    assertEquals("charge", told.get("tool"));
    assertEquals(Map.of("amount", 5L, "to", "bob"), told.get("arguments"));
    assertEquals(List.of("tool"), told.get("reasons"));
    assertEquals(request.expires().toString(), told.get("expires_at"));
    assertEquals(600L, told.get("timeout"));
    assertEquals("deny", told.get("on_timeout"));
    Map<?, ?> decide = (Map<?, ?>) Objects.requireNonNull(told.get("decide"));
    String path = "/api/v1/processes/hand/approvals/" + request.id();
    assertEquals(path, decide.get("path"));
    assertEquals("https://agents.example.com" + path, decide.get("url"));
    assertEquals(1, hand.image().outbox().size());
  }

  @Test
  void isNotToldSecretsNorLongArguments() {
    HandProcess hand = HandProcess.running(config(TELLS));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.want("charge", "{\"amount\":5,\"api_key\":\"k-1\"}");
    assertFalse(told(hand).toString().contains("k-1"));
    HandProcess other = HandProcess.running(config(TELLS));
    assertFalse(other.offer("pay").failed());
    other.flush();
    other.want("charge", "{\"note\":\"" + "x".repeat(20_000) + "\"}");
    Map<String, @Nullable Object> told = told(other);
    assertEquals(true, told.get("arguments_omitted"));
    assertFalse(told.containsKey("arguments"));
  }

  @Test
  void isToldOnceHoweverOftenTheNodeEnds() {
    HandProcess hand = waiting(TELLS);
    for (int i = 0; i < 3; i++) {
      hand.restart(false);
      hand.flush();
    }
    assertEquals("charge", told(hand).get("tool"));
    decided(hand, yes(hand));
    hand.called.remove(0).promise().complete(Tool.Reply.ok("charged"));
    hand.flush();
    hand.say("done");
    assertEquals("charge", told(hand).get("tool"));
  }

  @Test
  void isToldWhenTheNodeEndedBetweenRequestAndCall() {
    List<EntryData> all = waiting(TELLS).entries();
    int request = 0;
    while (!(all.get(request) instanceof ApprovalRequest)) {
      request++;
    }
    HandProcess hand = new HandProcess();
    hand.open();
    for (EntryData entry : all.subList(0, request + 1)) {
      assertFalse(hand.kernel().note(entry).failed());
    }
    while (hand.drain()) {
      // Durable, and nothing else has happened.
    }
    hand.restart(false);
    hand.flush();
    assertEquals(only(hand).request().id(), told(hand).get("id"));
    assertEquals(List.of(), approvals(hand).untold());
  }

  @Test
  void withoutAnybodyNamedNobodyIsTold() {
    HandProcess hand = waiting(ApprovalWorld.TOOLS);
    assertEquals(List.of(), hand.entries(Escalation.class));
    assertEquals(List.of(), approvals(hand).untold());
  }

  @Test
  void tellingSomebodyElseIsNoOtherPolicy() {
    HandProcess hand = waiting(TELLS);
    hand.deploy(config(TELLS.replace("ops.example", "night.example")));
    hand.flush();
    assertEquals(1, hand.entries(ApprovalRequest.class).size());
    assertEquals(List.of(), hand.entries(ApprovalDecision.class));
  }

  @ParameterizedTest
  @CsvSource({"10, true", "9.5, true", "10.000000001, false", "1, true"})
  void aCallThatCostsAsMuchWaits(String cost, boolean waits) {
    HandProcess hand = HandProcess.running(config("{\"approval\":{\"tainted\":false,\"cost\":"
        + cost + "},\"budget\":{\"tool_costs\":{\"charge\":{\"cost_weight\":10}}}}"));
    assertFalse(hand.offer("pay").failed());
    hand.flush();
    hand.want("charge", PAY);
    assertEquals(waits ? 0 : 1, hand.called.size());
    if (waits) {
      assertEquals(List.of("cost"), only(hand).request().reasons());
    }
  }

  @Test
  void anotherWeightIsAnotherPolicy() {
    String keys = "{\"approval\":{\"tainted\":false,\"cost\":5},"
        + "\"budget\":{\"tool_costs\":{\"charge\":{\"cost_weight\":10}}}}";
    HandProcess hand = waiting(keys);
    hand.deploy(config(keys.replace("10", "20")));
    hand.flush();
    assertEquals(
        ApprovalOutcome.LAPSED, hand.entries(ApprovalDecision.class).get(0).outcome());
    assertEquals(2, hand.entries(ApprovalRequest.class).size());
    hand.deploy(config(keys.replace("10", "1")));
    hand.flush();
    assertEquals(1, hand.called.size(), "it costs too little to ask");
  }

  @Test
  void aToolThatNobodyDescribedWeighsOne() {
    HandProcess hand = waiting("{\"approval\":{\"tainted\":false,\"cost\":1}}");
    assertEquals(List.of("cost"), only(hand).request().reasons());
  }

  @ParameterizedTest
  @CsvSource({"session, true", "agent, false"})
  void denialsCountInTheirScope(String scope, boolean asksInTheNextRun) {
    HandProcess hand = HandProcess.running(
        config("{\"approval\":{\"tools\":[\"charge\"],\"max_retries_after_deny\":0,"
            + "\"deny_scope\":\"" + scope + "\"}}"));
    wantsToPay(hand);
    decided(hand, no(hand));
    hand.want("charge", PAY);
    assertEquals(List.of(), approvals(hand).waiting(), "not again in the same run");
    hand.say("a pity");
    hand.restart(false);
    hand.flush();
    wantsToPay(hand);
    assertEquals(asksInTheNextRun, !approvals(hand).waiting().isEmpty());
    assertTrue(hand.called.isEmpty());
  }
}
