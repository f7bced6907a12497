package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.trigger.WebhookRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** To whom a path belongs when several processes name it. */
@ExtendWith(VertxExtension.class)
final class WebhookPathsTest {

  private static final String HOOK =
      "triggers: [{type: webhook, webhook_path: /hooks/one, auth: none}]\n";

  @TempDir
  private Path root = Path.of("");

  /** Paths without a web: the first owner has one until it gives it back. */
  private static final class Paths implements WebhookRoutes {

    private final Map<String, String> owners = new ConcurrentHashMap<>();

    @Override
    public Future<Route> open(
        @Nullable String host, int port, String path, String owner, Handler handler) {
      String other = owners.putIfAbsent(path, owner);
      return other == null
          ? Future.succeededFuture(() -> {
            owners.remove(path);
            return Future.succeededFuture();
          })
          : Future.failedFuture(new RuntimeFault(ErrorCode.INVALID_CONFIG, "taken by " + other));
    }
  }

  @Test
  void oneThatIsDownTakesNoneFromOneThatWorks(Vertx vertx) throws IOException {
    Paths paths = new Paths();
    Node node = new Node(vertx, root).routes(paths).start(false);
    node.deploy("worker", HOOK);
    for (String late : new String[] {"a", "b", "c", "d"}) {
      assertThrows(RuntimeFault.class, () -> node.deploy(late, HOOK));
      assertEquals("failed", node.status(late).get("state"));
    }
    node.stop();
    node.start(false);

    assertEquals("running", node.status("worker").get("state"));
    assertEquals(Map.of("/hooks/one", "worker"), paths.owners);
    node.stop();
  }
}
