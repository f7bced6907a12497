package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.provider.FakeOpenAi;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A node is killed while the words of a model, of a server that speaks a provider's protocol, come
 * to somebody who asked. The question was accepted, so its run ends once after the restart, and the
 * same question under its key shows the reply.
 */
class StreamedAskSurvivesIT extends OnASite {

  private static final String ASK = "{\"content\":\"How much?\",\"timeout\":30}";
  private static final String REPLY = "It is five in all, after the restart.";

  private final Vertx vertx = Vertx.vertx();

  @SuppressWarnings("NullAway.Init") // made before each test
  private FakeOpenAi model;

  @BeforeEach
  void serve() throws Exception {
    model =
        FakeOpenAi.start(vertx).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    site.settings("models:\n  openai:\n    base_url: " + model.baseUrl() + "\n");
    site.write(
        ALONE + ".agent",
        Site.manifest(ALONE, 1, "Answer.").replace("script:play.yaml", "openai:fake-1"));
  }

  @AfterEach
  void end() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** One event of a stream. */
  private record Event(String name, Map<String, ?> data) {}

  /** Events until one of this name came, or the stream broke. */
  private static List<Event> until(BufferedReader lines, String last) throws IOException {
    List<Event> events = new ArrayList<>();
    String name = "";
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        events.add(new Event(name, Json.parse(line.substring(6)).object()));
        if (name.equals(last)) {
          return events;
        }
      }
    }
    return events;
  }

  private static BufferedReader open(NodeApi api, String key) throws IOException {
    return new BufferedReader(
        new InputStreamReader(api.streamedAsk(ALONE, key, ASK), StandardCharsets.UTF_8));
  }

  private static Event last(List<Event> events, String name) {
    assertTrue(!events.isEmpty(), () -> "the stream broke before " + name);
    Event last = events.get(events.size() - 1);
    assertEquals(name, last.name(), events::toString);
    return last;
  }

  @Test
  void killedInTheMiddleOfTheWords() throws IOException {
    model.answer(FakeOpenAi.drip(20), FakeOpenAi.text(REPLY));
    String id;
    try (RuntimeProcess node = site.startReady("")) {
      try (BufferedReader lines = open(node.api(), "k-1")) {
        List<Event> events = until(lines, "token");
        last(events, "token");
        assertEquals("accepted", events.get(0).name(), events::toString);
        id = Answers.text(events.get(0).data(), "event_id");
        node.kill9();
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      try (BufferedReader lines = open(node.api(), "k-1")) {
        List<Event> events = until(lines, "reply");
        assertEquals(id, Answers.text(events.get(0).data(), "event_id"), events::toString);
        Event reply = last(events, "reply");
        assertEquals("answered", reply.data().get("status"), reply::toString);
        assertEquals(REPLY, Objects.requireNonNull(reply.data().get("answer")));
      }
      // Whoever asks once more, without a stream, has the same answer and begins nothing.
      NodeApi.Answer again = node.api().ask(ALONE, "k-1", "{\"content\":\"How much?\"}");
      assertEquals(200, again.status(), again::body);
      assertEquals(REPLY, again.object().get("answer"), again::body);
      awaitIdle(node.api());
      node.stop();
    }
    assertEquals(2, model.seen().size(), "asked once in each life");
    Books books = Books.read(site.journal());
    assertEquals(1, books.count(ALONE, "trigger_event"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
    assertEquals(1, books.count(ALONE, "model_reply"));
  }
}
