package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.replay.Fork;
import dev.agentruntime.replay.ForkOrder;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the model of a fork is told of the secrets of the process it is a fork of. */
final class ForkSecretTest {

  private final SecretWorld world = new SecretWorld(null, "");
  private final HandProcess process = world.hand;

  private void run(String payload) {
    assertFalse(process.offer(payload).failed());
    process.flush();
    process.say("done");
  }

  private Fork fork() {
    Future<Fork> fork = process
        .past()
        .fork(new ForkOrder(
            process.sequence(EntryData.InvocationStart.class, 1),
            null,
            null,
            null,
            true,
            Map.of()));
    process.flush();
    assertTrue(fork.succeeded(), fork::toString);
    return fork.result();
  }

  @BeforeEach
  void begin() {
    assertEquals(List.of(), process.asked);
  }

  @Test
  void aStopEndsAForkBeforeItsSecretsAreForgotten() {
    run("look");
    Fork fork = fork();
    process.want("look", SecretWorld.HANDLE);
    Future<Void> stopped = process.kernel().stop("enough");
    process.flush();
    assertTrue(stopped.succeeded());
    assertEquals(ProcessState.STOPPED, process.state());
    process.called.remove(0).promise().complete(Tool.Reply.ok("seen by " + SecretWorld.FIRST));
    process.flush();
    assertEquals(List.of(), process.asked);
    assertFalse(fork.show().toString().contains(SecretWorld.FIRST));
  }

  @Test
  void aValueThatIsASecretOnlyNowIsNotTold() {
    run("here is " + SecretWorld.SECOND);
    world.rotate();
    Fork fork = fork();
    assertFalse(
        process.asked.get(0).request().messages().toString().contains(SecretWorld.SECOND),
        fork::toString);
  }
}
