package dev.agentruntime.watch;

import static dev.agentruntime.watch.WatchFixture.config;
import static dev.agentruntime.watch.WatchFixture.firing;
import static dev.agentruntime.watch.WatchFixture.usual;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.TriggerConfig.WatchPolicy;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.TriggerEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTriggerTest {

  private static final Duration SETTLED = Duration.ofMillis(1300);
  private static final Duration MINUTE = Duration.ofMinutes(1).plusSeconds(3);

  @TempDir
  Path base;

  private WatchFixture watch;

  @BeforeEach
  void fixture() {
    watch = new WatchFixture(base);
  }

  @Test
  void makesTheDirectoryAndFiresForANewFileOnceItKeepsStill() {
    watch.start(config());
    assertTrue(Files.isDirectory(watch.root));
    watch.write("a.csv", "1,2");
    watch.tell("a.csv");
    watch.advance(Duration.ofMillis(900));
    assertEquals(List.of(), watch.fires());
    watch.advance(Duration.ofMillis(400));
    assertEquals(List.of("created a.csv"), watch.fires());
    TriggerEvent event = watch.sink.events().get(0);
    Map<String, @Nullable Object> payload = event.payload().object();
    assertEquals(watch.root + "/a.csv", payload.get("path"));
    assertEquals("a.csv", payload.get("filename"));
    assertEquals(List.of("created"), payload.get("event_types"));
    assertEquals(3L, payload.get("size"));
    assertEquals("2026-03-01T09:00:01Z", payload.get("mtime"));
    assertEquals("in", event.metadata().object().get("watch_path"));
    assertEquals(List.of("*"), event.metadata().object().get("patterns"));
    assertEquals(false, event.trusted());
    watch.advance(MINUTE);
    assertEquals(1, watch.sink.offers());
  }

  @Test
  void findsWhatTheSystemDidNotTell() {
    watch.start(config());
    watch.write("deep/down/a.csv", "1");
    watch.advance(MINUTE);
    assertEquals(List.of("created deep/down/a.csv"), watch.fires());
  }

  @Test
  void readsAllAfterAnOverflow() {
    watch.start(config());
    watch.write("a", "1");
    watch.write("b/c", "1");
    watch.listener().overflowed();
    watch.advance(SETTLED);
    assertEquals(List.of("created a", "created b/c"), watch.fires());
  }

  @Test
  void waitsUntilAFileIsWritten() {
    watch.start(config());
    for (int i = 0; i < 10; i++) {
      watch.write("a", "1".repeat(i + 1));
      watch.tell("a");
      watch.advance(Duration.ofMillis(600));
    }
    assertEquals(List.of(), watch.fires());
    watch.advance(SETTLED);
    assertEquals(List.of("created a"), watch.fires());
    Map<String, @Nullable Object> payload = watch.sink.events().get(0).payload().object();
    assertEquals(10L, payload.get("size"));
    assertEquals(List.of("created", "modified"), payload.get("event_types"));
  }

  @Test
  void mergesToOneNetEvent() {
    watch.write("changed", "1");
    watch.write("gone", "1");
    watch.write("back", "1");
    watch.start(config("created", "modified", "deleted", "moved"));
    watch.write("changed", "2");
    watch.write("changed", "3");
    watch.delete("gone");
    watch.write("shortlived", "1");
    watch.tell("changed", "gone", "shortlived");
    watch.advance(Duration.ofMillis(150));
    watch.delete("shortlived");
    watch.tell("shortlived");
    watch.advance(SETTLED);
    assertEquals(List.of("deleted gone", "modified changed"), watch.fires());
  }

  @Test
  void knowsAMoveByTheFile() {
    watch.write("a", "1");
    watch.start(config("created", "modified", "deleted", "moved"));
    watch.move("a", "b");
    watch.tell("a", "b");
    watch.advance(SETTLED);
    assertEquals(List.of("moved b"), watch.fires());
    assertEquals(
        watch.root + "/a", watch.sink.events().get(0).payload().object().get("from"));
    watch.advance(MINUTE);
    assertEquals(1, watch.sink.offers());
  }

  @Test
  void takesAMoveForBothWhenMovesAreNotAskedFor() {
    watch.write("a", "1");
    watch.start(config("created", "deleted"));
    watch.move("a", "b");
    watch.advance(MINUTE);
    assertEquals(List.of("deleted a", "created b"), watch.fires());
  }

  @Test
  void firesOnlyWhatIsAskedFor() {
    watch.write("old", "1");
    watch.start(config("modified"));
    watch.write("new", "1");
    watch.delete("old");
    watch.advance(MINUTE);
    assertEquals(List.of(), watch.fires());
    watch.write("new", "2");
    watch.advance(MINUTE);
    assertEquals(List.of("modified new"), watch.fires());
  }

  @Test
  void heedsPatterns() {
    watch.start(config(usual(), List.of("*.csv", "in/*.txt")));
    watch.write("a.csv", "1");
    watch.write("in/b.csv", "1");
    watch.write("in/c.txt", "1");
    watch.write("c.txt", "1");
    watch.advance(MINUTE);
    assertEquals(List.of("created a.csv", "created in/b.csv", "created in/c.txt"), watch.fires());
  }

  @Test
  void staysOnTopWhenItIsNotRecursive() {
    WatchPolicy flat = new WatchPolicy(
        false, usual().debounce(), usual().settle(), false, usual().rescan(), false);
    watch.start(config(flat, List.of("*")));
    watch.write("a", "1");
    watch.write("deep/b", "1");
    watch.tell("a", "deep", "deep/b");
    watch.advance(MINUTE);
    assertEquals(List.of("created a"), watch.fires());
  }

  @Test
  void firesWhatIsThereAtTheVeryFirstStartWhenAskedTo() {
    watch.write("a", "1");
    FileWatchTrigger first = watch.start(config(firing(), List.of("*")));
    watch.advance(SETTLED);
    assertEquals(List.of("created a"), watch.fires());
    assertTrue(first.stop().succeeded());
    watch.start(config(firing(), List.of("*")));
    watch.advance(MINUTE);
    assertEquals(1, watch.sink.offers());
  }

  @Test
  void firesWhatHappenedWhileItWasDown() {
    watch.write("kept", "1");
    watch.write("changed", "1");
    watch.write("gone", "1");
    FileWatchTrigger first = watch.start(config("created", "modified", "deleted"));
    assertTrue(first.stop().succeeded());
    watch.write("changed", "2");
    watch.write("new", "1");
    watch.delete("gone");
    watch.start(config("created", "modified", "deleted"));
    watch.advance(SETTLED);
    assertEquals(List.of("deleted gone", "modified changed", "created new"), watch.fires());
  }

  @Test
  void firesNothingTwiceWhenItWasKilledBeforeTheBaseline() {
    watch.write("changed", "1");
    watch.write("gone", "1");
    watch.start(config("created", "modified", "deleted"));
    watch.write("changed", "2");
    watch.write("new", "1");
    watch.delete("gone");
    watch.listener().overflowed();
    watch.advance(SETTLED);
    assertEquals(3, watch.sink.offers());
    // Killed: no stop, so no baseline since the first one.
    watch.start(config("created", "modified", "deleted"));
    watch.advance(SETTLED);
    assertEquals(6, watch.sink.offers());
    assertEquals(List.of("deleted gone", "modified changed", "created new"), watch.fires());
    watch.advance(MINUTE);
    assertEquals(3, watch.sink.events().size());
  }

  @Test
  void firesADeletionOnceThoughAVersionCameBetween() {
    watch.write("a", "1");
    watch.start(config("modified", "deleted"));
    watch.write("a", "22");
    watch.advance(MINUTE);
    watch.delete("a");
    // Too early for the next baseline.
    watch.listener().overflowed();
    watch.advance(SETTLED);
    assertEquals(List.of("modified a", "deleted a"), watch.fires());
    watch.start(config("modified", "deleted"));
    watch.advance(SETTLED);
    assertEquals(List.of("modified a", "deleted a"), watch.fires());
  }

  @Test
  void offersTheRestWhenTheInboxHasRoomAgain() {
    watch.start(config());
    for (int i = 0; i < 200; i++) {
      watch.write("f" + i, "1");
    }
    ErrorCode[] full = new ErrorCode[8];
    Arrays.fill(full, ErrorCode.INBOX_FULL);
    watch.sink.refuse(full);
    watch.listener().overflowed();
    watch.advance(Duration.ofSeconds(30));
    assertEquals(200, watch.sink.events().size());
    assertEquals(208, watch.sink.offers());
  }

  @Test
  void keepsOneNetChangeOfAPathWhileNothingIsTaken() {
    watch.start(config());
    ErrorCode[] full = new ErrorCode[1000];
    Arrays.fill(full, ErrorCode.INBOX_FULL);
    watch.sink.refuse(full);
    for (int i = 0; i < 20; i++) {
      watch.write("a", "1".repeat(i + 1));
      watch.tell("a");
      watch.advance(Duration.ofSeconds(3));
    }
    assertEquals(List.of(), watch.fires());
    watch.sink.refuse();
    watch.advance(Duration.ofHours(2));
    assertEquals(List.of("created a"), watch.fires());
    assertEquals(20L, watch.sink.events().get(0).payload().object().get("size"));
  }

  @Test
  void seesAChangeThatComesWhileAnOfferIsOnItsWay() {
    watch.start(config());
    watch.sink.hold();
    watch.write("a", "1");
    watch.tell("a");
    watch.advance(SETTLED);
    watch.write("a", "22");
    watch.tell("a");
    watch.advance(SETTLED);
    assertEquals(1, watch.sink.offers());
    watch.sink.letGo();
    watch.advance(SETTLED);
    assertEquals(List.of("created a", "modified a"), watch.fires());
  }

  @Test
  void waitsForADirectoryThatIsAwayAndTakesNothingForDeleted() throws IOException {
    watch.write("a", "1");
    watch.write("b", "1");
    watch.start(config("created", "modified", "deleted"));
    Path aside = base.resolve("aside");
    Files.move(watch.root, aside);
    watch.advance(MINUTE);
    assertEquals(List.of(), watch.fires());
    Files.move(aside, watch.root);
    watch.delete("b");
    watch.advance(Duration.ofSeconds(10));
    assertEquals(List.of("deleted b"), watch.fires());
  }

  @Test
  void listensToTheDirectoryThatTookThePlace() throws IOException {
    watch.start(config());
    assertEquals(1, watch.opened);
    Files.move(watch.root, base.resolve("aside"));
    Files.createDirectory(watch.root);
    watch.advance(MINUTE);
    assertEquals(2, watch.opened);
    assertEquals(1, watch.closed);
  }

  @Test
  void aDirectoryThatIsAwayAtARestartIsNotMadeAnew() throws IOException {
    watch.write("a", "1");
    FileWatchTrigger first = watch.start(config("created", "deleted"));
    assertTrue(first.stop().succeeded());
    Path aside = base.resolve("aside");
    Files.move(watch.root, aside);
    watch.start(config("created", "deleted"));
    watch.advance(MINUTE);
    assertTrue(Files.notExists(watch.root));
    Files.move(aside, watch.root);
    watch.write("b", "1");
    watch.advance(Duration.ofSeconds(10));
    assertEquals(List.of("created b"), watch.fires());
  }

  @Test
  void looksOftenWhenTheSystemOffersNoWatches() {
    watch.deaf = true;
    watch.start(config());
    watch.write("a", "1");
    watch.advance(Duration.ofSeconds(8));
    assertEquals(List.of("created a"), watch.fires());
    watch.deaf = false;
    watch.advance(Duration.ofSeconds(6));
    assertEquals(1, watch.opened);
  }

  @Test
  void listensAgainWhenTheWatchEnded() {
    watch.start(config());
    watch.listener().ended();
    watch.advance(Duration.ofSeconds(1));
    assertEquals(2, watch.opened);
  }

  @Test
  void pollsWithoutListening() {
    WatchPolicy polling =
        new WatchPolicy(true, Duration.ZERO, Duration.ZERO, false, Duration.ofSeconds(2), true);
    watch.start(config(polling, List.of("*")));
    watch.write("a", "1");
    watch.advance(Duration.ofSeconds(3));
    assertEquals(List.of("created a"), watch.fires());
    assertEquals(0, watch.opened);
  }

  @Test
  void aWiderPatternMakesNoNewsOfWhatWasThere() {
    watch.write("a.csv", "1");
    watch.write("b.txt", "1");
    FileWatchTrigger first = watch.start(config(usual(), List.of("*.csv")));
    assertTrue(first.stop().succeeded());
    watch.write("new.csv", "1");
    FileWatchTrigger second = watch.start(config(usual(), List.of("*.csv", "*.txt")));
    watch.advance(SETTLED);
    assertEquals(List.of("created new.csv"), watch.fires());
    watch.write("b.txt", "2");
    watch.advance(MINUTE);
    assertEquals(List.of("created new.csv", "modified b.txt"), watch.fires());
    assertTrue(second.stop().succeeded());
    watch.start(config(usual(), List.of("*.txt"), "created", "deleted"));
    watch.advance(MINUTE);
    assertEquals(2, watch.sink.events().size());
  }

  @Test
  void anotherDirectoryUnderTheSameIdBeginsAnew() {
    watch.write("a", "1");
    FileWatchTrigger first = watch.start(config("created", "deleted"));
    assertTrue(first.stop().succeeded());
    var other = new dev.agentruntime.config.TriggerConfig.FileWatch(
        "files",
        "elsewhere",
        List.of("*"),
        List.of("created", "deleted"),
        usual(),
        dev.agentruntime.config.TriggerConfig.Rules.NONE);
    watch.start(other);
    watch.advance(MINUTE);
    assertEquals(List.of(), watch.fires());
  }

  @Test
  void stopsForGood() {
    FileWatchTrigger trigger = watch.start(config());
    watch.write("a", "1");
    watch.tell("a");
    assertTrue(trigger.stop().succeeded());
    watch.advance(MINUTE);
    assertEquals(0, watch.sink.offers());
    assertEquals(0, watch.timers.pending());
    assertEquals(1, watch.closed);
  }

  @Test
  void cannotWatchAFile() throws IOException {
    Files.writeString(watch.root, "no directory");
    var started = watch.trigger(config()).start(watch.sink);
    assertTrue(started.failed());
    assertTrue(String.valueOf(started.cause().getMessage()).contains("expected=a directory"));
  }

  @Test
  void aBurstOfFiveThousandFilesFiresEachOnce() {
    watch.start(config());
    for (int i = 0; i < 5000; i++) {
      watch.write("f" + i + ".csv", "1");
    }
    watch.listener().overflowed();
    watch.advance(Duration.ofSeconds(10));
    assertEquals(5000, watch.sink.offers());
    assertEquals(5000, new HashSet<>(watch.fires()).size());
    List<String> names = new ArrayList<>(watch.fires());
    assertEquals("created f0.csv", names.get(0));
    // Killed in the middle of a baseline or not: it knows them all again.
    watch.start(config());
    watch.advance(MINUTE);
    assertEquals(5000, watch.sink.events().size());
  }
}
