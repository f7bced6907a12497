package dev.agentruntime.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.ServerConfig;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.tool.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** F26 and the bad inputs 98 to 101 against a real child process that behaves badly. */
class BadServerTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir
  private Path directory;

  @Test
  void leavesOutWhatNoModelCanBeOffered() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      Listing listing = bad.listing();
      assertEquals(List.of("bad__charge", "bad__look", "bad__put"), listing.names());
      assertEquals(
          List.of("odd name", "l\u043eok", "put", "long"),
          List.copyOf(listing.leftOut().keySet()));
      assertEquals(Policy.READ_ONLY, listing.tools().get(1).policy());
      assertEquals(Policy.IDEMPOTENT, listing.tools().get(2).policy());
      assertEquals(Policy.IRREVERSIBLE, listing.tools().get(0).policy());
    }
  }

  @Test
  void readsSoManyToolsAndNoMore() throws IOException {
    Files.writeString(directory.resolve("extra"), "9990");
    try (Connected bad = Connected.scripted(directory, LONG)) {
      Listing listing = bad.listing();
      assertEquals(Listing.TOOLS_MAX, listing.tools().size());
      assertFalse(listing.leftOut().isEmpty());
    }
  }

  @Test
  void hearsTheAnswerAmongStrayLinesWrongIdsAndLogs() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      assertEquals("heard", bad.call("look", "noise").text());
      assertEquals(0, bad.server().restarts());
    }
  }

  @Test
  void saysHowFarItIsIfSomebodyAsksAndIsNotGivenUpForIt() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      assertEquals("nobody asked", bad.call("look", "progress").text());
      assertTrue(bad.progress.isEmpty());
      bad.curious.set(true);
      assertEquals("done", bad.call("look", "progress").text());
      assertEquals(new Progress(1, 20_000.5, "for jane@example.com"), bad.progress.remove());
      assertTrue(bad.progress.size() < 1_000, "told once a second at most");
      assertEquals("done: 1", bad.call("look", "1").text());
      assertEquals(0, bad.server().restarts());
    }
  }

  @Test
  void whatIsNoProgressIsNone() {
    assertNull(Progress.of(Map.of("total", 3)));
    assertNull(Progress.of(Map.of("progress", "3")));
    assertNull(Progress.of(Map.of("progress", Double.POSITIVE_INFINITY)));
    assertEquals(new Progress(3L, null, null), Progress.of(Map.of("progress", 3L, "message", 7)));
    Progress cut = Progress.of(Map.of("progress", 1, "message", "x".repeat(5_000)));
    assertEquals(1_003, String.valueOf(cut == null ? null : cut.message()).length());
  }

  @Test
  void answersAreTextAndErrorsAreErrors() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      assertEquals(
          "[an image, image/png, is not shown]\na cat",
          bad.call("look", "binary").text());
      assertEquals("{\"a\":1}", bad.call("look", "structured").text());
      Tool.Reply no = bad.call("look", "error");
      assertTrue(no.error());
      assertEquals("no", no.text());
      Tool.Reply refused = bad.call("look", "refuse");
      assertTrue(refused.error());
      assertEquals("The server refuses the call: bad argument", refused.text());
    }
  }

  @Test
  void theChildGetsPathAndWhatIsNamedAndNothingElse() throws IOException {
    Map<String, SecretRef> env = Map.of("API_KEY", new SecretRef(SecretRef.Kind.LITERAL, "s3cret"));
    try (Connected bad =
        new Connected(Connected.scripted("bad", directory, env, LONG), directory)) {
      Map<String, ?> got = Json.parse(bad.call("look", "env").text()).object();
      assertEquals("s3cret", got.get("API_KEY"));
      assertEquals(System.getenv("PATH"), got.get("PATH"));
      assertEquals(List.of("API_KEY", "PATH"), got.keySet().stream().sorted().toList());
      assertEquals(directory.toRealPath().toString(), bad.call("look", "cwd").text());
    }
  }

  @Test
  void theEffectKeyGoesAlong() throws IOException {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      assertEquals("done: x", bad.call("charge", "x").text());
      assertEquals(
          "charge 01TEST00000000000000000001-1",
          Files.readString(directory.resolve("calls")).strip());
    }
  }

  @Test
  void deathInACallIsNoAnswerAndTheServerComesBack() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      bad.listing();
      RuntimeFault fault = (RuntimeFault) bad.failing("charge", "die");
      assertEquals(ErrorCode.TOOL_FAILED, fault.failure().code());
      assertTrue(fault.failure().message().contains("exit code 3"), fault.getMessage());
      assertEquals("done: again", bad.call("charge", "again").text());
      assertEquals(1, bad.server().restarts());
    }
  }

  @Test
  void aHungCallEndsAfterItsTimeAndIsTakenBack() throws Exception {
    try (Connected bad = Connected.scripted(directory, Duration.ofSeconds(1))) {
      bad.listing();
      RuntimeFault fault = (RuntimeFault) bad.failing("charge", "hang");
      assertEquals(ErrorCode.TOOL_TIMEOUT, fault.failure().code());
      assertEquals("done: x", bad.call("charge", "x").text());
      // It answers pings and others, so it is left as it is, and has been told.
      assertEquals(0, bad.server().restarts());
      assertTrue(Files.exists(directory.resolve("cancelled")));
    }
  }

  @Test
  void aServerThatAnswersNothingIsStartedAnew() throws IOException {
    Files.createFile(directory.resolve("deaf"));
    try (Connected bad = Connected.scripted(directory, Duration.ofSeconds(1))) {
      bad.listing();
      assertNotEquals("", bad.failing("charge", "hang").getMessage());
      assertEquals("it answers nothing, not even a ping", bad.failure());
      bad.listing();
    }
  }

  @Test
  void cancellingEndsTheWaitAtOnce() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      bad.listing();
      CancelSignal cancel = new CancelSignal();
      var reply = bad.calling("charge", Json.of(Map.of("text", "hang")), cancel);
      Connected.await(bad.on(() -> {
        cancel.cancel();
        return io.vertx.core.Future.succeededFuture();
      }));
      assertEquals(
          ErrorCode.CANCELLED,
          reply
              .map((RuntimeFault) null)
              .otherwise(cause -> (RuntimeFault) cause)
              .compose(io.vertx.core.Future::succeededFuture)
              .toCompletionStage()
              .toCompletableFuture()
              .join()
              .failure()
              .code());
    }
  }

  @Test
  void whoeverFloodsIsGivenUp() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      bad.listing();
      for (String flood : List.of("garbage", "chatter", "huge", "endless")) {
        RuntimeFault fault = (RuntimeFault) bad.failing("charge", flood);
        assertEquals(ErrorCode.TOOL_FAILED, fault.failure().code(), flood);
        bad.failure();
        // The pauses double, so the next call may be too early: wait for it to be back.
        bad.listing();
      }
    }
  }

  @Test
  void aChangeIsListedAnew() {
    try (Connected bad = Connected.scripted(directory, LONG)) {
      Listing before = bad.listing();
      assertEquals("changed", bad.call("look", "change").text());
      Listing after = bad.listing();
      assertNotEquals(before.find("bad__put"), after.find("bad__put"));
      assertEquals(before.find("bad__look"), after.find("bad__look"));
    }
  }

  @Test
  void theChildEndsWithTheConnection() throws Exception {
    long pid;
    try (Connected bad = Connected.scripted(directory, LONG)) {
      pid = Long.parseLong(bad.call("look", "pid").text());
      assertTrue(ProcessHandle.of(pid).orElseThrow().isAlive());
    }
    Optional<ProcessHandle> left = ProcessHandle.of(pid);
    if (left.isPresent()) {
      left.get().onExit().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aProgramThatIsNotThereIsNamed() {
    ServerConfig.Stdio none = new ServerConfig.Stdio(
        "none", "no-such-program-here", List.of(), Map.of(), null, ServerConfig.Times.DEFAULT);
    try (Connected bad = new Connected(none, directory)) {
      assertTrue(bad.failure().contains("No such file or directory"));
      bad.failure();
      Tool.Reply reply = bad.call("look", "x");
      assertTrue(reply.error());
      assertTrue(reply.text().contains("nothing was done"), reply.text());
    }
  }

  @Test
  void aProgramThatIsNoServerIsSaidToBeNone() {
    ServerConfig.Stdio none = new ServerConfig.Stdio(
        "none", "true", List.of(), Map.of(), null, ServerConfig.Times.DEFAULT);
    try (Connected bad = new Connected(none, directory)) {
      // Its output ends a moment before it does, and with it what it could be sent.
      String failure = bad.failure();
      assertTrue(
          Set.of("it ended with exit code 0", "the server has ended").contains(failure), failure);
    }
  }
}
