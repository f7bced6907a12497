package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

final class MemoryJournalTest extends JournalContract {

  @Override
  Journal open() {
    return new MemoryJournal();
  }

  @Test
  void itSaysThatItForgets() {
    assertFalse(journal.durable());
  }
}
