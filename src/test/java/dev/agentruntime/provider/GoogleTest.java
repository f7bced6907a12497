package dev.agentruntime.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.Quota;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Message;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.Samples;
import dev.agentruntime.provider.FakeProvider.Call;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class GoogleTest extends ProviderContract {

  GoogleTest() {
    super(new Dialect.Google());
  }

  private static JsonObject parameters(JsonObject body) {
    return body.getJsonArray("tools")
        .getJsonObject(0)
        .getJsonArray("functionDeclarations")
        .getJsonObject(0)
        .getJsonObject("parameters");
  }

  @Test
  void theExchangeAndTheToolsAreSent() {
    JsonObject body = sent();
    assertEquals(
        "/v1beta/models/gemini-3-fake:streamGenerateContent?alt=sse",
        fake.seen().get(0).path());
    assertEquals(
        "Be brief.",
        body.getJsonObject("systemInstruction")
            .getJsonArray("parts")
            .getJsonObject(0)
            .getString("text"));
    JsonObject properties = parameters(body).getJsonObject("properties");
    assertEquals("STRING", properties.getJsonObject("to").getString("type"));
    assertEquals(
        "NUMBER", properties.getJsonObject("list").getJsonObject("items").getString("type"));
    JsonObject one = properties.getJsonObject("one");
    assertEquals(new JsonArray().add("a").add("b"), one.getValue("enum"));
    assertEquals(3, properties.getJsonObject("any").getJsonArray("anyOf").size());
    assertEquals(
        "NULL",
        properties.getJsonObject("may").getJsonArray("anyOf").getJsonObject(1).getString("type"));
  }

  @Test
  void theSignatureOfACallIsSentBack() {
    fake.answer(dialect.wants(new Call("c", "pay", "{}"), new Call("d", "pay", "{}")));
    ChatReply reply = ask(Samples.request("{}"));
    assertEquals("c2lnbmVk", reply.message().signature());
    ChatReply next = ask(Samples.request(
        "{}",
        reply.message(),
        new Message.ToolText("c", "pay", "paid", false),
        new Message.ToolText("d", "pay", "paid", false)));
    assertEquals(2, next.message().calls().size());
    assertEquals("c2lnbmVk", signature(fake.seen().get(1).body()));
  }

  private static String signature(JsonObject body) {
    return body.getJsonArray("contents").getJsonObject(1).getJsonArray("parts").stream()
        .map(part -> ((JsonObject) part).getString("thoughtSignature"))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse("");
  }

  @Test
  void aCallThatAnotherModelMadeIsMarkedSo() {
    assertEquals("skip_thought_signature_validator", signature(sent()));
  }

  @Test
  void whatItThinksIsPaidForAndWhatTheCacheGaveIsCounted() {
    fake.answer(dialect.says("x"));
    ChatReply reply = ask(Samples.request("{}"));
    assertEquals(7, reply.usage().output());
    assertEquals(4, reply.usage().cached());
  }

  @Test
  void onlyThoughtsAreAnEmptyReply() {
    fake.answer(FakeProvider.stream(
        dialect.type(),
        List.of("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hm.\","
            + "\"thought\":true}],\"role\":\"model\"},\"finishReason\":\"STOP\"}]}\n\n")));
    ChatReply reply = ask(Samples.request("{}"));
    assertEquals(Samples.says(""), reply.message());
    assertEquals(new Message.Usage(0, 0), reply.usage(), "it did not say what it counted");
  }

  @Test
  void aBlockedQuestionIsRefused() {
    fake.answer(FakeProvider.stream(
        dialect.type(),
        List.of("data: {\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"}}\n\n")));
    assertEquals(ErrorCode.MODEL_REFUSED, failure(once()).code());
  }

  @Test
  void theDelayInTheBodyIsHonoured() {
    fake.answer(FakeProvider.status(
        429,
        "{\"error\":{\"code\":429,\"details\":[{\"@type\":\"type.googleapis.com/google.rpc."
            + "RetryInfo\",\"retryDelay\": \"41.5s\"}]}}"));
    Failure failure =
        failure(model(4, Duration.ofSeconds(10), new Quota(1, 0, Duration.ofSeconds(5))));
    assertEquals(ErrorCode.MODEL_RATE_LIMITED, failure.code());
    long wait = Objects.requireNonNull(failure.retryAfter()).toSeconds();
    assertTrue(wait >= 40 && wait <= 46, "" + wait);
  }

  @Test
  void aWrongKeyIsNoBadRequest() {
    fake.answer(FakeProvider.status(
        400, "{\"error\":{\"code\":400,\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}"));
    assertEquals(ErrorCode.MODEL_UNAUTHORIZED, failure(once()).code());
  }
}
