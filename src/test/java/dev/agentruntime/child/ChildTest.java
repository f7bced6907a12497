package dev.agentruntime.child;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Programs end with all they have started. */
@ExtendWith(VertxExtension.class)
class ChildTest {

  @TempDir
  Path directory;

  private Child sh(String script) throws IOException {
    return Child.silent(List.of("sh", "-c", script), Map.of(), directory);
  }

  private static long number(BufferedReader out) throws IOException {
    return Long.parseLong(String.valueOf(out.readLine()).strip());
  }

  private static boolean lives(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  void whatOutlivesAProgramThatEndsWithItsInputEndsToo(Vertx vertx) throws Exception {
    Child child = sh("sleep 300 >/dev/null & echo $!; cat >/dev/null");
    BufferedReader out = child.process().inputReader();
    long started = number(out);
    assertTrue(lives(started));
    CompletableFuture<Void> all = child.end(new VertxTimers(vertx), Runnable::run, () -> {
      try {
        child.process().getOutputStream().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    assertTrue(child.process().waitFor(20, TimeUnit.SECONDS));
    all.get(20, TimeUnit.SECONDS);
    assertFalse(lives(started));
  }
}
