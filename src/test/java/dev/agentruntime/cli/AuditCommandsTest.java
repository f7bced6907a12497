package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal as a node leaves it, checked, folded and exported by the command line. */
class AuditCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private static <T> T now(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Path segment() {
    return data().resolve("node-1/journal/00000001.jsonl");
  }

  private AgentRuntime start(Vertx vertx) throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    return now(AgentRuntime.builder()
        .vertx(vertx)
        .config(new RuntimeConfig(
            null,
            data(),
            directory.resolve("agents"),
            usual.control(),
            usual.ingress(),
            usual.drainTimeout(),
            new RuntimeConfig.JournalConfig(
                "file",
                null,
                1 << 20,
                1_000,
                Duration.ofSeconds(5),
                new RuntimeConfig.Safeguards(1 << 16, Duration.ofHours(1), null)),
            usual.http(),
            usual.cluster(),
            usual.models()))
        .start(false));
  }

  /** Runs a process a few times; answers its last status, with the digest. */
  private Map<String, @Nullable Object> live(AgentRuntime runtime) throws Exception {
    AgentProcess process = now(runtime.deploy(
        runtime
            .manifests()
            .readYaml(
                "version: \"1.0\"\nname: teller\nmodel: echo\ninstructions: Echo.\n",
                "test",
                null,
                false),
        true));
    for (int i = 0; i < 3; i++) {
      var accepted = now(process.trigger(Json.of("hello " + i), Json.EMPTY, "key" + i));
      assertTrue(!accepted.toString().isEmpty());
    }
    Map<String, @Nullable Object> status = now(process.status(true)).object();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!Long.valueOf(3).equals(status.get("invocation_count"))) {
      assertTrue(System.nanoTime() < end, "the runs do not end");
      status = now(process.status(true)).object();
    }
    return status;
  }

  @Test
  void theDigestOfTheFilesIsTheLiveOne() throws Exception {
    Vertx vertx = Vertx.vertx();
    AgentRuntime runtime = start(vertx);
    Map<String, @Nullable Object> live = live(runtime);
    Map<?, ?> size = (Map<?, ?>) Objects.requireNonNull(live.get("journal"));
    assertEquals(live.get("position"), size.get("entries"));
    String expected = "teller#1 position " + live.get("position") + " digest " + live.get("digest");
    CliRun running = CliRun.of(
        "journal", "verify", "--data", data().toString(), "--process", "teller", "--digest");
    assertEquals(expected + "\n", running.out(), running::err);
    assertEquals(0, running.code());
    assertTrue(now(runtime.close().map(true)));
    assertTrue(now(vertx.close().map(true)));

    CliRun stopped =
        CliRun.of("journal", "verify", "--data", data().toString(), "--process", "teller");
    assertEquals(0, stopped.code(), stopped::out);
    assertTrue(
        stopped.out().matches("(?s)ok: .* stopped cleanly; 1 anchors fit, .*" + expected + "\n"),
        stopped::out);
    CliRun earlier = CliRun.of(
        "journal",
        "verify",
        "--data",
        data().toString(),
        "--process",
        "teller",
        "--at",
        "2",
        "--digest",
        "--json");
    assertEquals(2L, Json.parse(earlier.out().strip()).object().get("position"));
    sizeComesBack(size);
    exported();
    damaged();
  }

  /** What was counted while writing is what a start counts. */
  private void sizeComesBack(Map<?, ?> size) throws Exception {
    Vertx vertx = Vertx.vertx();
    AgentRuntime runtime = start(vertx);
    Map<String, @Nullable Object> status =
        now(runtime.require("teller").status(true)).object();
    assertEquals(size, status.get("journal"));
    assertTrue(now(runtime.close().map(true)));
    assertTrue(now(vertx.close().map(true)));
  }

  private void exported() throws Exception {
    Path file = directory.resolve("teller.jsonl");
    CliRun run = CliRun.of(
        "journal", "export", "teller", "--data", data().toString(), "-o", file.toString());
    assertEquals(0, run.code(), run::err);
    assertTrue(run.err().startsWith("wrote " + file + ": teller#1, entries 1 to "), run::err);
    assertTrue(run.err().endsWith(", anchored\n"), run::err);
    assertTrue(Files.readString(file).startsWith("{\"export\":1,\"node\":\"node-1\""));
    CliRun again = CliRun.of(
        "journal", "export", "teller", "--data", data().toString(), "-o", file.toString());
    assertEquals(1, again.code(), "an export overwrites nothing");
    assertEquals("error: cannot write " + file + ": it is there already\n", again.err());
  }

  /** The first bad line is named with its place, and the process with it. */
  private void damaged() throws Exception {
    byte[] bytes = Files.readAllBytes(segment());
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    int hello = text.indexOf("hello 1");
    int start = text.lastIndexOf('\n', hello) + 1;
    long line = text.substring(0, start).chars().filter(c -> c == '\n').count() + 1;
    bytes[hello] ^= 1;
    Files.write(segment(), bytes);
    CliRun json = CliRun.of("journal", "verify", "--data", data().toString(), "--json");
    assertEquals(1, json.code());
    Map<String, @Nullable Object> found = Json.parse(json.out().strip()).object();
    Map<?, ?> first = (Map<?, ?>) Objects.requireNonNull(found.get("first_problem"));
    assertEquals("00000001.jsonl", first.get("file"));
    assertEquals(line, first.get("line"));
    assertEquals((long) start, first.get("offset"));
    assertTrue(String.valueOf(first.get("what")).contains("CRC"), json::out);
    assertTrue(
        found.get("damaged") instanceof Map<?, ?> damaged && damaged.containsKey("teller#1"));
    CliRun words = CliRun.of("journal", "verify", "--data", data().toString());
    assertTrue(words.out().contains("damaged: teller#1\n"), words::out);
    assertTrue(words.out().contains("anchors.jsonl:1: the anchor of "), words::out);
  }

  @Test
  void optionsThatNeedAProcessSaySo() {
    CliRun run = CliRun.of("journal", "verify", "--digest");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("expected=--process NAME"), run::err);
  }
}
