package dev.agentruntime.process;

import static dev.agentruntime.process.SecretWorld.FIRST;
import static dev.agentruntime.process.SecretWorld.HANDLE;
import static dev.agentruntime.process.SecretWorld.SECOND;
import static dev.agentruntime.process.SecretWorld.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.ApprovalEntry.ApprovalDecision;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A secret or an approval ends, or is another one, between the check of a call and the call. */
class SecretUseTest {

  private static EntryData.ToolResult result(SecretWorld world) {
    List<EntryData.ToolResult> all = world.hand.entries(EntryData.ToolResult.class);
    assertEquals(1, all.size());
    return all.get(0);
  }

  private static List<String> uses(SecretWorld world) {
    return world.hand.entries(SecretAccess.class).stream()
        .filter(access -> !access.action().equals("loaded"))
        .map(SecretAccess::action)
        .toList();
  }

  /** A call that was checked, and whose announcement is not on disk. */
  private static void checked(SecretWorld world) {
    HandProcess hand = world.hand;
    assertFalse(hand.offer("go").failed());
    hand.flush();
    hand.asked
        .remove(0)
        .promise()
        .complete(new ChatClient.ChatReply(
            new Message.Assistant("", List.of(new Message.ToolRequest("c", "put", HANDLE))),
            hand.usage));
    assertTrue(hand.called.isEmpty());
  }

  @Test
  void whatExpiresBeforeTheCallIsNotGiven() {
    SecretWorld world = new SecretWorld("30", "");
    checked(world);
    world.hand.pass(Duration.ofSeconds(30));
    world.hand.flush();
    assertTrue(world.hand.called.isEmpty());
    assertEquals(ToolOutcome.ERROR, result(world).outcome());
    assertTrue(
        result(world).text().contains("secret LOGIN has expired"), result(world).text());
    assertEquals(List.of("used", "denied"), uses(world));
    world.hand.say("done");
    assertEquals(ProcessState.RUNNING, world.hand.state());
  }

  @Test
  void whatIsRevokedBeforeTheCallIsNotGiven() {
    SecretWorld world = new SecretWorld(null, "");
    checked(world);
    Future<Json> revoked = world.secrets(desk -> desk.revoke(List.of("LOGIN"), "alice"));
    world.hand.flush();
    assertTrue(revoked.succeeded());
    assertTrue(world.hand.called.isEmpty());
    assertTrue(
        result(world).text().contains("secret LOGIN is revoked"), result(world).text());
    assertEquals(List.of("used", "revoked", "denied"), uses(world));
  }

  @Test
  void whatIsRotatedBeforeTheCallIsGivenAnew() {
    SecretWorld world = new SecretWorld(null, "");
    checked(world);
    Future<Json> rotated = world.secrets(desk -> desk.rotate("LOGIN", "${OTHER}", "alice"));
    world.hand.flush();
    assertTrue(rotated.succeeded());
    assertEquals(SECOND, given(world.hand.called.get(0)));
  }

  /** Not a part of a value that can be told from other words either. */
  private static void assertNothingOf(SecretWorld world) {
    String all = world.hand.entries().toString();
    assertFalse(all.contains(FIRST.substring(0, 8)), "the beginning of a value is in the journal");
  }

  @Test
  void anAnswerThatIsCutInTheMidstOfAValueKeepsNothingOfIt() {
    SecretWorld world = new SecretWorld(null, "");
    world.wants("put");
    String told = "z".repeat(100_000 - 12) + FIRST + "and more";
    world.hand.called.remove(0).promise().complete(Tool.Reply.ok(told));
    world.hand.flush();
    assertTrue(result(world).text().contains("[secret:LOG"));
    assertNothingOf(world);
  }

