package dev.agentruntime.runtime;

import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.process.AgentProcess;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What became of something that was asked of every process.
 *
 * @param done those that did it
 * @param unchanged those for which there was nothing to do
 * @param failed the others, and why
 */
public record Sweep(
    List<ProcessName> done, List<ProcessName> unchanged, Map<ProcessName, Failure> failed) {

  /** Keeps unmodifiable copies. */
  public Sweep {
    done = List.copyOf(done);
    unchanged = List.copyOf(unchanged);
    failed = Collections.unmodifiableMap(new TreeMap<>(failed));
  }

  /** {@code {"done":[...],"unchanged":[...],"failed":[{"name","code","detail"}]}}. */
  public Json json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("done", done.stream().map(ProcessName::value).toList());
    all.put("unchanged", unchanged.stream().map(ProcessName::value).toList());
    all.put(
        "failed",
        failed.entrySet().stream()
            .map(each -> Map.of(
                "name", each.getKey().value(),
                "code", each.getValue().code().name(),
                "detail", each.getValue().message()))
            .toList());
    return Json.of(all);
  }

  /** Asks all of them at once; a step that is null is none. */
  static Future<Sweep> over(
      List<AgentProcess> processes,
      BiFunction<AgentProcess, ProcessState, @Nullable Future<Void>> step) {
    Map<ProcessName, Future<Boolean>> answers = new TreeMap<>();
    for (AgentProcess process : processes) {
      answers.put(process.name(), process.deployed().compose(now -> {
        Future<Void> asked = step.apply(process, now.state());
        return asked == null ? Future.succeededFuture(false) : asked.map(true);
      }));
    }
    return Future.join(List.copyOf(answers.values())).transform(ended -> {
      List<ProcessName> done = new ArrayList<>();
      List<ProcessName> unchanged = new ArrayList<>();
      Map<ProcessName, Failure> failed = new TreeMap<>();
      answers.forEach((name, answer) -> {
        if (answer.failed()) {
          failed.put(name, Failure.of(answer.cause()));
        } else {
          (answer.result() ? done : unchanged).add(name);
        }
      });
      return Future.succeededFuture(new Sweep(done, unchanged, failed));
    });
  }
}
