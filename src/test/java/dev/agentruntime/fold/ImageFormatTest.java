package dev.agentruntime.fold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.Routing;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.OperatorEntry;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.GovernanceConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An image that was written and read is the same image, and goes on as the same. */
final class ImageFormatTest {

  private static final NodeId NODE = new NodeId("n");
  private static final GovernanceConfig BUDGET = new ManifestReader(Map.<String, String>of()::get)
      .readYaml("name: told\nbudget: {max_runs_per_day: 9}\n", "t.agent", null, false)
      .config()
      .governance();

  /** Tells what may be told at its place, as a seed has it. */
  private static final class Teller {
    private final Random random;
    private final Story story = new Story();
    private final List<InvocationId> open = new ArrayList<>();
    private int born;
    private int version;

    Teller(long seed) {
      random = new Random(seed);
    }

    void begin() {
      deploy();
      story.move(ProcessState.STARTING);
      story.move(ProcessState.RUNNING);
    }

    void deploy() {
      List<TriggerConfig> triggers = new ArrayList<>();
      for (String id : List.of("plain", "batch", "debounce", "replace")) {
        if (id.equals("plain") || random.nextInt(3) > 0) {
          triggers.add(new TriggerConfig.Cron(
              id, "0 0 * * *", "UTC", TriggerConfig.CronPolicy.DEFAULT, rules(id)));
        }
      }
      ProcessConfig config = new ProcessConfig(
              Story.ID.name(),
              "echo",
              null,
              "told \u20ac",
              triggers,
              Map.of("first", Json.of(List.of(1, 2.5))),
              new ProcessConfig.Context(List.of(), 6, random.nextInt(5) > 0),
              ProcessConfig.Level.CHECKPOINT,
              ProcessConfig.Run.DEFAULT,
              ProcessConfig.Delivery.DEFAULT,
              ProcessConfig.Restarts.DEFAULT,
              Map.of())
          .withGovernance(random.nextInt(3) == 0 ? GovernanceConfig.OFF : BUDGET);
      Manifest manifest = ManifestReader.of(config);
      story.tell(new DeployEntry.ProcessDeployed(
          manifest.resolved(), manifest.digest(), ++version, "code", null));
    }

    private static TriggerConfig.Rules rules(String id) {
      TriggerConfig.Batch batch = id.equals("batch")
          ? new TriggerConfig.Batch(3, Duration.ofSeconds(2))
          : TriggerConfig.Batch.NONE;
      return new TriggerConfig.Rules(
          "",
          id.equals("replace") ? TriggerConfig.OnBusy.CANCEL_RUNNING : TriggerConfig.OnBusy.QUEUE,
          id.equals("debounce") ? Duration.ofSeconds(1) : Duration.ZERO,
          batch);
    }

    void step() {
      story.pass(Duration.ofMillis(random.nextInt(900)));
      switch (random.nextInt(14)) {
        case 0, 1, 2, 3 -> accept();
        case 4, 5 -> start();
        case 6, 7, 8 -> work();
        case 9 -> settle();
        case 10 -> deploySometimes();
        case 11 -> say();
        case 12 -> lifeAndLetters();
        default -> other();
      }
    }

    private void deploySometimes() {
      if (random.nextInt(4) == 0) {
        deploy();
      }
    }

    private void accept() {
      String id = "e" + ++born;
      Routing.ReplyTo reply = random.nextInt(6) == 0
          ? new Routing.ReplyTo(NODE, new ProcessName("asker"), "key" + born)
          : null;
      Routing routing = new Routing(
          random.nextInt(3) == 0 ? random.nextInt(7) - 3 : 0,
          random.nextInt(5) == 0 ? story.now.plusSeconds(random.nextInt(4)) : null,
          random.nextInt(3) == 0 ? "lane" + random.nextInt(2) : null,
          random.nextInt(3),
          reply);
      String trigger = List.of("plain", "batch", "debounce", "replace").get(random.nextInt(4));
      story.tell(new EntryData.TriggerAccepted(new TriggerEvent(
          id,
          trigger,
          "cron",
          story.now,
          Json.parse("{\"a\": [1e400, -0.0, \"\\ud800\"], \"b\":\"" + id + "\"}"),
          Json.EMPTY,
          random.nextBoolean() ? null : "k" + random.nextInt(50),
          random.nextBoolean(),
          routing.equals(Routing.NONE) ? Routing.NONE : routing)));
    }

