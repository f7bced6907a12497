package dev.agentruntime.fold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.Outcome;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.manifest.ManifestReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

final class ProcessImageTest {

  private static String context(Story story) {
    return story.image.context().toJson().toString();
  }

  /** The event that is to run next. */
  private static String next(Story story) {
    return story.image.queue().next(story.now) instanceof EventQueue.Next.Run run
        ? run.events().get(0).id()
        : "";
  }

  @Test
  void oneEntryCommitsARun() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    story.reply(run, 1, "hello");
    story.write(run, 1, "a", 1, null);
    assertEquals("{}", context(story), "nothing holds before the commit");
    assertEquals(List.of(), story.image.conversation().messages());
    assertEquals(1, story.image.queue().size());
    story.settle(run, Outcome.COMPLETED);

    assertEquals("{\"a\":1}", context(story));
    assertEquals(2, story.image.conversation().messages().size());
    assertEquals(0, story.image.queue().size());
    assertEquals(0, story.image.queue().bytes());
    assertEquals(1, story.image.settled());
    assertTrue(story.image.runs().isEmpty());
  }

  @Test
  void aFailedRunLeavesNothingBehind() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    story.reply(run, 1, "hello");
    story.write(run, 1, "a", 1, null);
    story.settle(run, Outcome.FAILED);

    assertEquals("{}", context(story));
    assertEquals(List.of(), story.image.conversation().messages());
    assertEquals(1, story.image.consecutiveFailures());
    assertEquals(0, story.image.queue().size(), "its event is settled all the same");
  }

  @Test
  void aRunSeesItsBaseAndItsOwnWrites() {
    Story story = Story.running();
    story.accept("e1");
    story.accept("e2");
    InvocationId first = story.begin("e1");
    InvocationId second = story.begin("e2");
    story.write(first, 1, "a", "first", null);
    OpenRun other = present(story.image.runs().get(second));
    story.settle(first, Outcome.COMPLETED);
    story.write(second, 1, "b", "second", null);

    assertEquals("{\"b\":\"second\"}", other.view().toJson().toString());
    assertNull(other.base().context().get("a"), "it is pinned to what was when it began");
    assertEquals(List.of(), other.base().conversation().messages());
  }

  private static <T> T present(@Nullable T value) {
    Assertions.assertNotNull(value);
    return Objects.requireNonNull(value);
  }

  @Test
  void writesOfParallelRunsMergePerKeyInTheOrderOfTheirCommits() {
    Story story = Story.running();
    story.accept("e1");
    story.accept("e2");
    InvocationId first = story.begin("e1");
    InvocationId second = story.begin("e2");
    story.write(second, 1, "both", "second", null);
    story.write(first, 1, "both", "first", null);
    story.write(first, 2, "one", 1, null);
    story.write(second, 2, "two", 2, null);
    story.settle(second, Outcome.COMPLETED);
    story.settle(first, Outcome.COMPLETED);

    assertEquals("{\"both\":\"first\",\"two\":2,\"one\":1}", context(story));
    assertEquals(2, story.image.context().version("both"));
  }

  @Test
  void aConditionalWriteClaimsItsKeyUntilTheRunSettles() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    story.write(run, 1, "free", 1, null);
    story.write(run, 2, "mine", 1, 0L);
    OpenRun open = present(story.image.runs().get(run));

    assertTrue(open.claims("mine"));
    assertEquals(false, open.claims("free"));
    assertTrue(open.wrote("free"));
  }

  @Test
  void theConversationIsCutToWholeExchanges() {
    Story story = new Story();
    story.deploy(1, new ProcessConfig.Context(List.of(), 4, true));
    story.move(ProcessState.STARTING);
    story.move(ProcessState.RUNNING);
    for (int i = 1; i <= 3; i++) {
      InvocationId run = story.acceptAndBegin("e" + i);
      story.reply(run, 1, "reply " + i);
      story.settle(run, Outcome.COMPLETED);
    }

    List<Message> messages = story.image.conversation().messages();
    assertEquals(4, messages.size());
    assertEquals(new Message.Assistant("reply 2", List.of()), messages.get(1));
    assertEquals(new Message.Assistant("reply 3", List.of()), messages.get(3));
  }

  @Test
  void keepsNoConversationWhenToldSo() {
    Story story = new Story();
    story.deploy(1, new ProcessConfig.Context(List.of(), 100, false));
    InvocationId run = story.acceptAndBegin("e1");
    story.reply(run, 1, "hello");
    story.settle(run, Outcome.COMPLETED);

    assertEquals(List.of(), story.image.conversation().messages());
  }

  private static ProcessConfig.Context summarising(int messages) {
    return new ProcessConfig.Context(List.of(), 0, true, messages, 0, true, "", Map.of());
  }

  private static String said(Story story) {
    return story.image.conversation().messages().stream()
        .filter(Message.Assistant.class::isInstance)
        .map(message -> ((Message.Assistant) message).text())
        .collect(Collectors.joining(" "));
  }

  private static Story talkative() {
    Story story = new Story();
    story.deploy(1, summarising(4));
    story.move(ProcessState.STARTING);
    story.move(ProcessState.RUNNING);
    for (int i = 1; i <= 3; i++) {
      InvocationId run = story.acceptAndBegin("e" + i);
      story.reply(run, 1, "reply" + i);
      story.settle(run, Outcome.COMPLETED);
    }
    return story;
  }

  @Test
  void aSummaryTakesThePlaceOfWhatItIsAboutAtOnceAndWhateverBecomesOfItsRun() {
    Story story = talkative();
    InvocationId run = story.acceptAndBegin("e4");
    story.reply(run, 0, "in short");
    assertEquals("in short reply3", said(story));
    assertEquals(
        6, present(story.image.runs().get(run)).base().conversation().messages().size());
    story.settle(run, Outcome.FAILED);

    assertEquals("in short reply3", said(story));
    assertEquals(ImageDigest.of(story.image), ImageDigest.of(story.replayed()));
  }

  @Test
  void aSummaryIsNoReplyOfItsRun() {
    Story story = talkative();
    InvocationId run = story.acceptAndBegin("e4");
    story.reply(run, 0, "in short");
    assertNull(present(story.image.runs().get(run)).lastReply());
    story.reply(run, 1, "reply4");
    story.settle(run, Outcome.COMPLETED);
    assertEquals("in short reply3 reply4", said(story));
  }

  @Test
  void ofTwoSummariesOfTheSameTheFirstHolds() {
    Story story = talkative();
    story.accept("e4");
    story.accept("e5");
    InvocationId first = story.begin("e4");
    InvocationId second = story.begin("e5");
    story.reply(second, 0, "second");
    story.reply(first, 0, "first");
    assertEquals("second reply3", said(story));
  }

  @Test
  void aConversationIsClearedUnderAnOpenRun() {
    Story story = talkative();
    InvocationId run = story.acceptAndBegin("e4");
    story.tell(new EntryData.ContextUpdate(List.of(), "api", true));
    assertEquals("", said(story));
    story.reply(run, 0, "in short");
    story.reply(run, 1, "reply4");
    story.settle(run, Outcome.COMPLETED);

    assertEquals("reply4", said(story), "what it summarised is not there any more");
    assertEquals(ImageDigest.of(story.image), ImageDigest.of(story.replayed()));
  }

  @Test
  void aManifestThatWantsNoConversationEndsIt() {
    Story story = talkative();
    InvocationId run = story.acceptAndBegin("e4");
    story.deploy(2, new ProcessConfig.Context(List.of(), 100, false));
    assertEquals("", said(story));
    story.reply(run, 1, "reply4");
    story.settle(run, Outcome.COMPLETED);
    assertEquals("", said(story), "also that of a run which began before");
    story.deploy(3, ProcessConfig.Context.DEFAULT);
    InvocationId next = story.acceptAndBegin("e5");
    story.reply(next, 1, "reply5");
    story.settle(next, Outcome.COMPLETED);

    assertEquals("reply5", said(story));
    assertEquals(ImageDigest.of(story.image), ImageDigest.of(story.replayed()));
  }

  @Test
  void knowsWhoChangedWhat() {
    Story story = Story.running();
    story.tell(
        new EntryData.ContextUpdate(List.of(new ContextWrite("a", Json.of("api"), null)), "api"));
    InvocationId run = story.acceptAndBegin("e1");
    story.write(run, 1, "a", "agent", null);
    assertEquals(1, story.image.trail().changes("a").size(), "nothing holds before the commit");
    story.settle(run, Outcome.COMPLETED);
    story.tell(new EntryData.ContextUpdate(List.of(new ContextWrite("a", null, null)), "api"));

    assertEquals(
        List.of("1 \"api\" api null", "2 \"agent\" agent run-e1", "2 null api null"),
        story.image.trail().changes("a").stream()
            .map(change -> change.version() + " " + change.value() + " " + change.source() + " "
                + (change.invocation() == null ? null : change.invocation().value()))
            .toList());
    story.tell(
        new EntryData.ContextUpdate(List.of(new ContextWrite("a", Json.of("new"), null)), "api"));
    assertEquals(3, story.image.context().version("a"), "a version never comes twice");
    assertEquals(ImageDigest.of(story.image), ImageDigest.of(story.replayed()));
  }

  @Test
  void aRunEndsOnTheManifestItBeganWith() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    story.deploy(2, ProcessConfig.Context.DEFAULT);
    story.deploy(3, ProcessConfig.Context.DEFAULT);
    assertEquals(1, present(story.image.deployment(1)).entry().version());
    assertNull(story.image.deployment(2), "no run is pinned to it");
    story.settle(run, Outcome.COMPLETED);

    assertNull(story.image.deployment(1));
    assertEquals(3, present(story.image.deployment()).entry().version());
  }

  @Test
  void keepsTheHeadsOfTheNewestTwenty() {
    Story story = Story.running();
    for (int i = 1; i <= 25; i++) {
      story.settle(story.acceptAndBegin("e" + i), Outcome.COMPLETED);
    }

    assertEquals(20, story.image.heads().size());
    assertEquals("run-e25", story.image.heads().getFirst().id().value());
    assertEquals("run-e6", story.image.heads().getLast().id().value());
    RunHead newest = story.image.heads().getFirst();
    assertEquals(newest.first() + 1, newest.last());
  }

  @Test
  void takesQueuedEventsInOrderAndKnowsWhatRuns() {
    Story story = Story.running();
    story.accept("e1");
    story.accept("e2");
    story.accept("e3");
    InvocationId run = story.begin("e1");
    assertEquals("e2", next(story));
    assertEquals(2, story.image.queue().waiting());
    story.tell(new EntryData.TriggerSettled(List.of("e2"), "expired", "told"));

    assertEquals("e3", next(story));
    assertEquals(1, story.image.queue().waiting());
    story.settle(run, Outcome.COMPLETED);
    assertEquals(1, story.image.queue().waiting());
  }

  @Test
  void remembersAKeyForSevenDays() {
    Story story = Story.running();
    story.tell(new EntryData.TriggerAccepted(story.event("e1", "k")));
    story.pass(Duration.ofDays(7));
    assertEquals("e1", present(find(story, "k")).eventId());
    story.pass(Duration.ofMillis(1));

    assertNull(find(story, "k"), "also when nothing came since");
    story.tell(new EntryData.TriggerAccepted(story.event("e2", "other")));
    assertEquals(1, story.image.dedup().size(), "and it takes no room");
  }

  @Test
  void aKeyThatComesAgainAfterItWasForgottenIsTheNewest() {
    Story story = Story.running();
    story.tell(new EntryData.TriggerAccepted(story.event("e1", "k")));
    story.pass(Duration.ofDays(6));
    story.tell(new EntryData.TriggerAccepted(story.event("e2", "other")));
    story.pass(Duration.ofDays(2));
    story.tell(new EntryData.TriggerAccepted(story.event("e3", "k")));
    story.pass(Duration.ofDays(6));
    story.tell(new EntryData.TriggerAccepted(story.event("e4", "last")));

    assertEquals("e3", present(find(story, "k")).eventId());
    assertEquals(2, story.image.dedup().size());
  }

  @Test
  void remembersTheNewestHundredThousandKeysOfATrigger() {
    Story story = Story.running();
    for (int i = 0; i <= Dedup.KEYS_MAX; i++) {
      story.image.apply(new JournalEntry(
          Story.ID,
          story.image.sequence() + 1,
          1,
          story.now,
          new EntryData.TriggerAccepted(story.event("e" + i, "k" + i))));
    }

    assertEquals(Dedup.KEYS_MAX, story.image.dedup().size());
    assertNull(find(story, "k0"));
    assertEquals("e1", present(find(story, "k1")).eventId());
  }

  private static Dedup.@Nullable Known find(Story story, String key) {
    return story.image.dedup().find(story.event("asked", key));
  }

  @Test
  void aStartBeginsANewCountOfFailures() {
    Story story = Story.running();
    story.settle(story.acceptAndBegin("e1"), Outcome.FAILED);
    story.settle(story.acceptAndBegin("e2"), Outcome.FAILED);
    assertEquals(2, story.image.consecutiveFailures());
    story.move(ProcessState.FAILED);
    assertEquals(2, story.image.consecutiveFailures());
    story.move(ProcessState.STARTING);

    assertEquals(0, story.image.consecutiveFailures());
  }

  @Test
  void countsRunningTimeByItsEntries() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    OpenRun open = present(story.image.runs().get(run));
    story.pass(Duration.ofSeconds(3));
    story.reply(run, 1, "thinking");
    story.pass(Duration.ofSeconds(2));
    story.move(ProcessState.SUSPENDED);
    story.pass(Duration.ofHours(1));
    story.move(ProcessState.RUNNING);
    assertEquals(Duration.ofSeconds(5), open.ran(), "not while it is suspended");
    story.move(ProcessState.AWAITING);
    story.pass(Duration.ofHours(1));
    story.move(ProcessState.RUNNING);
    assertEquals(Duration.ofSeconds(5), open.ran(), "not while it waits");
    story.pass(Duration.ofHours(1));
    story.begin(run, "e1", 2);
    story.pass(Duration.ofSeconds(1));
    story.reply(run, 2, "again");

    assertEquals(Duration.ofSeconds(6), open.ran(), "not while the node was down");
    assertEquals(2, open.attempt());
    story.pass(Duration.ofSeconds(4));
    assertEquals(Duration.ofSeconds(10), open.ranUntil(story.now));
  }

  @Test
  void refusesEntriesThatCannotFollow() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    story.settle(run, Outcome.COMPLETED);
    long next = story.image.sequence() + 1;

    refuses(
        story,
        new JournalEntry(Story.ID, next + 1, 1, story.now, new DeployEntry.ProcessRemoved("")));
    refuses(
        story, new JournalEntry(Story.ID, next, 0, story.now, new DeployEntry.ProcessRemoved("")));
    assertThrows(RuntimeFault.class, () -> story.settle(run, Outcome.COMPLETED));
    Story second = Story.running();
    assertThrows(RuntimeFault.class, () -> second.begin("nothing"));
    Story third = Story.running();
    assertThrows(RuntimeFault.class, () -> third.reply(run, 1, "of no run"));
    Story fourth = Story.running();
    assertThrows(RuntimeFault.class, () -> fourth.move(ProcessState.STOPPED));
  }

  private static void refuses(Story story, JournalEntry entry) {
    RuntimeFault refused = assertThrows(RuntimeFault.class, () -> story.image.apply(entry));
    assertEquals(ErrorCode.JOURNAL_CORRUPT, refused.code());
  }

  @Test
  void aReplayComesToTheSameDigestAndAnotherStoryToAnother() {
    Story story = Story.running();
    InvocationId run = story.acceptAndBegin("e1");
    story.reply(run, 1, "hello");
    story.write(run, 1, "a", 1, null);
    story.tell(new EntryData.TriggerCursor("hook", Json.of(7)));
    assertEquals(ImageDigest.of(story.image), ImageDigest.of(story.replayed()));
    String before = ImageDigest.of(story.image);
    story.settle(run, Outcome.COMPLETED);

    assertNotEquals(before, ImageDigest.of(story.image));
    assertEquals(ImageDigest.of(story.image), ImageDigest.of(story.replayed()));
  }

  /** Journals of before pin the text of what was left to a run: it is told that, and no more. */
  @Test
  void whatAnEntryPinsOfTheBudgetIsToldAsItIs() {
    Story story = Story.running();
    ProcessConfig config = Story.config(ProcessConfig.Context.DEFAULT)
        .withGovernance(new ManifestReader(Map.<String, String>of()::get)
            .readYaml("name: told\nbudget: {max_runs_per_day: 9}\n", "t.agent", null, false)
            .config()
            .governance());
    Manifest manifest = ManifestReader.of(config);
    story.tell(
        new DeployEntry.ProcessDeployed(manifest.resolved(), manifest.digest(), 2, "code", null));
    InvocationId before = new InvocationId("before");
    story.accept("e1");
    story.tell(new EntryData.InvocationStart(
        before, List.of("e1"), 1, 2, "", Map.of(Purse.BLOCK, "runs_day: 8", "Time", "now")));
    OpenRun pinned = Objects.requireNonNull(story.image.runs().get(before));
    assertEquals(Map.of(Purse.BLOCK, "runs_day: 8", "Time", "now"), pinned.blocks());
    assertEquals("", pinned.base().budget());
    InvocationId after = new InvocationId("after");
    story.accept("e2");
    story.tell(
        new EntryData.InvocationStart(after, List.of("e2"), 1, 2, "", Map.of("Time", "now")));
    OpenRun derived = Objects.requireNonNull(story.image.runs().get(after));
    assertEquals(Map.of(Purse.BLOCK, "runs_day: 7", "Time", "now"), derived.blocks());
  }
}
