package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.langchain4j.exception.ToolArgumentsException;
import dev.langchain4j.exception.ToolExecutionException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A method of an object as a tool. It runs on a thread of its own; safe on every thread. */
final class JavaTool implements Tool {

  private final Object bean;
  private final Method method;
  private final ToolDefinition definition;
  private final List<JavaParameter> parameters;
  private final Duration timeout;

  JavaTool(
      Object bean,
      Method method,
      ToolDefinition definition,
      List<JavaParameter> parameters,
      Duration timeout) {
    this.bean = bean;
    this.method = method;
    this.definition = definition;
    this.parameters = parameters;
    this.timeout = timeout;
  }

  @Override
  public ToolDefinition definition() {
    return definition;
  }

  @Override
  public Future<Reply> call(Call call) {
    @Nullable Object[] arguments = new @Nullable Object[parameters.size()];
    try {
      Map<String, @Nullable Object> given = call.arguments().object();
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = parameters.get(i).value(given, call);
      }
    } catch (RuntimeFault refused) {
      return Future.succeededFuture(Reply.error(refused.failure().message()));
    }
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    try {
      Runnable interrupt = Workers.shared().run(() -> {
        if (!answer.isDone()) {
          invoke(arguments, answer);
        }
      });
      call.cancel().onCancel(() -> {
        if (answer.completeExceptionally(
            new RuntimeFault(ErrorCode.CANCELLED, "nobody waits for " + definition.name()))) {
          interrupt.run();
        }
      });
      return timed(answer, interrupt);
    } catch (RejectedExecutionException full) {
      return Future.succeededFuture(
          Reply.error("Nothing was done, try again later: " + full.getMessage()));
    }
  }

  private Future<Reply> timed(CompletableFuture<Reply> answer, Runnable interrupt) {
    Promise<Reply> promise = Promise.promise();
    var unused = answer
        .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((reply, cause) -> {
          if (cause instanceof TimeoutException) {
            interrupt.run();
            promise.fail(new RuntimeFault(
                ErrorCode.TOOL_TIMEOUT,
                definition.name() + " did not answer within " + timeout.toMillis() + " ms"));
          } else if (cause != null) {
            promise.fail(cause);
          } else {
            promise.complete(reply);
          }
        });
    return promise.future();
  }

  private void invoke(@Nullable Object[] arguments, CompletableFuture<Reply> answer) {
    try {
      Object result = method.invoke(bean, arguments);
      answer.complete(Reply.ok(text(result)));
    } catch (InvocationTargetException e) {
      thrown(e.getCause() == null ? e : e.getCause(), answer);
    } catch (IllegalAccessException | RuntimeException e) {
      thrown(e, answer);
    }
  }

  /** What a method says of itself is an answer; anything else leaves open whether it acted. */
  private void thrown(Throwable cause, CompletableFuture<Reply> answer) {
    if (cause instanceof ToolExecutionException
        || cause instanceof ToolArgumentsException
        || cause instanceof IllegalArgumentException) {
      answer.complete(Reply.error(
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()));
    } else {
      answer.completeExceptionally(
          new RuntimeFault(ErrorCode.TOOL_FAILED, definition.name() + " threw " + cause, cause));
    }
  }

  private String text(@Nullable Object result) {
    if (method.getReturnType() == void.class) {
      return "Done.";
    }
    if (result instanceof String text) {
      return text;
    }
    return result instanceof Json json
        ? json.toString()
        : result == null ? "null" : dev.langchain4j.internal.Json.toJson(result);
  }
}
