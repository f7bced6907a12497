package dev.agentruntime.process;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The world outside a simulated process: a model and tools whose calls wait until the simulation
 * ends them, and a ledger of what the tools did.
 */
final class SimOutside {

  private static final List<String> NAMES =
      List.of("charge", "charge", "put", "put", "look", "context_set", "nowhere");

  private final Random random;
  private final boolean insideJvm;
  private final List<Pending> pending = new ArrayList<>();
  private final Map<String, Integer> effects = new LinkedHashMap<>();
  private final Map<String, Integer> calls = new HashMap<>();
  private Consumer<ChatClient.ChatRequest> onAsked = request -> {};
  private Consumer<Tool.Call> onCalled = call -> {};
  private final Map<String, List<Json>> given = new HashMap<>();
  private boolean calm;
  private boolean asksPeople;

  SimOutside(Random random, boolean insideJvm) {
    this.random = random;
    this.insideJvm = insideJvm;
  }

  /** A call that has not ended; of a model when {@code tool} is null. */
  private record Pending(
      int turn, @Nullable Policy tool, String key, Promise<Object> promise, CancelSignal cancel) {}

  /** Tells of every request before it counts as made. */
  void watch(Consumer<ChatClient.ChatRequest> asked, Consumer<Tool.Call> called) {
    onAsked = asked;
    onCalled = called;
  }

  /** People are asked about charges: the model says how much, and charges more often. */
  void askPeople() {
    asksPeople = true;
  }

  boolean asksPeople() {
    return asksPeople;
  }

  /** From now on everything works. */
  void calm() {
    calm = true;
  }

  ChatClient model() {
    return new ChatClient() {
      @Override
      public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
        onAsked.accept(request);
        return begin(new Pending(request.turn(), null, "", Promise.promise(), cancel))
            .map(ChatReply.class::cast);
      }

      @Override
      public boolean insideJvm() {
        return insideJvm;
      }
    };
  }

  List<Tool> tools() {
    return List.of(
        tool("charge", Policy.IRREVERSIBLE),
        tool("put", Policy.IDEMPOTENT),
        tool("look", Policy.READ_ONLY));
  }

  private Tool tool(String name, Policy policy) {
    ToolDefinition definition = new ToolDefinition(name, name, Json.EMPTY, policy);
    return new Tool() {
      @Override
      public ToolDefinition definition() {
        return definition;
      }

      @Override
      public Future<Reply> call(Call call) {
        onCalled.accept(call);
        calls.merge(call.effectKey(), 1, Integer::sum);
        if (asksPeople && policy == Policy.IRREVERSIBLE) {
          given.computeIfAbsent(call.effectKey(), key -> new ArrayList<>()).add(call.arguments());
        }
        return begin(new Pending(0, policy, call.effectKey(), Promise.promise(), call.cancel()))
            .map(Reply.class::cast);
      }
    };
  }

  private Future<Object> begin(Pending call) {
    pending.add(call);
    if (random.nextBoolean()) {
      call.cancel.onCancel(() -> {
        if (pending.remove(call)) {
          mayHaveActed(call);
          call.promise.fail(new RuntimeFault(ErrorCode.CANCELLED, "cancelled"));
        }
      });
    }
    return call.promise.future();
  }

  private void mayHaveActed(Pending call) {
    if (random.nextBoolean()) {
      act(call);
    }
  }

  private void act(Pending call) {
    if (call.tool == Policy.IRREVERSIBLE) {
      effects.merge(call.key, 1, Integer::sum);
    } else if (call.tool == Policy.IDEMPOTENT) {
      effects.put(call.key, 1);
    }
  }

  boolean isQuiet() {
    return pending.isEmpty();
  }

  /** Calls in flight that somebody waits for. */
  int inFlight() {
    return (int) pending.stream().filter(call -> !call.cancel.isCancelled()).count();
  }

  /** Ends one call, one way or another. */
  void endOne() {
    if (pending.isEmpty()) {
      return;
    }
    Pending call = pending.remove(random.nextInt(pending.size()));
    if (call.tool == null) {
      answer(call);
    } else {
      end(call);
    }
  }

  private void end(Pending call) {
    int dice = calm ? 0 : random.nextInt(10);
    if (dice < 6) {
      act(call);
      call.promise.complete(Tool.Reply.ok("ok"));
    } else if (dice < 8) {
      call.promise.complete(Tool.Reply.error("no"));
    } else {
      mayHaveActed(call);
      call.promise.fail(new IllegalStateException("connection lost"));
    }
  }

  private void answer(Pending call) {
    int dice = random.nextInt(100);
    if (calm || (call.turn >= 4 && dice < 90)) {
      say(call, "done", List.of());
    } else if (dice < 40) {
      say(call, "done " + dice, List.of());
    } else if (dice < 90) {
      List<Message.ToolRequest> wanted = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        wanted.add(request(NAMES.get(random.nextInt(NAMES.size()))));
      }
      say(call, "", wanted);
    } else if (dice < 95) {
      say(call, " ", List.of());
    } else {
      call.promise.fail(new RuntimeFault(ErrorCode.MODEL_UNAVAILABLE, "503"));
    }
  }

  private Message.ToolRequest request(String tool) {
    if (asksPeople && !tool.equals("look") && !tool.equals("context_set")) {
      return new Message.ToolRequest(
          "c" + random.nextInt(1_000), "charge", "{\"amount\":" + random.nextInt(9) + "}");
    }
    String arguments = !tool.equals("context_set")
        ? "{}"
        : "{\"key\":\"k" + random.nextInt(3) + "\",\"value\":" + random.nextInt(9)
            + (random.nextInt(3) == 0 ? ",\"if_version\":" + random.nextInt(3) : "") + "}";
    return new Message.ToolRequest("c" + random.nextInt(1_000), tool, arguments);
  }

  private static void say(Pending call, String text, List<Message.ToolRequest> wanted) {
    call.promise.complete(
        new ChatClient.ChatReply(new Message.Assistant(text, wanted), new Message.Usage(3, 2)));
  }

  /** The process died: what it had asked for may or may not have happened; nobody hears of it. */
  void lost() {
    pending.forEach(this::mayHaveActed);
    pending.clear();
  }

  /** Whether a call under this key took effect; calls nobody waits for end first. */
  boolean happened(String key) {
    for (Pending call : List.copyOf(pending)) {
      if (call.key.equals(key)) {
        pending.remove(call);
        mayHaveActed(call);
      }
    }
    return effects.containsKey(key);
  }

  /** Key to how often it took effect. */
  Map<String, Integer> effects() {
    return effects;
  }

  /** What charges were called with, by key; kept when somebody is asked about them. */
  Map<String, List<Json>> given() {
    return given;
  }

  int calls(String key) {
    return calls.getOrDefault(key, 0);
  }
}
