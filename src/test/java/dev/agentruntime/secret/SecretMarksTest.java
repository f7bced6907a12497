package dev.agentruntime.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SecretMarksTest {

  private static final SecretRef SOURCE = new SecretRef(SecretRef.Kind.ENV, "TOKEN");
  private static final SecretRef OTHER = new SecretRef(SecretRef.Kind.FILE, "token");
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);

  private final TreeMap<String, Json> cursors = new TreeMap<>();

  private void said(SecretAction action, SecretRef source, Instant time) {
    SecretMarks.apply(
        new SecretAccess("TOKEN", action.word(), "me", "", source.shown()), time, cursors);
  }

  private Duration left(SecretRef source, Duration after) {
    return SecretMarks.of(cursors).left("TOKEN", source, HOUR, START.plus(after));
  }

  @Test
  void whatIsLeftIsCountedFromTheFirstReading() {
    assertTrue(SecretMarks.of(cursors).unmarked("TOKEN", SOURCE));
    assertEquals(HOUR, left(SOURCE, HOUR));
    said(SecretAction.LOADED, SOURCE, START);
    assertFalse(SecretMarks.of(cursors).unmarked("TOKEN", SOURCE));
    assertEquals(Duration.ofMinutes(20), left(SOURCE, Duration.ofMinutes(40)));
    assertEquals(Duration.ZERO, left(SOURCE, HOUR.multipliedBy(2)));
    assertEquals(HOUR, left(SOURCE, HOUR.negated()), "a clock that went back gives no more");
    assertEquals(HOUR, left(OTHER, HOUR), "one from elsewhere has not begun");
    assertTrue(SecretMarks.of(cursors).unmarked("TOKEN", OTHER));
  }

  @Test
  void usingAndRevokingChangeNothingOfItAndRotatingEndsIt() {
    said(SecretAction.LOADED, SOURCE, START);
    said(SecretAction.USED, SOURCE, START.plus(HOUR));
    said(SecretAction.REVOKED, SOURCE, START.plus(HOUR));
    assertEquals(Duration.ZERO, left(SOURCE, HOUR));
    said(SecretAction.ROTATED, SOURCE, START.plus(HOUR));
    assertTrue(SecretMarks.of(cursors).unmarked("TOKEN", SOURCE));
    assertTrue(SecretMarks.of(cursors).revoked().isEmpty());
    said(SecretAction.LOADED, SOURCE, START.plus(HOUR));
    assertEquals(HOUR, left(SOURCE, HOUR));
  }
}