    private void start() {
      EventQueue.Next next = story.image.queue().next(story.now);
      if (next instanceof EventQueue.Next.Run run) {
        InvocationId id = new InvocationId("run" + ++born);
        List<String> events = run.events().stream().map(TriggerEvent::id).toList();
        story.tell(
            new EntryData.InvocationStart(id, events, 1, version, "", Map.of("time", "now")));
      } else if (next instanceof EventQueue.Next.Settle gone) {
        story.tell(new EntryData.TriggerSettled(gone.eventIds(), gone.outcome(), gone.reason()));
      }
    }

    private void work() {
      open.clear();
      open.addAll(story.image.runs().keySet());
      if (open.isEmpty()) {
        return;
      }
      InvocationId id = open.get(random.nextInt(open.size()));
      int ordinal = 1 + random.nextInt(5);
      switch (random.nextInt(6)) {
        case 0 -> story.reply(id, 1 + random.nextInt(3), "words \ud83d\ude00 " + born);
        case 1 -> story.write(id, ordinal, "c" + random.nextInt(4), born, null);
        case 2 -> story.write(id, ordinal, "c" + random.nextInt(4), null, 1L);
        case 3 ->
          story.tell(new EntryData.ToolCall(
              id,
              ordinal,
              new Message.ToolRequest("c", random.nextBoolean() ? OpenRun.ASK : "t", "{}"),
              id.effectKey(ordinal),
              ToolDefinition.Policy.IRREVERSIBLE,
              null));
        case 4 ->
          story.tell(new EntryData.EffectResolved(
              id, id.effectKey(ordinal), EntryData.Resolution.RETRY, null, "ops"));
        default ->
          story.tell(new EntryData.ToolResult(
              id,
              ordinal,
              "emit_event",
              EntryData.ToolOutcome.OK,
              "",
              List.of(),
              List.of(
                  new Emission(Emission.Kind.EVENT, "a.b", Json.of(born), Emission.Options.NONE))));
      }
    }

    private void settle() {
      open.clear();
      open.addAll(story.image.runs().keySet());
      if (!open.isEmpty()) {
        InvocationId id = open.get(random.nextInt(open.size()));
        int what = random.nextInt(5);
        if (what == 0) {
          story.tell(new EntryData.ErrorNoted(
              ErrorCode.TOOL_FAILED,
              "told",
              id,
              random.nextBoolean() ? null : story.now.plusSeconds(1)));
        } else if (what == 1) {
          String event =
              Objects.requireNonNull(story.image.runs().get(id)).events().get(0).id();
          story.tell(new EntryData.TriggerSettled(List.of(event), "cancelled", "told"));
        } else {
          story.settle(id, pick(List.of(Outcome.values())));
        }
      }
    }

    private void say() {
      Due due = new Due(NODE, new ProcessName("other"), "t", random.nextBoolean() ? "g" : null);
      Emission said = new Emission(
          Emission.Kind.MESSAGE,
          "topic",
          Json.of(born),
          new Emission.Options(2, Duration.ofMillis(5), "o"));
      String id = (random.nextBoolean() ? Outbox.KEYED : "") + ++born;
      story.tell(new EntryData.Emitted(
          id,
          said,
          "api",
          random.nextInt(3) == 0 ? List.of() : List.of(due),
          Emission.Voice.TAINTED));
      if (random.nextBoolean()) {
        story.tell(new EntryData.EffectDelivered(
            id,
            List.of(due),
            pick(List.of(EntryData.Delivery.values())),
            random.nextBoolean() ? List.of() : List.of(due)));
      }
    }

    private void lifeAndLetters() {
      switch (random.nextInt(5)) {
        case 0 -> {
          story.move(ProcessState.FAILED);
          story.tell(new EntryData.Restart(++born, EntryData.Restart.POLICY, false));
          story.move(ProcessState.STARTING);
          story.move(ProcessState.RUNNING);
        }
        case 1 -> story.tell(new EntryData.Restart(++born, "node start", false));
        case 2 -> {
          story.tell(new EntryData.StateTransition(
              ProcessState.RUNNING, ProcessState.SUSPENDED, "told", List.of("operator", "idle")));
          story.move(ProcessState.RUNNING);
        }
        default -> {
          List<String> ids = story.image.deadLetters().all().stream()
              .map(DeadLetters.DeadLetter::id)
              .toList();
          if (!ids.isEmpty()) {
            story.tell(new OperatorEntry.DeadLetterHandled(
                List.of(ids.get(0)),
                pick(List.of(OperatorEntry.DeadLetterAction.values())),
                random.nextBoolean(),
                "ops"));
          }
        }
      }
    }

