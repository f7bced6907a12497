package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files dropped in a burst, a kill in the middle, changes while the node is down. */
class EachFileFiresOnceIT {

  private static final int FILES = 5000;
  private static final String WATCHER = "watcher";

  @TempDir
  Path directory;

  private Site site;
  private Path drop;

  @BeforeEach
  void settle() throws IOException {
    site = new Site(directory.resolve("site"), "http://127.0.0.1:1");
    drop = Files.createDirectory(directory.resolve("drop"));
    site.write("watcher.agent", """
        version: "1.0"
        name: watcher
        model: echo
        instructions: Echo.
        triggers:
          - type: file_watch
            id: drop
            watch_path: %s
            watch_patterns: ["*.csv"]
            settle: 200ms
            rescan: 5s
        config:
          concurrency: 8
        """.formatted(drop));
  }

  private void write(String name) throws IOException {
    Files.writeString(drop.resolve(name), "1,2\n");
  }

  private static void awaitAccepted(NodeApi api, long count) {
    OnASite.await(
        count + " accepted",
        () ->
            ((Number) api.status(WATCHER).getOrDefault("accepted_count", 0L)).longValue() >= count);
  }

  @Test
  void overAKillInTheMiddle() throws IOException {
    try (RuntimeProcess node = site.startReady("inbox.afterSync:halt@1500")) {
      for (int i = 0; i < FILES; i++) {
        write("f" + i + ".csv");
      }
      assertTrue(node.awaitEnd(OnASite.MOMENT), "the failpoint was not reached");
    }
    write("down.csv");
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api();
      awaitAccepted(api, FILES + 1);
      write("last.csv");
      awaitAccepted(api, FILES + 2);
      OnASite.await("nothing left to do", () -> api.isIdle(WATCHER));
      node.stop();
    }
    assertEquals(FILES + 2, fired());
    // Once more: the baseline of the clean stop knows them all.
    try (RuntimeProcess node = site.startReady("")) {
      write("after.csv");
      awaitAccepted(node.api(), FILES + 3);
      node.stop();
    }
    assertEquals(FILES + 3, fired());
  }

  /** How many events were accepted, each of another file. */
  private int fired() {
    Set<String> names = new HashSet<>();
    int events = 0;
    for (JournalEntry entry : Books.read(site.journal()).of(WATCHER)) {
      if (entry.data() instanceof EntryData.TriggerAccepted accepted) {
        events++;
        names.add(String.valueOf(accepted.event().payload().object().get("relative")));
      }
    }
    assertEquals(events, names.size(), "a file fired twice");
    return events;
  }
}
