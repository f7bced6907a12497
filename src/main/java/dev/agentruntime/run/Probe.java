package dev.agentruntime.run;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Resolution;
import dev.agentruntime.time.Timers;
import dev.agentruntime.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Asks a read-only tool what became of a call in doubt. The tool is given
 *
 * <pre>
 * {"tool":"charge","effect_key":"...","arguments":{...}}
 * </pre>
 *
 * and answers {@code {"outcome":"landed","result":"..."}} or {@code {"outcome":"did_not_happen"}}.
 * Any other answer, and none, is tried again a few times; then an operator is asked. Owned by: the
 * process's context.
 */
public final class Probe {

  /** Tries before an operator is asked. */
  public static final int TRIES_MAX = 4;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private final String name;
  private final EntryData.ToolCall call;
  private final Timers timers;
  private final Function<Json, Future<Tool.Reply>> ask;

  /**
   * A probe of one call.
   *
   * @param name of the probing tool
   * @param ask calls it with these arguments
   */
  Probe(
      String name, EntryData.ToolCall call, Timers timers, Function<Json, Future<Tool.Reply>> ask) {
    this.name = name;
    this.call = call;
    this.timers = timers;
    this.ask = ask;
  }

  /** The arguments a probe is given. */
  private Json arguments() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("tool", call.request().tool());
    all.put("effect_key", call.key());
    String written = call.request().arguments();
    all.put("arguments", written.isBlank() ? Map.of() : Json.parse(written).value());
    return Json.of(all);
  }

  /** The word on the call; fails when the probe does not know. */
  Future<EntryData.EffectResolved> run() {
    return attempt(1);
  }

  private Future<EntryData.EffectResolved> attempt(int count) {
    return ask.apply(arguments()).compose(this::word).recover(cause -> {
      if (count >= TRIES_MAX) {
        return Future.failedFuture(cause);
      }
      Promise<EntryData.EffectResolved> again = Promise.promise();
      Timers.Armed ignored = timers.after(
          FIRST_PAUSE.multipliedBy(1L << (count - 1)), () -> attempt(count + 1).onComplete(again));
      return again.future();
    });
  }

  private Future<EntryData.EffectResolved> word(Tool.Reply reply) {
    if (reply.error()) {
      return Future.failedFuture("the probe " + name + " answered: " + reply.text());
    }
    try {
      Map<String, @Nullable Object> said = Json.parse(reply.text()).object();
      String outcome = String.valueOf(said.get("outcome")).toUpperCase(Locale.ROOT);
      if (outcome.equals("LANDED") || outcome.equals("DID_NOT_HAPPEN")) {
        Object result = said.get("result");
        return Future.succeededFuture(new EntryData.EffectResolved(
            call.invocation(),
            call.key(),
            Resolution.valueOf(outcome),
            result == null
                ? null
                : result instanceof String text ? text : Json.of(result).toString(),
            "probe " + name));
      }
      return Future.failedFuture("the probe " + name + " does not know");
    } catch (RuntimeFault notJson) {
      return Future.failedFuture(notJson);
    }
  }
}
