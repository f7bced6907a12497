package dev.agentruntime.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.codec.Entries;
import dev.agentruntime.entry.EntryData;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JournalKindsTest {

  @Test
  void holdsEachKindThatTheJournalKnows() {
    assertEquals(
        Entries.everyKind().stream()
            .map(EntryData::kind)
            .collect(Collectors.toCollection(TreeSet::new)),
        JournalKinds.ALL);
  }
}
