package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.api.EventReader.Event;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.config.RuntimeConfig.ModelEndpoint;
import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.Json;
import dev.agentruntime.provider.FakeOpenAi;
import dev.agentruntime.provider.FakeProvider;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers seen while they come, of a server that speaks a provider's protocol. */
class AskStreamTest extends ApiFixture {

  private static final String CLERK = PROCESSES + "/clerk";

  private final BlockingQueue<HttpServerResponse> held = new LinkedBlockingQueue<>();

  @SuppressWarnings("NullAway.Init") // made before each test
  private FakeOpenAi fake;

  @Override
  RuntimeConfig settings(RuntimeConfig usual) {
    return new RuntimeConfig(
        usual.node(),
        usual.dataDir(),
        usual.agentsDir(),
        usual.control(),
        usual.ingress(),
        Duration.ofMillis(200),
        usual.journal(),
        usual.http(),
        usual.cluster(),
        Map.of(
            "openai",
            new ModelEndpoint(
                fake.baseUrl(),
                null,
                Duration.ofMinutes(2),
                1,
                0,
                new Quota(4, 0, Duration.ofMinutes(5)),
                Map.of())));
  }

  @Override
  @BeforeEach
  void startNode() throws Exception {
    fake = await(FakeOpenAi.start(vertx));
    super.startNode();
    deployYaml("version: \"1.0\"\nname: clerk\nmodel: openai:fake-1\ninstructions: Answer.\n");
  }

  private static String chunk(String content) {
    return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
        + "\"delta\":{\"content\":" + Json.quote(content) + "},\"finish_reason\":null}]}\n\n";
  }

  /** Says the first words, then waits for the test. */
  private FakeProvider.Answer begins(String words) {
    return (v, request) -> {
      HttpServerResponse response =
          request.response().setChunked(true).putHeader("content-type", "text/event-stream");
      response.write(chunk(words)).onComplete(written -> held.add(response));
    };
  }

  private void ends(String words) throws Exception {
    HttpServerResponse response = Objects.requireNonNull(held.poll(30, TimeUnit.SECONDS));
    await(response.write(chunk(words)));
    await(response.end("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":"
        + "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":"
        + "{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n"
        + "data: [DONE]\n\n"));
  }

