package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.ApprovalEntry.ApprovalOutcome;
import dev.agentruntime.entry.ApprovalEntry.ApprovalRequest;
import dev.agentruntime.governance.Approvals.Asked;
import dev.agentruntime.oversight.ApprovalWord;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Those who are asked in a simulated world: they approve, change arguments, deny, say nothing until
 * the time is over, say the opposite of what they said, and decide what they have not seen. They
 * have a chance of their own, so that worlds without them tell the story they always told.
 */
final class SimPeople {

  private final SimWorld world;
  private final Random random;
  private final Map<String, ApprovalOutcome> acked = new HashMap<>();

  SimPeople(SimWorld world, Random random) {
    this.world = world;
    this.random = random;
  }

  /** The manifest's policy, or now and then another one. */
  ProcessConfig policy(ProcessConfig config) {
    return random.nextInt(3) == 0 ? SimConfigs.underAnotherPolicy(config) : config;
  }

  /** Somebody may say something. */
  void act() {
    int dice = random.nextInt(100);
    if (dice < 12) {
      word(dice);
    } else if (dice < 14 && !acked.isEmpty()) {
      contradict();
    } else if (dice == 14 && world.kernel().gate().condition() == null) {
      world.deploy();
    }
  }

  /** Somebody decides whatever waits. */
  void decide() {
    word(random.nextInt(11));
  }

  private void word(int dice) {
    List<Asked> waiting = world.kernel().log().image().governance().approvals().waiting();
    if (waiting.isEmpty()) {
      return;
    }
    ApprovalRequest request = waiting.get(random.nextInt(waiting.size())).request();
    boolean approves = dice != 2 && dice != 3;
    Json edited = dice == 0 || dice == 1
        ? Json.parse("{\"amount\":" + (100 + random.nextInt(9)) + "}")
        : null;
    String digest = dice == 11 ? "0".repeat(64) : request.digests().arguments();
    Future<Json> said = say(request.id(), approves, edited, digest);
    said.onSuccess(view -> world.noted(() -> {
      assertTrue(dice != 11, "decided for other arguments than were asked");
      acked.put(request.id(), approves ? ApprovalOutcome.APPROVED : ApprovalOutcome.DENIED);
    }));
  }

  /** What is decided cannot be decided otherwise. */
  private void contradict() {
    List<String> ids = acked.keySet().stream().sorted().toList();
    String id = ids.get(random.nextInt(ids.size()));
    Future<Json> said = say(id, acked.get(id) != ApprovalOutcome.APPROVED, null, null);
    said.onSuccess(view -> world.noted(() -> fail("decided twice: " + view)));
  }

  private Future<Json> say(
      String id, boolean approves, @Nullable Json arguments, @Nullable String digest) {
    ApprovalWord word = new ApprovalWord(id, approves, arguments, "", "sim", digest, null);
    Future<Json> said = world.kernel().oversee(all -> all.approvals().decide(word));
    SimWorld.later(said.mapEmpty());
    return said;
  }

  /** Whoever was told that he has decided, has. */
  void judge(SimApprovals known) {
    acked.forEach((id, outcome) -> assertTrue(
        known.outcomes(id).contains(outcome),
        () -> "decided and lost: " + id + " " + outcome + ", " + known.outcomes(id)));
  }
}
