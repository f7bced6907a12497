package dev.agentruntime.cli;

import static dev.agentruntime.cli.CliNode.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.access.TokenRandom;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.disk.RealDisk;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node says when it starts. */
class ServedNodeTest {

  private final Vertx vertx = Vertx.vertx();

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path directory;

  @AfterEach
  void close() throws Exception {
    assertEquals("closed", now(vertx.close().map("closed")));
  }

  private List<String> warnings(String host) throws Exception {
    RuntimeConfig usual = RuntimeConfig.DEFAULT;
    TokenFile.Made unused = new TokenFile(
            new RealDisk(),
            directory.resolve("data").resolve("node-1"),
            InstantSource.system(),
            TokenRandom::draw)
        .create("ops", Scope.ADMIN);
    ServedNode served = now(ServedNode.start(
        vertx,
        new RuntimeConfig(
            "node-1",
            directory.resolve("data"),
            directory.resolve("agents"),
            new HostPort(host, 0),
            new HostPort("127.0.0.1", 0),
            usual.drainTimeout(),
            usual.journal(),
            usual.http(),
            usual.cluster(),
            usual.models())));
    List<String> report = now(served.report());
    assertEquals("closed", now(served.close().map("closed")));
    return report.stream().filter(line -> line.contains("encrypted")).toList();
  }

  @Test
  void offLoopbackWithoutTlsItWarnsOnce() throws Exception {
    List<String> told = warnings("0.0.0.0");
    assertEquals(1, told.size(), told::toString);
    assertTrue(
        told.get(0).matches("warning: the control API on 0\\.0\\.0\\.0:[0-9]+ .*"), told::toString);
    assertTrue(told.get(0).contains("expected=tls.cert and tls.key"), told::toString);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "localhost"})
  void onLoopbackItSaysNothing(String host) throws Exception {
    assertEquals(List.of(), warnings(host));
  }
}
