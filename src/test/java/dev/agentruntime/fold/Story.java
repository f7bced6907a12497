package dev.agentruntime.fold;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.manifest.ManifestReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells an image entries, one after the other, with a clock that is set by hand. */
final class Story {

  static final ProcessId ID = new ProcessId(new ProcessName("told"), 1);

  final ProcessImage image = new ProcessImage(ID);
  final List<JournalEntry> told = new ArrayList<>();
  Instant now = Instant.parse("2026-05-04T12:00:00Z");
  long epoch = 1;

  static ProcessConfig config(ProcessConfig.Context context) {
    return new ProcessConfig(
        ID.name(),
        "echo",
        null,
        "",
        List.of(),
        Map.of(),
        context,
        ProcessConfig.Level.CHECKPOINT,
        ProcessConfig.Run.DEFAULT,
        ProcessConfig.Delivery.DEFAULT,
        ProcessConfig.Restarts.DEFAULT,
        Map.of());
  }

  /** A process that is deployed and runs. */
  static Story running() {
    Story story = new Story();
    story.deploy(1, ProcessConfig.Context.DEFAULT);
    story.move(ProcessState.STARTING);
    story.move(ProcessState.RUNNING);
    return story;
  }

  void tell(EntryData data) {
    JournalEntry entry = new JournalEntry(ID, image.sequence() + 1, epoch, now, data);
    image.apply(entry);
    told.add(entry);
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  void deploy(int version, ProcessConfig.Context context) {
    Manifest manifest = ManifestReader.of(config(context));
    tell(new DeployEntry.ProcessDeployed(
        manifest.resolved(), manifest.digest(), version, "code", null));
  }

  void move(ProcessState to) {
    tell(new EntryData.StateTransition(image.state(), to, "told", List.of()));
  }

  TriggerEvent event(String id, @Nullable String key) {
    return new TriggerEvent(id, "hook", "webhook", now, Json.of(id), Json.EMPTY, key, false);
  }

  void accept(String id) {
    tell(new EntryData.TriggerAccepted(event(id, null)));
  }

  InvocationId begin(String event) {
    InvocationId id = new InvocationId("run-" + event);
    begin(id, event, 1);
    return id;
  }

  void begin(InvocationId id, String event, int attempt) {
    int version = image.deployment() == null ? 1 : image.deployment().entry().version();
    tell(new EntryData.InvocationStart(id, List.of(event), attempt, version, "", Map.of()));
  }

  InvocationId acceptAndBegin(String event) {
    accept(event);
    return begin(event);
  }

  void reply(InvocationId id, int turn, String text) {
    tell(new EntryData.ModelReply(
        id, turn, new Message.Assistant(text, List.of()), new Message.Usage(2, 1), "", null));
  }

  void write(InvocationId id, int ordinal, String key, @Nullable Object value, @Nullable Long was) {
    tell(new EntryData.ToolResult(
        id,
        ordinal,
        "context_set",
        ToolOutcome.OK,
        "",
        List.of(new ContextWrite(key, value == null ? null : Json.of(value), was)),
        List.of()));
  }

  void settle(InvocationId id, Outcome outcome) {
    OpenRun run = image.runs().get(id);
    tell(new EntryData.InvocationResult(
        id,
        outcome,
        Message.Usage.NONE,
        1,
        outcome == Outcome.COMPLETED ? null : new Failure(ErrorCode.INTERNAL, "told"),
        run == null ? List.of() : run.stepSequences()));
  }

  /** The image that a replay of everything told comes to. */
  ProcessImage replayed() {
    ProcessImage fresh = new ProcessImage(ID);
    told.forEach(fresh::apply);
    return fresh;
  }
}
