package dev.agentruntime.core;

import java.util.Locale;

/** Where a process is in its life. The legal moves between them are {@code process.Lifecycle}'s. */
public enum ProcessState {
  /** Known, never started. */
  CREATED,
  /** Its triggers and its model are being set up. */
  STARTING,
  /** Takes triggers and runs invocations. */
  RUNNING,
  /** Takes triggers, runs nothing until every cause of suspension is gone. */
  SUSPENDED,
  /** Has open runs, and every one of them waits for somebody's answer. */
  AWAITING,
  /** Takes no new work; its runs are being ended. */
  STOPPING,
  /** Ended by an operator, a policy or its manifest; keeps its inbox and its history. */
  STOPPED,
  /** Ended by failures; keeps its inbox and its history. */
  FAILED;

  /** The lower-case word used in the journal and in every answer. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads {@link #word()}.
   *
   * @throws IllegalArgumentException when no state has that word
   */
  public static ProcessState of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
