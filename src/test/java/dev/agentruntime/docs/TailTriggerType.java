package dev.agentruntime.docs;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.Trigger;
import dev.agentruntime.trigger.TriggerContext;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerType;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The manual's type of trigger: fires for each line that is appended to a file. */
public final class TailTriggerType implements TriggerType {

  @Override
  public String name() {
    return "tail";
  }

  @Override
  public Trigger create(TriggerConfig.Custom config, TriggerContext context) {
    Path file = Path.of(String.valueOf(config.config().object().get("file")));
    return new Tail(config.id(), name(), file, context);
  }

  private record Tail(String id, String type, Path file, TriggerContext context)
      implements Trigger {

    // snippet: tail
    @Override
    public Future<Void> start(TriggerSink sink) {
      if (!Files.isRegularFile(file)) {
        throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "file, expected=a file, actual=" + file);
      }
      look(sink);
      return Future.succeededFuture();
    }

    private void look(TriggerSink sink) {
      Json cursor = sink.cursor(id);
      long seen = cursor == null ? 0 : (long) cursor.value();
      offer(sink, seen).onComplete(done -> {
        Timers.Armed unused = context.timers().after(Duration.ofSeconds(1), () -> look(sink));
      });
    }

    private Future<Void> offer(TriggerSink sink, long line) {
      List<String> lines = lines();
      return line >= lines.size()
          ? Future.succeededFuture()
          : sink.offer(context.event(Json.of(lines.get((int) line)), "line-" + line))
              .compose(taken -> sink.saveCursor(id, Json.of(line + 1)))
              .compose(saved -> offer(sink, line + 1));
    }

    @Override
    public Future<Void> stop() {
      return Future.succeededFuture(); // the timer is cancelled, as all that are still armed
    }
    // end: tail

    private List<String> lines() {
      try {
        return Files.readAllLines(file);
      } catch (IOException e) {
        return List.of(); // it is not there at the moment
      }
    }
  }
}
