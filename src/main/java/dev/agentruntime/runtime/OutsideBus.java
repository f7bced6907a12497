package dev.agentruntime.runtime;

import dev.agentruntime.bus.Addresses;
import dev.agentruntime.bus.AgentEventBus;
import dev.agentruntime.bus.Emissions;
import dev.agentruntime.bus.MessageBroker;
import dev.agentruntime.bus.Outlet;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Topics;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is said on a node by others than its processes: by Java code, by requests, and by any
 * application on the same Vert.x at two addresses of its event bus. The node's system process
 * journals it and owes it. Safe on every thread.
 */
final class OutsideBus implements Outlet {

  /** Dead letters of one process that are looked through; more it does not keep by default. */
  private static final int LETTERS_MAX = 500;

  private final LocalRuntime runtime;
  private final AgentEventBus events;
  private final MessageBroker messages;
  private final List<MessageConsumer<Object>> consumers = new ArrayList<>();

  OutsideBus(LocalRuntime runtime) {
    this.runtime = runtime;
    this.events = new AgentEventBus(runtime.factories().bus(), this, this::onLoop);
    this.messages = new MessageBroker(runtime.factories().bus(), this, this::onLoop);
  }

  private void onLoop(Runnable task) {
    runtime.loop().runOnContext(ignored -> task.run());
  }

  AgentEventBus events() {
    return events;
  }

  MessageBroker messages() {
    return messages;
  }

