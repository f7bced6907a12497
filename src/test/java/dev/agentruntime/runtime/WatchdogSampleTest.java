package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The watchdog of {@code agents/}, from its files: incidents, and what it makes of them. */
@ExtendWith(VertxExtension.class)
final class WatchdogSampleTest {

  private static final String WATCHDOG = "infrastructure-watchdog";
  private static final String ON_CALL = "infrastructure-oncall";

  @TempDir
  private Path root;

  private Node node;
  private int runs;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new Node(vertx, root)
        .routes(
            (host, port, path, owner, handler) -> Future.succeededFuture(Future::succeededFuture));
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("agents"), "infrastructure-*")) {
      for (Path file : files) {
        Files.copy(file, node.agents().resolve(file.getFileName()));
      }
    }
    node.start(true);
    assertEquals(List.of(), node.runtime().warnings());
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private Object context(String name, String key) {
    Object state =
        Node.now(node.process(name).knowledge().context()).json().object().get("state");
    return state instanceof Map<?, ?> all ? String.valueOf(all.get(key)) : "";
  }

  private void incident(String type, String service) {
    node.trigger(
        WATCHDOG,
        Map.of(
            "event",
            Map.of(
                "event_type",
                "incident." + type,
                "data",
                Map.of(
                    "id",
                    "Q",
                    "title",
                    "It is down",
                    "service",
                    Map.of("id", service, "summary", "the " + service)))));
    runs++;
    node.until(WATCHDOG, "invocation_count", runs);
  }

  @Test
  void theSecondOfAServiceIsEscalatedOnce() {
    incident("triggered", "shop");
    incident("triggered", "mail");
    assertEquals("alerted", context(WATCHDOG, "service-shop"));
    assertEquals(0, node.number(ON_CALL, "accepted_count"));
    incident("triggered", "shop");
    incident("triggered", "shop");
    node.until(ON_CALL, "invocation_count", 1);
    node.until(WATCHDOG, "outbox_size", 0);

    assertEquals("escalated", context(WATCHDOG, "service-shop"));
    assertEquals("alerted", context(WATCHDOG, "service-mail"));
    assertEquals("the shop", context(ON_CALL, "last_page"));
    assertEquals(1, node.number(ON_CALL, "accepted_count"));
  }

  @Test
  void aRestartChangesNothingAndAResolutionDoes() {
    incident("triggered", "shop");
    node.stop();
    node.start(true);
    runs = (int) node.number(WATCHDOG, "invocation_count");
    incident("triggered", "shop");
    assertEquals("escalated", context(WATCHDOG, "service-shop"));
    incident("resolved", "shop");
    assertEquals("quiet", context(WATCHDOG, "service-shop"));
    incident("triggered", "shop");
    assertEquals("alerted", context(WATCHDOG, "service-shop"));
    node.until(ON_CALL, "invocation_count", 1);
    assertEquals(1, node.number(ON_CALL, "accepted_count"));
  }
}
