package dev.agentruntime.mcp;

import dev.agentruntime.child.Child;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.Timers;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Messages to and from a child process, a line each. The SDK's own transport hands the whole
 * environment down, stops hearing at the first line that is no message, and tells nobody when the
 * child has ended; this one does none of that. Three threads belong to each child: pipes block.
 * Safe on every thread.
 */
final class ChildTransport implements McpClientTransport {

  /** Longest message of a server, in bytes. */
  static final int LINE_MAX = 8 << 20;

  /** Lines in a row that are no message before the child is given up. */
  static final int STRAY_MAX = 1_000;

  private static final int UNSENT_MAX = 1_000;
  private static final byte[] END = new byte[0];

  private final Child child;
  private final McpJsonMapper mapper;
  private final Around around;
  private final BlockingQueue<byte[]> unsent = new ArrayBlockingQueue<>(UNSENT_MAX);
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private final AtomicReference<@Nullable Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>>>
      handler = new AtomicReference<>();

  /**
   * What is around it.
   *
   * @param who for the log
   * @param lost told once, when the child cannot be spoken to any more
   * @param blocking for what blocks for a moment
   */
  record Around(
      String who, Timers timers, Consumer<String> lost, Executor blocking, Redactor given) {}

  ChildTransport(Child child, McpJsonMapper mapper, Around around) {
    this.child = child;
    this.mapper = mapper;
    this.around = around;
  }

  @Override
  public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> told) {
    return Mono.fromRunnable(() -> {
      if (handler.compareAndSet(null, told)) {
        thread("in", () -> hear(told));
        thread("err", this::hearErrors);
        thread("out", this::speak);
      }
    });
  }

  private void thread(String name, Runnable task) {
    Thread thread = new Thread(task, "mcp-" + around.who() + "-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void hear(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> told) {
    Lines lines = new Lines(child.process().getInputStream(), LINE_MAX);
    Chatter chatter = new Chatter(around.who() + " stdout", around.timers(), around.given());
    String why = null;
    int stray = 0;
    try {
      String line = lines.next();
      while (line != null && why == null && !ended.get()) {
        JSONRPCMessage message = lines.wasTooLong() ? null : message(line);
        if (lines.wasTooLong()) {
          why = "it wrote a message of more than " + LINE_MAX + " bytes";
        } else if (message != null) {
          stray = 0;
          told.apply(Mono.just(message)).subscribe();
        } else if (!line.isBlank()) {
          chatter.line(line);
          stray++;
          why = stray < STRAY_MAX ? null : "it does not speak the protocol on its output";
        }
        line = why == null ? lines.next() : null;
      }
    } catch (IOException e) {
      why = "its output broke: " + e.getMessage();
    }
    over(why);
  }

  private @Nullable JSONRPCMessage message(String line) {
    try {
      return McpSchema.deserializeJsonRpcMessage(mapper, line);
    } catch (IOException | IllegalArgumentException notOne) {
      return null;
    }
  }

  private void hearErrors() {
    Lines lines = new Lines(child.process().getErrorStream(), Chatter.SEARCHED_MAX);
    Chatter chatter = new Chatter(around.who(), around.timers(), around.given());
    try {
      for (String line = lines.next(); line != null; line = lines.next()) {
        chatter.line(line);
      }
    } catch (IOException e) {
      chatter.line("its log broke: " + e.getMessage());
    }
  }

  private void speak() {
    try (OutputStream out = child.process().getOutputStream()) {
      for (byte[] line = unsent.take(); line != END; line = unsent.take()) {
        out.write(line);
        out.flush();
      }
    } catch (IOException e) {
      over(child.ending() == null ? "its input broke: " + e.getMessage() : null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It cannot be spoken to any more; without a reason, the child's end is one. */
  private void over(@Nullable String why) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    unsent.clear();
    boolean unused = unsent.offer(END);
    if (why != null) {
      around.blocking().execute(child::kill);
      around.lost().accept(why);
      return;
    }
    // Its output ends a moment before it does.
    var unusedEnd = child
        .exited()
        .completeOnTimeout(child.process(), Child.GRACE.toMillis(), TimeUnit.MILLISECONDS)
        .thenAccept(any -> {
          String ending = child.ending();
          around.lost().accept(ending == null ? "it closed its output" : ending);
        });
  }

  @Override
  public Mono<Void> sendMessage(JSONRPCMessage message) {
    return Mono.fromRunnable(() -> {
      byte[] line;
      try {
        line = (mapper.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new NotSentException("the message cannot be written: " + e.getMessage());
      }
      if (ended.get()) {
        String ending = child.ending();
        throw new NotSentException(ending == null ? "the server has ended" : ending);
      }
      if (!unsent.offer(line)) {
        throw new NotSentException("the server does not read what it is sent");
      }
    });
  }

  /** Ends the child; completes when it has ended, with all it had started. */
  @Override
  public Mono<Void> closeGracefully() {
    return Mono.defer(() -> {
      ended.set(true);
      if (closing.compareAndSet(false, true)) {
        var unusedEnd = child
            .end(around.timers(), around.blocking(), () -> {
              unsent.clear();
              boolean unused = unsent.offer(END);
            })
            .whenComplete((none, cause) -> gone.complete(null));
      }
      return Mono.fromFuture(gone, true);
    });
  }

  @Override
  public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
    return mapper.convertValue(data, type);
  }
}