  @Override
  public Future<Receipt> say(Emission emission, String source, @Nullable String key) {
    String problem = Topics.problemOfName(source);
    if (problem != null) {
      return Future.failedFuture(bad("source, " + problem));
    }
    boolean taken =
        ProcessName.isValid(source) && runtime.factories().bus().has(new ProcessName(source));
    if (taken) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "source, expected=not the name of a process, which alone speaks under it, actual="
              + Json.quote(source)));
    }
    return runtime.killSwitch().isOn()
        ? Future.failedFuture(new RuntimeFault(
            ErrorCode.KILLED,
            "nothing is accepted: all work of the node was ended by an operator, lift it with:"
                + " start --all --lift"))
        : say(emission, source, key, Emission.Voice.OPERATOR);
  }

  /**
   * Says what the node itself knows of its processes. It may carry what they have read, so that
   * nobody takes it for the word of an operator.
   */
  Future<Receipt> tell(String type, Json data) {
    try {
      return say(Emissions.event(type, data), "java", null, Emission.Voice.TAINTED);
    } catch (RuntimeFault refusal) {
      return Future.failedFuture(refusal);
    }
  }

  private Future<Receipt> say(
      Emission emission, String source, @Nullable String key, Emission.Voice voice) {
    AgentProcess node = runtime.system();
    return node == null
        ? Future.failedFuture(new RuntimeFault(ErrorCode.STARTING, "the node is starting"))
        : node.say(emission, source, key, voice);
  }

  /** Messages that nobody took, of every process here and of the node, by a topic pattern. */
  Future<Json> deadMessages(String pattern, int limit) {
    String problem = Topics.problemOfPattern(pattern);
    if (problem != null) {
      return Future.failedFuture(bad("topic, " + problem));
    }
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    List<Future<Void>> all = new ArrayList<>();
    for (AgentProcess process : runtime.everyone()) {
      all.add(process
          .deadLetters(LETTERS_MAX, null)
          .<Void>map(page -> {
            collect(process.name(), page, pattern, found);
            return null;
          })
          // One whose journal is broken says nothing now.
          .otherwiseEmpty());
    }
    return Future.join(all).map(done -> {
      found.sort(Comparator.comparing(letter -> String.valueOf(letter.get("dead_lettered_at"))));
      return Json.of(Map.of(
          "dead_letters", found.subList(0, Math.min(limit, found.size())),
          "total", found.size()));
    });
  }

  private static void collect(
      ProcessName process, Json page, String pattern, List<Map<String, @Nullable Object>> found) {
    if (page.object().get("dead_letters") instanceof List<?> letters) {
      for (Object letter : letters) {
        if (letter instanceof Map<?, ?> fields
            && "message".equals(fields.get("kind"))
            && Topics.matches(pattern, String.valueOf(fields.get("name")))) {
          Map<String, @Nullable Object> shown = new LinkedHashMap<>();
          shown.put("process", process.value());
          fields.forEach((key, value) -> shown.put(String.valueOf(key), value));
          found.add(shown);
        }
      }
    }
  }

  // --- Any application on this Vert.x

  /** Begins to listen; on the loop. */
  void listen() {
    consumers.add(runtime.vertx().eventBus().localConsumer(Addresses.EVENTS, this::event));
    consumers.add(runtime.vertx().eventBus().localConsumer(Addresses.MESSAGES, this::message));
  }

  /** Ends listening; on the loop. */
  Future<Void> silence() {
    List<Future<Void>> ends =
        consumers.stream().map(MessageConsumer::unregister).toList();
    consumers.clear();
    return Future.join(ends).mapEmpty();
  }

  private void event(Message<Object> message) {
    answer(
        message,
        List.of("type", "data", "source", "key"),
        body -> events.emit(
            text(body, "type"), Json.of(body.get("data")), source(body), optional(body, "key")));
  }

  private void message(Message<Object> message) {
    List<String> known =
        List.of("topic", "content", "priority", "ttl_seconds", "ordering_key", "source", "key");
    answer(
        message,
        known,
        body -> messages.publish(
            text(body, "topic"),
            Json.of(body.get("content")),
            Emissions.options(
                whole(body, "priority"),
                whole(body, "ttl_seconds"),
                optional(body, "ordering_key")),
            source(body),
            optional(body, "key")));
  }

  private static void answer(
      Message<Object> message,
      List<String> known,
      Function<Map<String, @Nullable Object>, Future<Receipt>> say) {
    Future<Receipt> said;
    try {
      Map<String, @Nullable Object> body = body(message.body()).object();
      for (String name : body.keySet()) {
        if (!known.contains(name)) {
          throw bad("field " + Json.quote(name) + ", expected one of " + known);
        }
      }
      said = say.apply(body);
    } catch (RuntimeFault refusal) {
      said = Future.failedFuture(refusal);
    }
    said.onSuccess(receipt ->
            message.reply(new JsonObject().put("id", receipt.id()).put("takers", receipt.takers())))
        .onFailure(cause -> {
          Failure failure = Failure.of(cause);
          message.fail(failure.code().status(), failure.toString());
        });
  }

  private static Json body(@Nullable Object body) {
    Json json = body instanceof JsonObject object
        ? Json.parse(object.encode())
        : body instanceof Buffer buffer
            ? Json.parse(buffer.getBytes())
            : body instanceof String text ? Json.parse(text) : Json.NULL;
    if (!json.isObject()) {
      throw bad("body, expected=a JSON object");
    }
    return json;
  }

  private static String source(Map<String, @Nullable Object> body) {
    String source = optional(body, "source");
    return source == null ? "vertx" : source;
  }

  private static String text(Map<String, @Nullable Object> body, String name) {
    String text = optional(body, name);
    if (text == null) {
      throw bad("field " + name + " is missing");
    }
    return text;
  }

  private static @Nullable String optional(Map<String, @Nullable Object> body, String name) {
    Object value = body.get(name);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    throw bad("field " + name + ", expected=a text");
  }

  private static @Nullable Long whole(Map<String, @Nullable Object> body, String name) {
    Object value = body.get(name);
    if (value == null || value instanceof Long) {
      return (Long) value;
    }
    throw bad("field " + name + ", expected=a whole number");
  }

  private static RuntimeFault bad(String message) {
    return new RuntimeFault(ErrorCode.INVALID_REQUEST, message);
  }
}
