package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Message;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.process.HandProcess.Asked;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The summary of a conversation is a step like any: once, counted, and over crashes. */
final class SummaryTest {

  /** Three exchanges behind it, of which four messages are to be kept: one is due. */
  private static HandProcess due() {
    HandProcess process = HandProcess.running(summarised());
    for (int i = 1; i <= 3; i++) {
      wake(process, "q" + i);
      process.say("a" + i);
    }
    return process;
  }

  /** Keeps four messages, and a summary of those before. */
  static ProcessConfig summarised() {
    ProcessConfig usual = HandProcess.config(ProcessConfig.Run.DEFAULT);
    return new ProcessConfig(
        usual.name(),
        usual.model(),
        null,
        usual.instructions(),
        usual.triggers(),
        usual.world(),
        new ProcessConfig.Context(List.of(), 0, true, 4, 0, true, "", Map.of()),
        usual.level(),
        usual.run(),
        usual.delivery(),
        usual.restarts(),
        usual.tools());
  }

  private static void wake(HandProcess process, String payload) {
    var offered = process.offer(payload);
    process.flush();
    assertTrue(offered.succeeded());
  }

  private static Asked next(HandProcess process) {
    assertEquals(1, process.asked.size());
    return process.asked.get(0);
  }

  private static String replies(List<Message> messages) {
    return messages.stream()
        .filter(Message.Assistant.class::isInstance)
        .map(message -> ((Message.Assistant) message).text())
        .collect(Collectors.joining(" "));
  }

  private static String said(HandProcess process) {
    return replies(process.image().conversation().messages());
  }

  private static EntryData.InvocationResult last(HandProcess process) {
    List<EntryData.InvocationResult> all = process.entries(EntryData.InvocationResult.class);
    return all.get(all.size() - 1);
  }

  @Test
  void isAskedForBeforeTheFirstTurnAndCounted() {
    HandProcess process = due();
    wake(process, "q4");
    assertEquals(0, next(process).request().turn());
    assertEquals(List.of(), next(process).request().tools());
    String shown = next(process).request().messages().get(1).toString();
    assertTrue(shown.contains("you: a1") && shown.contains("you: a2"), shown);
    assertTrue(!shown.contains("a3"), "the newest half is left as it is");
    process.say("in short");
    assertEquals(1, next(process).request().turn());
    assertEquals("in short a3", replies(next(process).request().messages()));
    process.say("a4");

    assertEquals("in short a3 a4", said(process));
    assertEquals(Outcome.COMPLETED, last(process).outcome());
    assertEquals(6, last(process).usage().input(), "two replies of 3");
    assertEquals(4, last(process).usage().output());
    String digest = ImageDigest.of(process.image());
    process.restart(true);
    assertEquals(digest, ImageDigest.of(process.image()));
  }

  @Test
  void isNotAskedForAgainAfterACrash() {
    HandProcess process = due();
    wake(process, "q4");
    process.say("in short");
    process.restart(false);
    process.flush();
    assertEquals(1, next(process).request().turn());
    assertEquals("in short a3", replies(next(process).request().messages()));
    process.say("a4");
    assertEquals("in short a3 a4", said(process));
    assertEquals(6, last(process).usage().input());
  }

  @Test
  void isAskedForAgainWhenACrashTookIt() {
    HandProcess process = due();
    wake(process, "q4");
    process.restart(false);
    process.flush();
    assertEquals(0, next(process).request().turn());
    process.say("in short");
    process.say("a4");
    assertEquals("in short a3 a4", said(process));
  }

  @Test
  void holdsThoughItsRunFails() {
    HandProcess process = due();
    wake(process, "q4");
    process.say("in short");
    process.breakModel();
    assertEquals(Outcome.FAILED, last(process).outcome());
    assertEquals("in short a3", said(process));
    wake(process, "q5");
    assertEquals(1, next(process).request().turn());
  }

  @Test
  void aModelThatGivesNoneDoesNotKeepTheRunFromItsWork() {
    HandProcess process = due();
    wake(process, "q4");
    process.breakModel();
    assertEquals(1, next(process).request().turn());
    assertEquals("a2 a3", replies(next(process).request().messages()), "the oldest is left out");
    process.want("look", "{}");
    process.restart(false);
    process.flush();
    assertTrue(
        process.asked.stream().allMatch(asked -> asked.request().turn() != 0),
        "a run that went on without one does not ask again");
    process.called.remove(0).promise().complete(dev.agentruntime.tool.Tool.Reply.ok("seen"));
    process.flush();
    process.say("a4");
    assertEquals("a1 a2 a3 a4", said(process), "nothing was lost");
    wake(process, "q5");
    assertEquals(0, next(process).request().turn(), "the next run tries again");
  }

  @Test
  void repliesThatAreNoSummaryAreRejectedAndCounted() {
    HandProcess process = due();
    wake(process, "q4");
    process.say(" ");
    process.want("look", "{}");
    process.say("");
    assertEquals(1, next(process).request().turn());
    process.say("a4");
    assertEquals("a1 a2 a3 a4", said(process));
    assertEquals(12, last(process).usage().input(), "four replies of 3");
    assertTrue(process.called.isEmpty());
  }

  @Test
  void aStopForgetsNothing() {
    HandProcess process = due();
    SimWorld.later(process.kernel().stop("test"));
    process.flush();
    SimWorld.later(process.start());
    process.flush();
    assertEquals("a1 a2 a3", said(process));
  }
}
