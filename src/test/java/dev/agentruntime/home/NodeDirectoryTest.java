package dev.agentruntime.home;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.ObserveConfig;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.ClusterConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.VerticleSettings;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.RealDisk;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeDirectoryTest {

  private static final Path DATA = Path.of("data");

  private final Set<Path> held = new HashSet<>();

  private Path take(Path directory) {
    if (!held.add(directory)) {
      throw new RuntimeFault(ErrorCode.DIRECTORY_LOCKED, directory + " held by pid 42");
    }
    return directory;
  }

  private String chosen(String named, boolean cluster) {
    return NodeDirectory.take(DATA, named, cluster, this::take).node().value();
  }

  private RuntimeFault refused(String named, boolean cluster) {
    return assertThrows(RuntimeFault.class, () -> chosen(named, cluster));
  }

  @Test
  void aLoneNodeIsNodeOneAndNeverAnother() {
    Path path = DATA.resolve("node-1");
    assertEquals(
        new NodeDirectory<>(new NodeId("node-1"), path, path),
        NodeDirectory.take(DATA, null, false, this::take));
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> NodeDirectory.take(DATA, null, false, this::take));
    assertEquals("data/node-1 held by pid 42", fault.failure().message());
  }

  @Test
  void inAClusterTheFirstFreeOneIsTaken() {
    held.add(DATA.resolve("node-1"));
    held.add(DATA.resolve("node-3"));
    assertEquals(
        "node-2", NodeDirectory.take(DATA, null, true, this::take).node().value());
    assertEquals(
        "node-4", NodeDirectory.take(DATA, null, true, this::take).node().value());
  }

  @Test
  void aNamedNodeIsTheNamedOneOrRefused() {
    assertEquals("east", chosen("east", true));
    assertEquals(ErrorCode.DIRECTORY_LOCKED, refused("east", true).code());
    assertEquals(Set.of(DATA.resolve("east")), held);
  }

  @Test
  void aNameOfTheDataDirectoryItselfIsRefused() {
    RuntimeFault fault = refused("claims", true);
    assertEquals(ErrorCode.INVALID_NAME, fault.code());
    assertTrue(fault.failure().message().contains("\"claims\""), fault.failure().message());
    assertEquals(ErrorCode.INVALID_NAME, refused("../etc", false).code());
    assertEquals(Set.of(), held);
  }

  @Test
  void anotherFailureIsNoReasonToGoOn() {
    RuntimeFault fault = failing(new RuntimeFault(ErrorCode.STORAGE, "read-only"));
    assertEquals("read-only", fault.failure().message());
  }

  @Test
  void givesUpByNameWhenAllAreHeld() {
    RuntimeFault fault = failing(new RuntimeFault(ErrorCode.DIRECTORY_LOCKED, "held"));
    assertEquals(ErrorCode.DIRECTORY_LOCKED, fault.code());
    assertTrue(fault.failure().message().contains("--node"), fault.failure().message());
  }

  private static RuntimeFault failing(RuntimeFault each) {
    return assertThrows(
        RuntimeFault.class,
        () -> NodeDirectory.<Path>take(DATA, null, true, directory -> {
          throw each;
        }));
  }

  @Test
  void locksTheDirectoryAndSaysSoInTheConfiguration(@TempDir Path data) throws Exception {
    RuntimeConfig config = in(data);
    Disk disk = new RealDisk();
    NodeDirectory<Disk.Lock> first = NodeDirectory.take(disk, config);
    NodeDirectory<Disk.Lock> second = NodeDirectory.take(disk, config);
    assertEquals("node-1", first.applyTo(config).node());
    assertEquals("node-2", second.applyTo(config).node());
    assertEquals(config.dataDir(), second.applyTo(config).dataDir());

    first.lock().close();
    Path journal = data.resolve("node-1").resolve("journal");
    disk.createDirectories(journal);
    try (Disk.Lock embedded = disk.lock(journal.resolve("lock"))) {
      NodeDirectory<Disk.Lock> third = NodeDirectory.take(disk, config);
      assertEquals("node-3", third.node().value(), () -> "beside " + embedded);
      third.lock().close();
    }
    NodeDirectory<Disk.Lock> again = NodeDirectory.take(disk, config);
    assertEquals("node-1", again.node().value());
    again.lock().close();
    second.lock().close();
  }

  @Test
  void noSettingIsLostOnTheWayToTheNode(@TempDir Path data) throws Exception {
    RuntimeConfig plain = in(data);
    RuntimeConfig config = new RuntimeConfig(
            null,
            data,
            Path.of("elsewhere"),
            new HostPort("127.0.0.1", 1),
            new HostPort("127.0.0.1", 2),
            Duration.ofSeconds(3),
            plain.journal(),
            plain.http(),
            plain.cluster(),
            plain.models(),
            plain.memory(),
            List.of("127.0.0.1"),
            new VerticleSettings(List.of("acme.Greeter"), Path.of("allowed")))
        .observing(
            new ObserveConfig(7, Duration.ofSeconds(7), Duration.ofSeconds(7), List.of()),
            List.of(new HookConfig(
                HookEvent.PRE_COMPACT,
                List.of("true"),
                HookConfig.TIMEOUT,
                null,
                Map.of(),
                "*",
                0,
                false,
                null)));
    NodeDirectory<Disk.Lock> home = NodeDirectory.take(new RealDisk(), config);
    RuntimeConfig applied = home.applyTo(config);
    home.lock().close();
    assertEquals("node-1", applied.node());
    for (RecordComponent setting : RuntimeConfig.class.getRecordComponents()) {
      if (!setting.getName().equals("node")) {
        assertEquals(
            setting.getAccessor().invoke(config),
            setting.getAccessor().invoke(applied),
            setting.getName());
      }
    }
  }

  @Test
  void aDataDirectoryThatIsAFileIsNamed(@TempDir Path root) throws Exception {
    Path file = Files.writeString(root.resolve("data"), "not a directory");
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> NodeDirectory.take(new RealDisk(), in(file)));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(
        "data directory, expected=a directory, actual=" + file + ", which is a file",
        fault.failure().message());
  }

  private static RuntimeConfig in(Path data) {
    RuntimeConfig plain = RuntimeConfig.DEFAULT;
    return new RuntimeConfig(
        null,
        data,
        plain.agentsDir(),
        plain.control(),
        plain.ingress(),
        plain.drainTimeout(),
        plain.journal(),
        plain.http(),
        new ClusterConfig(true, "tests", "127.0.0.1", 25701, List.of()),
        plain.models());
  }
}