  private EventReader stream(String body, String... headers) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("Accept", "text/event-stream", "Content-Type", "application/json"));
    all.addAll(List.of(headers));
    return EventReader.post(client, url() + CLERK + "/ask", body, all.toArray(String[]::new));
  }

  private static Map<String, @Nullable Object> reply(EventReader events) throws Exception {
    Map<String, @Nullable Object> told =
        Json.parse(events.named("reply").data()).object();
    assertEquals("clean", events.named(EventReader.END).data());
    return told;
  }

  private void runs(long many) throws Exception {
    eventually(
        "runs settle", () -> Long.valueOf(many).equals(get(CLERK).body().get("invocation_count")));
  }

  @Test
  void wordsAndStepsComeAsTheyAreAndTheReplyIsLast() throws Exception {
    fake.answer(
        FakeOpenAi.calls(new FakeProvider.Call("c1", "context_set", "{\"key\":\"k\",\"value\":1}")),
        begins("It is "));
    try (EventReader events = stream("{\"content\":\"How late?\"}")) {
      assertEquals(200, events.status());
      assertEquals("text/event-stream", events.type());
      Event accepted = events.next("the first", event -> true);
      assertEquals("accepted", accepted.name());
      assertTrue(accepted.data().contains("event_id"), accepted::data);
      events.named("invocation_start");
      assertTrue(events.named("tool_result").data().contains("context_set"));
      Event words = events.next(
          "words", event -> event.name().equals("token") && event.data().contains("It is "));
      assertTrue(words.data().contains("\"turn\":2"), words::data);
      // Nothing has ended: what follows is said only now.
      ends("noon.");
      events.next("words", event -> event.name().equals("token") && event.data().contains("noon."));
      events.named("invocation_result");
      Map<String, @Nullable Object> told = reply(events);
      assertEquals("answered", told.get("status"));
      assertEquals("It is noon.", told.get("answer"));
    }
  }

  @Test
  void theStreamOfTheProcessShowsTheWordsOfAnyRun() throws Exception {
    fake.answer(begins("It is "));
    try (EventReader events = EventReader.open(client, url() + CLERK + "/stream")) {
      ask("POST", CLERK + "/trigger", "{\"payload\":\"How late?\"}").is(202);
      Event words = events.named("token");
      assertTrue(words.data().contains("It is "), words::data);
      assertTrue(words.data().contains("\"turn\":1"), words::data);
      assertEquals(null, words.id(), "words have no place to go on from: they are not journaled");
      ends("noon.");
      events.next("words", event -> event.name().equals("token") && event.data().contains("noon."));
      Event reply = events.named("model_reply");
      assertTrue(reply.data().contains("It is noon."), reply::data);
      events.named("invocation_result");
    }
  }

  @Test
  void onlyItsOwnRunIsShown() throws Exception {
    fake.answer(FakeOpenAi.text("Done with it."));
    ask("POST", CLERK + "/trigger", "{\"payload\":\"other-run\"}").is(202);
    try (EventReader events = stream("{\"content\":\"mine\"}")) {
      StringBuilder seen = new StringBuilder();
      String invocation = "";
      for (Event event = events.next("any", one -> true);
          !event.name().equals("reply");
          event = events.next("any", one -> true)) {
        seen.append(event).append('\n');
        if (event.name().equals("invocation_start")) {
          Object data = Json.parse(event.data()).object().get("d");
          invocation = String.valueOf(data instanceof Map<?, ?> map ? map.get("invocation") : "");
        }
      }
      assertTrue(!seen.toString().contains("other-run"), seen::toString);
      String own = invocation;
      assertTrue(
          seen.toString()
              .lines()
              .filter(line -> !line.contains("accepted"))
              .allMatch(line -> line.contains(own)),
          seen::toString);
    }
    runs(2);
  }

  @Test
  void whoGoesCancelsNothingAndGetsTheReplyWhenHeAsksAgain() throws Exception {
    fake.answer(begins("It is "));
    String body = "{\"content\":\"How late?\"}";
    try (EventReader events = stream(body, "Idempotency-Key", "k1")) {
      events.named("token");
    }
    try (EventReader events = stream(body, "Idempotency-Key", "k1")) {
      assertTrue(events.named("accepted").data().contains("\"duplicate\":true"));
      ends("noon.");
      assertEquals("It is noon.", reply(events).get("answer"));
    }
    runs(1);
    try (EventReader events = stream(body, "Idempotency-Key", "k1")) {
      assertEquals("It is noon.", reply(events).get("answer"), "also when it is over");
    }
    Told plain = ask(
        "POST", CLERK + "/ask", body, "Content-Type", "application/json", "Idempotency-Key", "k1");
    assertEquals("It is noon.", plain.is(200).get("answer"));
    runs(1);
  }

  @Test
  void aNodeThatEndsMeanwhileGoesOnAndAnswersTheSameQuestion() throws Exception {
    fake.answer(begins("It is "), FakeOpenAi.text("It is two."));
    String body = "{\"content\":\"How late?\"}";
    try (EventReader events = stream(body, "Idempotency-Key", "k1")) {
      events.named("token");
      await(runtime.close());
      events.next("its end", event -> List.of("reply", EventReader.END).contains(event.name()));
    }
    begin();
    try (EventReader events = stream(body, "Idempotency-Key", "k1")) {
      assertEquals("It is two.", reply(events).get("answer"));
    }
    runs(1);
  }

  @Test
  void aReplyThatDoesNotComeInTimeIsATimeoutAndTheRunGoesOn() throws Exception {
    fake.answer(begins("It is "));
    try (EventReader events = stream("{\"content\":\"How late?\",\"timeout\":1}")) {
      assertEquals("timeout", reply(events).get("status"));
    }
    ends("noon.");
    runs(1);
  }

  @Test
  void aFailedRunSaysSo() throws Exception {
    fake.answer(FakeOpenAi.error(400, "bad_request"));
    try (EventReader events = stream("{\"content\":\"How late?\"}")) {
      Map<String, @Nullable Object> told = reply(events);
      assertEquals("failed", told.get("status"));
      assertTrue(String.valueOf(told.get("error")).contains("code"), told::toString);
    }
  }

  @Test
  void whatIsRefusedIsNoStream() throws Exception {
    String[] headers = {"Accept", "text/event-stream", "Content-Type", "application/json"};
    ask("POST", CLERK + "/ask", "{\"content\":\" \"}", headers).refuses(422, "INVALID_TYPE");
    ask("POST", CLERK + "/ask", "{\"content\":\"a\",\"timeout\":601}", headers)
        .refuses(422, "INVALID_TYPE");
    ask("POST", CLERK + "/stop", null).is(200);
    ask("POST", CLERK + "/ask", "{\"content\":\"a\"}", headers).refuses(409, "PROCESS_STOPPED");
  }
}
