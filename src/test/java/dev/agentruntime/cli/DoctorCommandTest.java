package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.cli.Finding.Level;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

final class DoctorCommandTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path root;

  @BeforeEach
  void makeAgents() throws IOException {
    Files.createDirectories(root.resolve("agents"));
    Files.writeString(root.resolve("runtime.yaml"), "drain_timeout: 5s\n");
  }

  private CliRun doctor(String... more) {
    List<String> all = new ArrayList<>(List.of(
        "doctor",
        "--data",
        root.resolve("data").toString(),
        "--agents",
        root.resolve("agents").toString(),
        "--conf",
        root.resolve("runtime.yaml").toString(),
        "--control",
        "127.0.0.1:0",
        "--ingress",
        "127.0.0.1:0"));
    all.addAll(Arrays.asList(more));
    return CliRun.of(all.toArray(String[]::new));
  }

  private static void assertTold(CliRun run, String line) {
    assertTrue(run.out().lines().anyMatch(told -> told.matches(line)), () -> line + " in\n" + run);
  }

  @Test
  void aSoundPlaceIsFoundSoundAndLeftAsItIs() throws IOException {
    CliRun run = doctor();
    assertEquals(0, run.code(), run::out);
    for (String check : List.of(
        "java",
        "clock",
        "settings",
        "environment",
        "data",
        "space",
        "lock",
        "control",
        "ingress",
        "agents",
        "secrets")) {
      assertTold(run, "ok   " + check + " .*");
    }
    assertTold(
        run, "(ok|warn) +sync +a write is safe after [0-9.]+ ms, at worst [0-9.]+ ms, on .*");
    assertTold(run, "0 failed, [0-9]+ warnings, [0-9]+ ok");
    try (Stream<Path> files = Files.list(root)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void brokenSettingsAreToldWithTheirPlace() throws IOException {
    Files.writeString(root.resolve("runtime.yaml"), "control:\n  prt: 1\ndrain_timeout: soon\n");
    CliRun run = doctor();
    assertEquals(1, run.code());
    assertTold(run, "fail settings .*runtime.yaml:2:3: .*did you mean 'port'.*");
    assertTold(run, "fail settings .*runtime.yaml:3:.*drain_timeout.*");
    assertTold(run, "ok   data .*");
    assertFalse(run.err().contains("Exception"), run::err);
  }

  @Test
  void aMissingSettingsFileIsTold() {
    CliRun run = CliRun.of("doctor", "--conf", root + "/none.yaml", "--data", root + "/data");
    assertEquals(1, run.code());
    assertTold(run, "fail settings +there is no settings file .*");
  }

  /** Where options are read into. */
  static final class Holder {
    @Mixin
    @SuppressWarnings("NullAway.Init") // filled by picocli
    NodeOptions options;
  }

  @Test
  void unknownVariablesAreToldWithTheOneThatWasMeant() {
    Holder holder = new Holder();
    CommandLine.ParseResult unused = new CommandLine(holder).parseArgs();
    List<Finding> found = SettingsChecks.settings(
            holder.options,
            Map.of("AGENTRUNTIME_CONTROL_PRT", "1", "AGENTRUNTIME_TOKEN", "a b", "HOME", "x"))
        .findings();
    assertTrue(
        found.stream()
            .anyMatch(one -> one.level() == Level.FAIL
                && one.check().equals("environment")
                && one.what().contains("did you mean 'AGENTRUNTIME_CONTROL_PORT'")),
        found::toString);
    List<Finding> token = SettingsChecks.settings(
            holder.options, Map.of("AGENTRUNTIME_TOKEN", "a\nb"))
        .findings();
    assertTrue(
        token.stream().anyMatch(one -> one.what().contains("AGENTRUNTIME_TOKEN, expected=a token")),
        token::toString);
  }

  @Test
  void brokenManifestsAreToldWithTheirPlace() throws IOException {
    Files.writeString(root.resolve("agents/a.agent"), "name: a\nmodel: echo\ntrigers: []\n");
    CliRun run = doctor();
    assertEquals(1, run.code());
    assertTold(run, "fail agents +0 of 1 manifests in .* are valid");
    assertTold(run, "fail agents .*a.agent:3:1: .*triggers.*");
  }

  @Test
  void aDataDirectoryThatIsAFileIsNamed() throws IOException {
    Files.writeString(root.resolve("data"), "");
    CliRun run = doctor();
    assertEquals(1, run.code());
    assertTold(run, "fail data .*expected=a directory, actual=.*which is a file");
  }

  @Test
  void aPortInUseIsToldWithItsHolder() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      Finding found =
          PortChecks.port("control", new HostPort("127.0.0.1", taken.getLocalPort()), false);
      assertEquals(Level.FAIL, found.level());
      assertTrue(found.what().startsWith(address + " is in use"), found::what);
      if (Files.exists(Path.of("/proc/net/tcp"))) {
        assertTrue(found.what().contains("pid " + ProcessHandle.current().pid()), found::what);
      }
      assertEquals(
          Level.OK,
          PortChecks.port("control", new HostPort("127.0.0.1", taken.getLocalPort()), true)
              .level());
    }
    Finding elsewhere = PortChecks.port("control", new HostPort("192.0.2.1", 9100), false);
    assertEquals(Level.FAIL, elsewhere.level());
    assertNotNull(elsewhere.mend());
  }

  @Test
  void socketsAreReadFromTheTableOfTheKernel() {
    List<String> table = List.of(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
            + " inode",
        "   0: 0100007F:238C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 77 1",
        "   1: 0100007F:238C 0100007F:9999 01 00000000:00000000 00:00000000 00000000  0  0 78 1");
    assertEquals(Set.of("socket:[77]"), PortOwner.sockets(table, 9100));
    assertEquals(Set.of(), PortOwner.sockets(table, 9101));
  }

  @Test
  void offLoopbackATokenIsWanted() {
    CliRun run = CliRun.of(
        "doctor", "--control", "0.0.0.0:0", "--data", root.resolve("data").toString());
    assertEquals(1, run.code());
    assertTold(run, "fail token .*there is no token");
    assertTold(run, " +-> token create NAME --scope admin --data .*");
    assertTold(run, "warn tls .*0.0.0.0:0 can be reached .* is not encrypted");
    assertTold(run, " +-> tls.cert and tls.key in the settings, or a proxy .*");
    assertFalse(doctor().out().contains(" tls "), "nothing is said of loopback");
  }

  @Test
  void secretsThatOthersCanReadAreTold() throws IOException {
    Path key = Files.writeString(root.resolve("agents/key.txt"), "secret");
    Files.writeString(root.resolve("agents/a.agent"), """
        name: a
        model: echo
        triggers:
          - type: webhook
            webhook_path: /a
            hmac_secret: "file:key.txt"
        """);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    CliRun run = doctor();
    assertEquals(0, run.code(), run::out);
    assertTold(run, "warn secrets +.*key.txt can be read by every user of this machine");
    assertTold(run, " +-> chmod 600 .*key.txt");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertTold(doctor(), "ok   secrets +1 files with secrets, none open to others");
  }

  @Test
  void aDataDirectoryThatOthersCanLookIntoIsTold() throws IOException {
    Path data = Files.createDirectories(root.resolve("data"));
    Path home = Files.createDirectories(data.resolve("node-1"));
    for (Path each : List.of(data, home)) {
      Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    CliRun run = doctor();
    assertEquals(0, run.code(), run::out);
    assertTold(run, "warn data +.*node-1 can be looked into by every user of this machine");
    assertTold(run, " +-> chmod -R go-rwx .*data");
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    assertFalse(doctor().out().contains("looked into"));
  }

  @Test
  void whatCannotBeReachedIsTold() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
      Files.writeString(root.resolve("runtime.yaml"), """
          models: {openai: {base_url: "http://127.0.0.1:%1$d/v1"}}
          cluster: {members: ["127.0.0.1:%1$d"]}
          """.formatted(closed));
      Files.writeString(root.resolve("agents/a.agent"), """
          name: a
          model: openai:gpt-5-mini
          instructions: Act.
          servers:
            far: {type: streamable-http, url: "http://127.0.0.1:%1$d/mcp"}
            near: {command: java}
            gone: {command: no-such-program-here}
          """.formatted(closed));
      CliRun open = doctor("--cluster");
      assertTold(open, "ok   model +openai at http://127.0.0.1:[0-9]+/v1 can be reached");
      assertTold(open, "ok   tools +server far of a at .* can be reached");
      assertTold(open, "ok   cluster +member 127.0.0.1:[0-9]+ can be reached");
      assertTold(open, "fail tools +server gone of a: there is no program no-such.* on the PATH");
    }
    CliRun run = doctor("--cluster");
    assertEquals(1, run.code());
    assertTold(run, "warn model +openai at http://127.0.0.1:[0-9]+/v1 cannot be reached: .*");
    assertTold(run, " +-> mend models.openai.base_url.*");
    assertTold(run, "fail tools +server far of a at .* cannot be reached: .*");
    assertTold(run, "warn cluster +member 127.0.0.1:[0-9]+ cannot be reached: .*");
    assertTold(run, " +-> start that node, or mend cluster.members.*");
  }

  @Test
  void aRunningNodeIsAsked() throws Exception {
    CliNode node = new CliNode(root);
    try {
      CliRun run = doctor("--url", node.url());
      assertEquals(0, run.code(), run::out);
      assertTold(run, "ok   node +http://127.0.0.1:[0-9]+ is node node-1, running, version .*");
    } finally {
      node.close();
    }
    CliRun gone = doctor("--url", node.url(), "--json");
    assertEquals(1, gone.code());
    assertEquals(false, Json.parse(gone.out().strip()).object().get("ok"));
    assertTrue(gone.out().contains("\"check\":\"node\",\"level\":\"fail\""), gone::out);
    assertEquals(2, doctor("--url", "ftp://x").code());
  }

  @Test
  void limitsAreJudged() {
    assertEquals(Level.WARN, MachineChecks.heap(100 << 20).level());
    assertEquals(Level.OK, MachineChecks.heap(512L << 20).level());
    assertEquals(Level.WARN, MachineChecks.names("ANSI_X3.4-1968").level());
    assertEquals(Level.WARN, MachineChecks.names("").level());
    assertEquals(Level.OK, MachineChecks.names("UTF-8").level());
    assertEquals(Level.FAIL, MachineChecks.clock(Instant.EPOCH).level());
    assertEquals(
        Level.OK, MachineChecks.clock(Instant.parse("2030-01-01T00:00:00Z")).level());
    assertEquals(Level.WARN, MachineChecks.files(1_024, 10_000).level());
    assertEquals(Level.OK, MachineChecks.files(65_536, 10_000).level());
    assertEquals(Level.FAIL, DiskChecks.space(10, 100).level());
    assertEquals(Level.WARN, DiskChecks.space(200, 100).level());
    assertEquals(Level.OK, DiskChecks.space(1_000, 100).level());
    assertEquals(Level.WARN, DiskChecks.sync("slow", 30).level());
    assertEquals(Level.OK, DiskChecks.sync("quick", 3).level());
  }
}
