package dev.agentruntime.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.load.LoadGenerator;
import dev.agentruntime.load.LoadPlan;
import dev.agentruntime.load.LoadReport;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitSyncTest {

  @TempDir
  private Path directory;

  @Test
  void theRecordIsInTheFileWhenTheAnswerArrives() throws Exception {
    Path file = directory.resolve("log");
    try (LimitSync server = new LimitSync(0, file, 1 << 20)) {
      HttpClient client = HttpClient.newHttpClient();
      for (int i = 0; i < 20; i++) {
        String body = "{\"id\":\"only-here-" + i + "\"}";
        HttpResponse<String> answer = client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/x"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());

        assertEquals(202, answer.statusCode());
        assertTrue(written(file).contains(body + "\n"), "answered before it was written");
      }
    }
    assertTrue(written(file).contains("{\"done\":20}\n"), "the completion is a record too");
  }

  @Test
  void everyAcceptedRequestIsWrittenAndCompleted() throws Exception {
    Path file = directory.resolve("log");
    LoadGenerator generator = LoadGenerator.open();
    LoadReport report;
    try (LimitSync server = new LimitSync(0, file, 1 << 20)) {
      LoadPlan plan = new LoadPlan(
          new LoadPlan.Target("127.0.0.1", server.port(), "/bench"),
          new LoadPlan.Closed(16),
          200,
          null,
          Duration.ofSeconds(2),
          2_000);
      report = generator
          .run(plan, progress -> {})
          .toCompletionStage()
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS);
    } finally {
      generator.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    assertTrue(report.clean(), report.lines().toString());
    String log = written(file);
    assertEquals(
        report.counts().accepted(),
        log.lines().filter(line -> line.startsWith("{\"id\":")).count());
    assertEquals(
        report.counts().accepted(),
        log.lines().filter(line -> line.startsWith("{\"done\":")).count());
  }

  /** What was written, without the zeroes ahead of it. */
  private static String written(Path file) throws IOException {
    String all = Files.readString(file, UTF_8);
    int end = all.indexOf('\0');
    return end < 0 ? all : all.substring(0, end);
  }
}
