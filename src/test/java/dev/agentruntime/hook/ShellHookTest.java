package dev.agentruntime.hook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Hooks that are programs: what they are told, what they may say, and how they break. */
@ExtendWith(VertxExtension.class)
class ShellHookTest {

  @TempDir
  Path directory;

  private final AtomicReference<@Nullable Map<String, @Nullable Object>> seen =
      new AtomicReference<>();
  private Hooks hooks;

  @BeforeEach
  void make(Vertx vertx) {
    hooks = new Hooks(HookWorkers.of(vertx, Hooks.WORKERS), new VertxTimers(vertx), text -> text);
  }

  private HookWord run(Duration timeout, Map<String, SecretRef> env, List<String> command)
      throws Exception {
    HookConfig config = new HookConfig(
        HookEvent.PERMISSION_REQUEST,
        command,
        timeout,
        directory.toString(),
        env,
        "*",
        1,
        false,
        null);
    String unused = hooks.register(config, SecretRef::value);
    unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> seen.set(call.data()));
    Map<String, @Nullable Object> data = new HashMap<>();
    data.put("tool", "refund");
    return dispatch(data);
  }

  private HookWord dispatch(Map<String, @Nullable Object> data) throws Exception {
    return hooks
        .dispatch(HookEvent.PERMISSION_REQUEST, new ProcessName("clerk"), data, Map.of("n", 7))
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private HookWord sh(String script) throws Exception {
    return run(Duration.ofSeconds(20), Map.of(), List.of("sh", "-c", script));
  }

  private static String error(HookWord word) {
    assertEquals(1, word.errors().size());
    return word.errors().values().iterator().next();
  }

  @Test
  void isToldEverythingOnOneLineAndMayBeSilent() throws Exception {
    HookWord word = sh("cat > said.json");
    assertNull(word.blocked());
    assertEquals(Map.of(), word.errors());
    Map<String, @Nullable Object> said =
        Json.parse(Files.readString(directory.resolve("said.json"))).object();
    assertEquals("permission_request", said.get("event"));
    assertEquals("clerk", said.get("process_id"));
    assertEquals(Map.of("tool", "refund"), said.get("data"));
    assertEquals(Map.of("n", 7L), said.get("metadata"));
    assertTrue(String.valueOf(said.get("timestamp")).endsWith("Z"));
  }

  @Test
  void mayNotReadAtAll() throws Exception {
    assertEquals(Map.of(), sh("exit 0").errors());
  }

  @Test
  void blocksWithItsReason() throws Exception {
    HookWord word = sh("echo '{\"block\":true,\"reason\":\"not today\",\"log\":\"hm\"}'");
    assertEquals("not today", word.blocked());
    assertNull(seen.get());
  }

  @Test
  void doesNotBlockByOtherWords() throws Exception {
    assertNull(sh("echo '{\"block\":\"true\",\"reason\":\"text\"}'").blocked());
  }

  @Test
  void changesWhatTheNextSees() throws Exception {
    HookWord word = sh("echo '{\"data\":{\"tool\":\"look\",\"more\":[1]}}'");
    assertEquals(Map.of(), word.errors());
    assertEquals(Map.of("tool", "look", "more", List.of(1L)), seen.get());
  }

  @Test
  void anotherExitCodeIsBroken() throws Exception {
    HookWord word = sh("echo '{\"block\":true}'; exit 3");
    assertNull(word.blocked());
    assertTrue(error(word).contains("exit code 3"), error(word));
    assertEquals(Map.of("tool", "refund"), seen.get());
  }

  @Test
  void anythingButAnObjectIsBroken() throws Exception {
    assertTrue(error(sh("echo yes")).contains("JSON object"));
  }

  @Test
  void aListIsBrokenToo() throws Exception {
    assertTrue(error(sh("echo '[1]'")).contains("JSON object"));
  }

  @Test
  void tooMuchIsBrokenAndEndsAtOnce() throws Exception {
    assertTrue(error(sh("yes")).contains("wrote more than 65536 bytes"));
  }

  @Test
  void whatIsNotThereIsBroken() throws Exception {
    HookWord word = run(Duration.ofSeconds(5), Map.of(), List.of("no-such-program-here"));
    assertTrue(error(word).contains("no-such-program-here"), error(word));
    assertEquals(Map.of("tool", "refund"), seen.get());
  }

  @Test
  void tooLateIsBrokenAndKilledWithItsChildren() throws Exception {
    HookWord word = run(
        Duration.ofSeconds(5),
        Map.of(),
        List.of("sh", "-c", "sleep 300 & echo $! > child; echo $$ > self; sleep 300"));
    assertFalse(error(word).isEmpty());
    until("self");
    until("child");
  }

  /** Waits until a process whose id was written down is gone. */
  private void until(String file) throws IOException, InterruptedException {
    long pid = Long.parseLong(Files.readString(directory.resolve(file)).strip());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
      assertTrue(System.nanoTime() < end, "process " + pid + " of " + file + " lives");
      Thread.onSpinWait();
    }
  }

  @Test
  void aChildThatHoldsTheOutputOpenHoldsUpNobody() throws Exception {
    HookWord word = sh("(while [ ! -e over ]; do sleep 0.05; done) & echo $! > child;"
        + " echo '{\"block\":true,\"reason\":\"r\"}'");
    assertEquals("r", word.blocked());
    // It did not end by itself: who holds the output open lives.
    Files.createFile(directory.resolve("over"));
    until("child");
  }

  @Test
  void getsItsOwnEnvironmentAndNoSecretOfTheNode() throws Exception {
    HookWord word = run(
        Duration.ofSeconds(20),
        Map.of("MINE", new SecretRef(SecretRef.Kind.LITERAL, "given")),
        List.of("sh", "-c", "env > env.txt"));
    assertEquals(Map.of(), word.errors());
    List<String> names = Files.readAllLines(directory.resolve("env.txt")).stream()
        .map(line -> line.split("=", 2)[0])
        .filter(name -> !List.of("PWD", "SHLVL", "_", "OLDPWD").contains(name))
        .sorted()
        .toList();
    assertEquals(List.of("MINE", "PATH"), names);
  }

  /** Who does not read what no pipe holds would keep its thread for ever. */
  @Test
  void whatNoPipeHoldsIsNotWritten() throws Exception {
    String unused = hooks.register(
        HookEvent.PERMISSION_REQUEST,
        call -> {
          for (int i = 0; i < 5_000; i++) {
            call.data().put("more-" + i, "a short text");
          }
        },
        HookOptions.DEFAULT.priority(9));
    HookWord word = run(Duration.ofSeconds(20), Map.of(), List.of("sh", "-c", "sleep 300"));
    assertTrue(error(word).contains("expected<=60000 bytes"), error(word));
  }

  @Test
  void longValuesAreCutAndNamed() {
    Map<String, @Nullable Object> data = new HashMap<>();
    data.put("tool", "refund");
    data.put("arguments", Map.of("text", "x".repeat(200_000)));
    byte[] input = ShellHook.input(new HookCall(
        HookEvent.PERMISSION_REQUEST, new ProcessName("clerk"), Instant.EPOCH, data, Map.of()));
    assertTrue(input.length < ShellHook.INPUT_MAX);
    Map<String, @Nullable Object> said = Json.parse(input).object();
    assertEquals(Map.of("cut", List.of("arguments")), Objects.requireNonNull(said.get("metadata")));
  }

  @Test
  void endsWithItsChildrenWhenAllWorkIsEnded() throws Exception {
    HookConfig config = new HookConfig(
        HookEvent.PERMISSION_REQUEST,
        List.of("sh", "-c", "sleep 300 & echo $! > child; echo $$ > new; mv new self; sleep 300"),
        Duration.ofSeconds(60),
        directory.toString(),
        Map.of(),
        "*",
        1,
        false,
        null);
    String unused = hooks.register(config, SecretRef::value);
    Future<HookWord> held =
        hooks.dispatch(HookEvent.PERMISSION_REQUEST, new ProcessName("clerk"), Map.of(), Map.of());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.exists(directory.resolve("self"))) {
      assertTrue(System.nanoTime() < end, "it was not started");
      Thread.onSpinWait();
    }
    hooks.halt().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertTrue(held.failed());
    assertEquals(ErrorCode.KILLED, Failure.of(held.cause()).code());
    until("self");
    until("child");
    hooks.goOn();
  }
}