  @Test
  void aCallThatIsOutEndsAndItsTextIsClean() {
    SecretWorld world = new SecretWorld(null, "");
    world.wants("put");
    world.rotate();
    world.revoke();
    world.hand.called.remove(0).promise().complete(Tool.Reply.ok("used " + FIRST + SECOND));
    world.hand.flush();
    assertEquals("used [secret:LOGIN][secret:LOGIN]", result(world).text());
    world.assertKept();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsInDoubtStaysSoWhenItsSecretIsGone(boolean restarts) {
    SecretWorld world = new SecretWorld(null, "");
    HandProcess hand = world.hand;
    world.wants("put");
    world.revoke();
    if (restarts) {
      hand.restart(false);
    } else {
      hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
      hand.flush();
      hand.pass(Duration.ofSeconds(1));
    }
    hand.flush();
    assertTrue(hand.called.isEmpty());
    assertEquals(List.of(), hand.entries(EntryData.ToolResult.class), "nobody knows");
    assertEquals(ProcessState.AWAITING, hand.state());
    world.rotate();
    SimWorld.later(hand.resolve(Resolution.RETRY));
    hand.flush();
    assertEquals(SECOND, given(hand.called.get(0)));
    world.assertKept();
  }

  /** One thing that happens: a sync, or a task of the process. */
  private static boolean step(HandProcess hand) {
    if (hand.drain()) {
      return true;
    }
    Runnable task = hand.tasks.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  private static void takeAway(SecretWorld world, String how) {
    if (how.equals("expires")) {
      world.hand.pass(Duration.ofSeconds(1_000));
    } else {
      assertFalse(world.secrets(desk -> desk.revoke(List.of("LOGIN"), "alice")).failed());
    }
  }

  /** At whatever instant its secret ends: a call that is not out by then is not made. */
  @ParameterizedTest
  @CsvSource({
    "put,crash,revoked", "put,crash,expires", "put,retry,revoked", "put,retry,expires",
    "charge,retry,revoked", "charge,retry,expires", "look,crash,revoked", "look,crash,expires"
  })
  void whatIsMadeAgainIsGivenNothingThatEndedBefore(String tool, String why, String how) {
    int made = 0;
    int late = 0;
    for (int steps = 0; made == 0; steps++) {
      SecretWorld world = new SecretWorld("1000", "");
      HandProcess hand = world.hand;
      world.wants(tool);
      if (why.equals("crash")) {
        hand.restart(false);
      } else {
        inDoubt(world);
        SimWorld.later(hand.resolve(Resolution.RETRY));
      }
      for (int i = 0; i < steps; i++) {
        assertTrue(step(hand), "it never was made");
      }
      made = hand.called.size();
      int noted = uses(world).size();
      takeAway(world, how);
      hand.flush();
      assertEquals(made, hand.called.size(), "made without its secret, after " + steps);
      if (made == 0) {
        assertEquals("denied", uses(world).get(uses(world).size() - 1));
        late += uses(world).lastIndexOf("used") > noted - 1 ? 1 : 0;
        boolean answered = !hand.entries(EntryData.ToolResult.class).isEmpty();
        assertEquals(tool.equals("look") || why.equals("retry"), answered);
        ToolOutcome outcome = tool.equals("look") ? ToolOutcome.ERROR : ToolOutcome.UNKNOWN;
        assertEquals(answered ? outcome : null, answered ? result(world).outcome() : null);
        assertEquals(answered ? ProcessState.RUNNING : ProcessState.AWAITING, hand.state());
      } else {
        // Journaled before it was given.
        assertEquals("used", uses(world).get(noted - 1));
        assertEquals(2, uses(world).stream().filter("used"::equals).count());
      }
      world.assertKept();
    }
    assertTrue(late > 0, "never between the check and the call");
  }

  private static void inDoubt(SecretWorld world) {
    HandProcess hand = world.hand;
    for (int i = 0; hand.state() != ProcessState.AWAITING; i++) {
      assertTrue(i < 9);
      hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
      hand.flush();
      hand.pass(Duration.ofSeconds(2));
      hand.flush();
    }
  }

  @Test
  void aReadOnlyCallThatMayNotBeMadeAgainIsAnError() {
    SecretWorld world = new SecretWorld(null, "");
    world.wants("look");
    world.revoke();
    world.hand.restart(false);
    world.hand.flush();
    assertTrue(world.hand.called.isEmpty());
    assertEquals(ToolOutcome.ERROR, result(world).outcome());
    assertTrue(
        result(world).text().contains("secret LOGIN is revoked"), result(world).text());
  }

  @Test
  void whatIsApprovedAfterItsSecretExpiredIsNotCalled() {
    SecretWorld world = new SecretWorld("30", ",\"approval\":{\"tools\":[\"put\"]}");
    world.wants("put");
    world.hand.pass(Duration.ofSeconds(31));
    Object unused = ApprovalWorld.decided(world.hand, ApprovalWorld.yes(world.hand));
    assertTrue(world.hand.called.isEmpty());
    assertTrue(result(world).text().contains("has expired"), result(world).text());
    assertEquals(List.of("denied"), uses(world));
  }

  // --- For whom it is

  /** The same world, where the secret is for these tools only. */
  private static SecretWorld only(String tools, String more) {
    SecretWorld world = new SecretWorld(null, "");
    world.hand.deploy(ApprovalWorld.config("{\"secrets\":{\"secrets\":{\"LOGIN\":"
        + "{\"value\":\"${LOGIN}\",\"tools\":[" + tools + "]}}}" + more + "}"));
    return world;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        HANDLE,
        "{\"key\":\"\\u007b{secret:LOGIN}}\"}",
        "{\"key\":\"{{secret\\u003aLOGIN}}\"}"
      })
  void aHandleIsAHandleHoweverItIsWritten(String arguments) {
    SecretWorld world = only("\"put\"", "");
    HandProcess hand = world.hand;
    assertFalse(hand.offer("go").failed());
    hand.flush();
    hand.want("look", arguments);
    assertTrue(hand.called.isEmpty(), "it was given the secret of another tool");
    assertEquals(List.of("denied"), uses(world));
    hand.want("put", arguments);
    assertEquals(FIRST, given(hand.called.get(0)));
    assertEquals(List.of("denied", "used"), uses(world));
    world.assertKept();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProbeIsGivenWhatIsForIt(boolean theirs) {
    SecretWorld world = only(
        theirs ? "\"charge\",\"look\"" : "\"charge\"",
        ",\"tools\":{\"charge\":{\"probe\":\"look\"}}");
    HandProcess hand = world.hand;
    world.wants("charge");
    hand.called.remove(0).promise().fail(new IllegalStateException("connection lost"));
    hand.flush();
    Called probe = hand.called.remove(0);
    assertEquals("look", probe.tool());
    assertEquals(
        "{key=" + (theirs ? FIRST : "[secret:LOGIN]") + "}",
        String.valueOf(probe.call().arguments().object().get("arguments")));
    assertEquals(theirs ? List.of("used", "used") : List.of("used"), uses(world));
    probe.promise().complete(Tool.Reply.ok("{\"outcome\":\"landed\"}"));
    hand.flush();
    assertEquals(ToolOutcome.OK, result(world).outcome());
    world.assertKept();
  }

  // --- An approval

  private static HandProcess asked() {
    return ApprovalWorld.waiting(
        "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false,\"timeout\":60}}");
  }

  private static List<ApprovalOutcome> outcomes(HandProcess hand) {
    return hand.entries(ApprovalDecision.class).stream()
        .map(ApprovalDecision::outcome)
        .toList();
  }

  @Test
  void whoDecidedInTimeHasDecidedThoughTheTimeEndsBeforeTheCall() {
    HandProcess hand = asked();
    Future<Json> said =
        hand.kernel().oversee(all -> all.approvals().decide(ApprovalWorld.yes(hand)));
    hand.pass(Duration.ofSeconds(61));
    hand.flush();
    assertTrue(said.succeeded());
    assertEquals(1, hand.called.size());
    assertEquals(List.of(ApprovalOutcome.APPROVED), outcomes(hand));
  }

  @Test
  void whatExpiredIsNotCalledThoughSomebodySaysYesBeforeThatIsOnDisk() {
    HandProcess hand = asked();
    String id = ApprovalWorld.only(hand).request().id();
    hand.pass(Duration.ofSeconds(60));
    Future<Json> said =
        hand.kernel().oversee(all -> all.approvals().decide(ApprovalWorld.word(id, true, null)));
    hand.flush();
    assertTrue(said.failed());
    assertTrue(hand.called.isEmpty());
    assertEquals(List.of(ApprovalOutcome.EXPIRED), outcomes(hand));
    hand.restart(false);
    hand.flush();
    assertTrue(hand.called.isEmpty());
  }
}
