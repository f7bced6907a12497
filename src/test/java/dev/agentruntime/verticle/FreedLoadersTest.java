package dev.agentruntime.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A class loader goes with its verticle; {@code -Dredeploys=N} for another count. */
@ExtendWith(VertxExtension.class)
final class FreedLoadersTest {

  private static final int REDEPLOYS = Integer.getInteger("redeploys", 200);

  /** What may be loaded meanwhile for the first time, in bytes: far less than the loaders. */
  private static final long METASPACE_MARGIN = 8L << 20;

  private static final String SHOWS_ITSELF = """
        public Future<?> start() {
          Seen.add(getClass().getClassLoader());
          return Future.succeededFuture();
        }

        public void extend(RuntimeAccess runtime) {
          runtime.onEvent("nobody.says.this", arrival -> {});
          runtime.registerTools(new Notes());
      """;

  private static final String NOTES = """
        public static class Notes {
          @dev.langchain4j.agent.tool.Tool("Notes something.")
          public String note(@dev.langchain4j.agent.tool.P("what") String what) {
            return what;
          }
        }
      }
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    node = new VerticleNode(vertx, root);
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private byte[] jar(String word) {
    String source = Jars.GREETER
        .replace("  public void extend(RuntimeAccess runtime) {\n", SHOWS_ITSELF)
        .replaceAll("}\\s*$", NOTES);
    byte[] jar = Jars.compile(
        root, "acme.Greeter", Map.of("acme/Greeter", source, "acme/Words", Jars.words(word)));
    node.allow(jar);
    return jar;
  }

  private static long metaspace() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getName().equals("Metaspace"))
        .mapToLong(pool -> pool.getUsage().getUsed())
        .sum();
  }

  @SuppressWarnings("MissingSuperCall") // asks the collector, again and again
  private void untilAlive(long most) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Seen.alive() > most) {
      assertTrue(
          System.nanoTime() < end,
          () -> Seen.alive() + " of " + Seen.all().size()
              + " class loaders are still there, expected at most " + most);
      System.gc();
    }
  }

  @Test
  void goWithTheirVerticles() {
    node.greets("ci");
    node.start();
    List<byte[]> jars = List.of(jar("hello"), jar("moin"));
    node.deploy("greeter", jars.get(0), false);
    node.trigger("ci");
    node.until("ci", "invocation_count", 1);
    long before = 0;
    for (int i = 1; i <= REDEPLOYS; i++) {
      VerticleNode.nothing(
          node.verticles().deploy(VerticleNode.order("greeter", jars.get(i % 2), true)));
      if (i % 10 == 0) {
        node.trigger("ci");
        node.until("ci", "invocation_count", 1 + i / 10);
      }
      if (i == 20) {
        untilAlive(2);
        before = metaspace();
      }
    }
    assertEquals(REDEPLOYS + 1, Seen.all().size(), "each had a loader of its own");
    untilAlive(2);
    long after = metaspace();
    long first = before;
    assertTrue(
        after - first < METASPACE_MARGIN,
        () -> "metaspace grew from " + first + " to " + after + " bytes");
    VerticleNode.nothing(node.verticles().undeploy("greeter", false, "ops"));
    node.trigger("ci");
    node.until("ci", "invocation_count", 2 + REDEPLOYS / 10);
    untilAlive(0);
  }
}