    private <T> T pick(List<T> all) {
      return all.get(random.nextInt(all.size()));
    }

    private void other() {
      switch (random.nextInt(3)) {
        case 0 -> story.tell(new EntryData.TriggerCursor("plain", Json.of(Map.of("at", born))));
        case 1 -> story.tell(new EntryData.ToolSet("d" + born, Json.parse("[{}]"), null, null));
        default -> story.tell(new EntryData.ErrorNoted(ErrorCode.INTERNAL, "lone \ud800", null));
      }
    }
  }

  @Test
  void anImageThatWasWrittenIsReadTheSame() {
    for (long seed = 1; seed <= 40; seed++) {
      Teller teller = new Teller(seed);
      Same.afterWriting(teller.story.image);
      teller.begin();
      for (int i = 0; i < 120; i++) {
        try {
          teller.step();
          if (teller.random.nextInt(8) == 0) {
            Same.afterWriting(teller.story.image);
          }
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError("seed " + seed + " step " + i, e);
        }
      }
    }
  }

  @Test
  void anImageThatWasReadGoesOnAsTheOther() {
    for (long seed = 1; seed <= 20; seed++) {
      Teller teller = new Teller(seed);
      teller.begin();
      for (int i = 0; i < 60; i++) {
        teller.step();
      }
      ProcessImage read = Same.afterWriting(teller.story.image);
      int known = teller.story.told.size();
      for (int i = 0; i < 60; i++) {
        teller.step();
      }
      for (JournalEntry entry : teller.story.told.subList(known, teller.story.told.size())) {
        read.apply(entry);
      }
      // What a tell hands on is not part of the state.
      var unused = read.outbox().takeFresh();
      var unused2 = teller.story.image.outbox().takeFresh();
      assertEquals(Same.shown(teller.story.image), Same.shown(read), "seed " + seed);
    }
  }

  @Test
  void whatIsTakenDoesNotChangeAnyMore() {
    Teller teller = new Teller(7);
    teller.begin();
    for (int i = 0; i < 80; i++) {
      teller.step();
    }
    String before = Same.shown(teller.story.image);
    var taken = ImageWriter.capture(teller.story.image);
    for (int i = 0; i < 80; i++) {
      teller.step();
    }
    assertEquals(before, Same.shown(ImageReader.read(taken.get())));
  }

  /** What an earlier build wrote is read, and written again, byte for byte. */
  @Test
  void readsTheGoldenImage() throws IOException {
    String golden;
    try (InputStream in = ImageFormatTest.class.getResourceAsStream("/journals/v1/image.json")) {
      golden =
          new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8).strip();
    }
    ProcessImage image = ImageReader.read(Json.parse(golden));
    assertEquals(golden, ImageWriter.capture(image).get().toString());
  }

  @Test
  void refusesAnotherVersionByName() {
    String json = ImageWriter.capture(Story.running().image).get().toString();
    RuntimeFault refused = assertThrows(
        RuntimeFault.class,
        () -> ImageReader.read(Json.parse(json.replace("{\"image\":1", "{\"image\":2"))));
    assertEquals(ErrorCode.JOURNAL_FORMAT, refused.code());
    assertTrue(refused.toString().contains("actual=2"), refused::toString);
  }

  @Test
  void refusesWhatIsNoImage() {
    String json = ImageWriter.capture(Story.running().image).get().toString();
    for (String bad : List.of(
        "{}",
        json.replace("\"state\":\"running\"", "\"state\":\"flying\""),
        json.replace("\"context\":{", "\"context_\":{"),
        json.replace("\"born_at\":\"2026", "\"born_at\":\"x"))) {
      RuntimeFault refused =
          assertThrows(RuntimeFault.class, () -> ImageReader.read(Json.parse(bad)), bad);
      assertEquals(ErrorCode.JOURNAL_CORRUPT, refused.code());
    }
  }
}
