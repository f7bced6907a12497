package dev.agentruntime.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Verticles that never come back: they hold up no other, and no node that stops. */
@ExtendWith(VertxExtension.class)
class HangingVerticleTest {

  private static final String HANGS = """
      package acme;
      public class Hangs extends io.vertx.core.VerticleBase
          implements dev.agentruntime.verticle.RuntimeExtension {
        @Override
        public void extend(dev.agentruntime.verticle.RuntimeAccess runtime) throws Exception {
          new java.util.concurrent.CountDownLatch(1).await();
        }
      }
      """;

  private static final String STAYS = """
      package acme;
      public class Stays extends io.vertx.core.VerticleBase {
        @Override
        public io.vertx.core.Future<?> stop() {
          return io.vertx.core.Promise.promise().future();
        }
      }
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new VerticleNode(vertx, root).patience(Duration.ofSeconds(1)).start();
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  @Test
  void oneThatNeverSaysWhatItBringsIsRefused() {
    byte[] jar = Jars.compile(root, "acme.Hangs", Map.of("acme/Hangs", HANGS));
    node.allow(jar);
    RuntimeFault refused = node.refused(VerticleNode.order("hangs", jar, false));
    assertEquals(ErrorCode.START_FAILED, refused.code());
    assertTrue(
        String.valueOf(refused.getMessage()).contains("did not say what it brings within 1 s"),
        refused::toString);
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    assertEquals(List.of("greeter deployed"), node.listed());
  }

  @Test
  void oneThatNeverStopsIsGoneAllTheSame() {
    byte[] jar = Jars.compile(root, "acme.Stays", Map.of("acme/Stays", STAYS));
    node.deploy("stays", jar, false);
    VerticleNode.nothing(node.verticles().undeploy("stays", false, "ops"));
    assertEquals(List.of(), node.listed());
    node.deploy("stays", jar, false);
    // The node stops after this, within its time.
    assertEquals(List.of("stays deployed"), node.listed());
  }
}
