package dev.agentruntime.cluster;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import dev.agentruntime.bus.Wire.Copy;
import dev.agentruntime.config.RuntimeConfig.ClusterConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import io.vertx.core.Future;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real members in one JVM, on loopback. A test waits for at most 80 s in all and leaves within 20 s
 * more; what Hazelcast said meanwhile is part of the failure.
 */
class ClusteredVertxTest {

  private static final Logger HAZELCAST = Logger.getLogger("com.hazelcast");
  private static final Duration QUIET = Duration.ofMillis(500);
  private static final ProcessName NAME = new ProcessName("ci-assistant");

  private static final Duration PATIENCE = Duration.ofSeconds(80);
  private static final Duration LEAVING = Duration.ofSeconds(20);

  private final List<ClusteredVertx> open = new ArrayList<>();
  private final Said said = new Said();
  private long endNanos;
  private ClusterConfig config = ClusterConfig.OFF;

  @TempDir
  Path temp;

  @BeforeEach
  void chooseACluster() throws IOException {
    HAZELCAST.setLevel(Level.INFO);
    HAZELCAST.setUseParentHandlers(false);
    HAZELCAST.addHandler(said);
    endNanos = System.nanoTime() + PATIENCE.toNanos();
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String name = "test-" + UUID.randomUUID();
      config = new ClusterConfig(true, name, "127.0.0.1", free.getLocalPort(), List.of());
    }
  }

  @AfterEach
  void leave() throws Exception {
    endNanos = System.nanoTime() + LEAVING.toNanos();
    try {
      await(Future.join(open.stream().map(ClusteredVertx::close).toList()));
    } finally {
      HAZELCAST.removeHandler(said);
      HAZELCAST.setUseParentHandlers(true);
      HAZELCAST.setLevel(Level.WARNING);
    }
  }

  @CanIgnoreReturnValue
  private <T> T await(Future<T> future) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer in time" + why(), e);
    }
  }

  /** What the members know of each other, what their threads do, and what Hazelcast said. */
  private String why() {
    StringBuilder text = new StringBuilder();
    for (HazelcastInstance member : Hazelcast.getAllHazelcastInstances()) {
      text.append('\n').append(member.getName()).append(' ').append(member.getLifecycleService());
      if (member.getLifecycleService().isRunning()) {
        text.append(' ').append(member.getCluster().getMembers());
      }
    }
    Thread.getAllStackTraces().forEach((thread, stack) -> {
      if (thread.getName().startsWith("vert.x-") || thread.getName().equals("main")) {
        text.append('\n').append(thread.getName()).append(' ').append(thread.getState());
        for (int i = 0; i < Math.min(12, stack.length); i++) {
          text.append("\n    ").append(stack[i]);
        }
      }
    });
    said.lines.forEach(line -> text.append('\n').append(line));
    return text.toString();
  }

  /** Keeps what is logged, for the case that somebody asks why. */
  private static final class Said extends Handler {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    @Override
    public void publish(LogRecord entry) {
      lines.add(entry.getInstant() + " " + entry.getLevel() + " " + entry.getMessage()
          + (entry.getThrown() == null ? "" : " " + entry.getThrown()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private Future<ClusteredVertx> join(String id, String data, int journalFormat) {
    var node =
        new ClusteredVertx.Node(new NodeId(id), temp.resolve(data), new RealDisk(), journalFormat);
    var patience = new ClusteredVertx.Patience(QUIET, Duration.ZERO);
    var options = new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(2);
    return ClusteredVertx.create(node, config, options, patience);
  }

  private ClusteredVertx member(String id, String data, FakeCopies copies) throws Exception {
    ClusteredVertx member = await(join(id, data, 1));
    open.add(member);
    Map<ProcessName, NodeId> lost = await(member.placement().reclaim(Set.copyOf(copies.names())));
    assertEquals(Map.of(), lost);
    await(member.start(copies));
    return member;
  }

  /** Processes that do as they are told. */
  private static final class FakeCopies implements LiveCopies {
    private final Map<ProcessName, Boolean> live = new ConcurrentHashMap<>();
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    @CanIgnoreReturnValue
    FakeCopies with(ProcessName name, boolean accepted) {
      live.put(name, accepted);
      return this;
    }

    @Override
    public List<ProcessName> names() {
      return List.copyOf(live.keySet());
    }

    @Override
    public Future<List<Copy>> live(Collection<ProcessName> names) {
      return Future.succeededFuture(names.stream()
          .flatMap(name -> Stream.ofNullable(live.get(name)).map(did -> new Copy(name, did)))
          .toList());
    }

    @Override
    public Future<Void> withdraw(ProcessName name, String owner) {
      live.remove(name);
      told.add("withdraw " + name);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> suspend(ProcessName name, String owner) {
      live.remove(name);
      told.add("suspend " + name);
      return Future.succeededFuture();
    }
  }

  private Set<String> listed(ClusteredVertx by) throws Exception {
    Set<String> nodes = new LinkedHashSet<>();
    for (Json line : await(by.placement().nodes())) {
      var node = line.object();
      nodes.add(node.get("id") + ":" + node.get("state") + ":" + node.get("self"));
    }
    return nodes;
  }

  private void until(ClusteredVertx by, Predicate<Set<String>> seen) throws Exception {
    Set<String> last = listed(by);
    while (!seen.test(last)) {
      if (System.nanoTime() > endNanos) {
        throw new AssertionError("still " + last + why());
      }
      await(by.vertx().timer(100, TimeUnit.MILLISECONDS));
      last = listed(by);
    }
  }

  @Test
  void threeNodesThatShareADirectoryAreOneClusterUntilOneLeaves() throws Exception {
    ClusteredVertx first = member("node-1", "data", new FakeCopies());
    ClusteredVertx second = member("node-2", "data", new FakeCopies());
    ClusteredVertx third = member("node-3", "data", new FakeCopies());
    Set<String> all =
        Set.of("node-1:recovering:true", "node-2:recovering:false", "node-3:recovering:false");
    until(first, all::equals);
    assertEquals(
        List.of("node-1:recovering:false", "node-2:recovering:false", "node-3:recovering:true"),
        List.copyOf(listed(third)));

    assertTrue(await(first.placement().claim(NAME)));
    assertTrue(await(first.placement().claim(NAME)));
    assertFalse(await(second.placement().claim(NAME)));
    assertTrue(await(first.placement().elsewhere(NAME)).isEmpty());
    Failure there = await(second.placement().elsewhere(NAME)).orElseThrow();
    assertEquals(ErrorCode.NOT_OWNER, there.code());

    assertFalse(refusal("node-4", 2).contains("node id"));
    // Whoever takes an address before all have seen its last holder leave loses answers.
    for (ClusteredVertx member : List.of(first, second, third)) {
      until(member, seen -> seen.size() == 3);
    }
    assertTrue(refusal("node-2", 1).contains("node id node-2, expected=one that no member has"));
    assertListensOnLoopbackOnly(first);
    assertMakesObjectsOfFailuresOnly();

    await(first.close());
    open.remove(first);
    until(second, Set.of("node-2:recovering:true", "node-3:recovering:false")::equals);
    assertFalse(await(third.placement().claim(NAME)));
    Failure away = await(third.placement().elsewhere(NAME)).orElseThrow();
    assertEquals(ErrorCode.UNREACHABLE, away.code());
    assertTrue(
        away.message().contains("-cluster --data " + temp.resolve("data") + " --node node-1"),
        away.message());
  }

  private String refusal(String id, int journalFormat) throws Exception {
    Future<ClusteredVertx> joining = join(id, "data", journalFormat);
    ClusteredVertx joined = await(joining.otherwiseEmpty());
    if (joined != null) {
      open.add(joined);
    }
    Failure failure = Failure.of(requireNonNull(joining.cause()));
    assertEquals(ErrorCode.START_FAILED, failure.code());
    assertTrue(failure.message().contains(id + " "), failure.message());
    return failure.message();
  }

  /** Reads the kernel's table of listeners; addresses in it are hexadecimal, last byte first. */
  private static void assertListensOnLoopbackOnly(ClusteredVertx member) throws IOException {
    int port = Integer.parseInt(member.address().replaceAll(".*:", ""));
    String suffix = String.format(":%04X", port);
    Set<String> found = new LinkedHashSet<>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      Path path = Path.of(table);
      for (String line : Files.exists(path) ? Files.readAllLines(path) : List.<String>of()) {
        List<String> columns = List.of(line.strip().split("\\s+", -1));
        if (columns.get(1).endsWith(suffix) && columns.get(3).equals("0A")) {
          found.add(columns.get(1));
        }
      }
    }
    Set<String> expected = Set.of("0100007F" + suffix, "0000000000000000FFFF00000100007F" + suffix);
    assertTrue(expected.containsAll(found), found.toString());
    assertEquals(1, found.size());
  }

  private void assertMakesObjectsOfFailuresOnly() {
    HazelcastInstance any = Hazelcast.getAllHazelcastInstances().stream()
        .filter(instance -> instance.getConfig().getClusterName().equals(config.name()))
        .findFirst()
        .orElseThrow();
    var failure = new HazelcastException("x", new ExecutionException(new TimeoutException("y")));
    failure.addSuppressed(new IOException(new IllegalStateException("z")));
    any.getMap("test").set("failure", failure);
    assertEquals(failure.toString(), String.valueOf(any.getMap("test").get("failure")));

    any.getMap("test").set("gadget", URI.create("http://127.0.0.1"));
    var thrown = assertThrows(
        HazelcastSerializationException.class, () -> any.getMap("test").get("gadget"));
    assertTrue(String.valueOf(thrown.getCause()).contains("java.net.URI"), thrown.toString());
  }

  @Test
  void nodesWithDirectoriesOfTheirOwnAskEachOther() throws Exception {
    ProcessName both = new ProcessName("both-accepted");
    ProcessName never = new ProcessName("never-accepted");
    ProcessName fresh = new ProcessName("fresh");
    FakeCopies east = new FakeCopies().with(NAME, true);
    FakeCopies west = new FakeCopies();
    ClusteredVertx older = member("east", "data-east", east);
    ClusteredVertx younger = member("west", "data-west", west);

    assertFalse(await(younger.placement().claim(NAME)));
    assertEquals("east\n", Files.readString(temp.resolve("data-west/claims/ci-assistant")));
    assertEquals(
        ErrorCode.NOT_OWNER,
        await(younger.placement().elsewhere(NAME)).orElseThrow().code());
    Future<Boolean> mine = older.placement().claim(fresh);
    Future<Boolean> yours = younger.placement().claim(fresh);
    assertTrue(await(mine) ^ await(yours), "one of two that want a name has it");

    // What a healed partition may bring to light.
    east.with(both, true).with(never, true);
    west.with(both, true).with(never, false);
    ClusteredVertx third = member("north", "data-east", new FakeCopies());
    until(third, seen -> west.told.size() == 2 && east.told.size() == 1);
    assertEquals(Set.of("suspend " + both), east.told);
    assertEquals(Set.of("suspend " + both, "withdraw " + never), west.told);
    until(third, seen -> Files.exists(temp.resolve("data-west/claims/never-accepted")));
    assertEquals("east\n", Files.readString(temp.resolve("data-west/claims/never-accepted")));

    await(older.placement().release(NAME));
    assertTrue(await(younger.placement().claim(NAME)), "the note is stale and gives way");
  }

  @Test
  void refusesAPublicInterfaceBeforeAnythingListens() {
    config = new ClusterConfig(true, "x", "0.0.0.0", 25701, List.of());
    var cause = join("node-1", "data", 1).cause();
    assertEquals(ErrorCode.INVALID_CONFIG, ((RuntimeFault) requireNonNull(cause)).code());
  }
}
