package dev.agentruntime.verticle;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.tool.JavaTools;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerType;
import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The runtime as a deployed verticle sees it. What it registers holds from the moment the verticle
 * is deployed until it is undeployed or deployed anew, and goes away by itself.
 *
 * <p>{@code register...} may be called only while {@link RuntimeExtension#extend} runs; everything
 * else at any time until the verticle is undeployed, and from any thread. Afterwards all fail with
 * {@code ILLEGAL_TRANSITION}.
 */
public interface RuntimeAccess {

  /** The node it runs on. */
  NodeId node();

  /** What it is deployed as. */
  String name();

  /**
   * Offers tools to every agent of the node: implementations of {@link Tool}, and objects with
   * LangChain4j's {@code @Tool} on their methods, as {@link JavaTools} reads them. A manifest's own
   * tool of the same name goes before.
   *
   * @throws RuntimeFault INVALID_CONFIG when one is neither, or is malformed
   */
  void registerTools(Object... tools);

  /**
   * Registers a type of trigger, which manifests may name.
   *
   * @throws RuntimeFault INVALID_CONFIG when its name is none
   */
  void registerTrigger(TriggerType type);

  /**
   * Registers a model, which manifests call {@code custom:NAME}.
   *
   * @param name 1 to 64 letters, digits, dots, dashes and underscores
   */
  void registerModel(String name, ChatClient model);

  /** Emits an event in the name of the verticle; the id, when it is durable. */
  Future<String> emit(String type, Json data);

  /** Publishes a message in the name of the verticle; the id, when it is durable. */
  Future<String> publish(String topic, Json content);

  /**
   * Hears events live, on an event loop, which the handler must not block.
   *
   * @throws RuntimeFault INVALID_REQUEST when the pattern is none
   */
  void onEvent(String pattern, Consumer<Arrival> handler);

  /** Hears messages live, as {@link #onEvent}. */
  void onMessage(String pattern, Consumer<Arrival> handler);

  /**
   * Wakes a process by hand; durable when the future succeeds. Fails with PROCESS_NOT_FOUND, or as
   * any trigger does.
   *
   * @param dedupKey the same key wakes it once, null = always
   */
  Future<Accepted> trigger(String process, Json payload, @Nullable String dedupKey);

  /** The status of a process, as {@code GET /api/v1/processes/{name}} shows it. */
  Future<Json> status(String process);
}
