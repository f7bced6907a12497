package dev.agentruntime.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.local.JournalWords;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsoleTest {

  private final StringWriter out = new StringWriter();

  private Console console(boolean colours) {
    return new Console(new PrintWriter(out), new PrintWriter(new StringWriter()), colours);
  }

  @Test
  void whatMovesACursorIsEscaped() {
    assertEquals(
        "a\\u001b[2Jb\\u0007\\nc\\u009bd\\u202ee\\u2028",
        Console.printable("a\u001b[2Jb\u0007\nc\u009bd\u202ee\u2028"));
    assertEquals("a\\u200bb\\u2066\\ufeff\\u00ad", Console.printable("a\u200bb\u2066\ufeff\u00ad"));
    // In which whole texts can be hidden behind a letter, and what looks like nothing.
    assertEquals(
        "a\\ufe00\\ufe0f\\udb40\\udd00b\\u3164\\u115f",
        Console.printable("a\ufe00\ufe0f\udb40\udd00b\u3164\u115f"));
    assertEquals("\\udb40\\udc41", Console.printable(Character.toString(0xe0041)));
    assertEquals("grüße 😀", Console.printable("grüße 😀"));
    assertEquals("\\ud800", Console.printable("\ud800"));
  }

  @Test
  void columnsAreAsWideAsTheyNeed() {
    console(false)
        .table(
            List.of("NAME", "STATE"),
            List.of(List.of("a-long-one", "running"), List.of("b", "stopped")));
    assertEquals("NAME        STATE\na-long-one  running\nb           stopped\n", text());
  }

  @Test
  void statesHaveColoursOnATerminal() {
    console(true).table(List.of("STATE"), List.of(List.of("failed")));
    assertEquals("STATE\n\u001b[31mfailed\u001b[0m\n", text());
  }

  @Test
  void aTerminalWithoutColoursIsStillOne() {
    Console plain =
        new Console(new PrintWriter(out), new PrintWriter(new StringWriter()), true, false);
    assertTrue(plain.isTerminal());
    plain.table(List.of("STATE"), List.of(List.of("failed")));
    assertEquals("STATE\nfailed\n", text());
    plain.screen(List.of("one"), true);
    assertTrue(text().contains("\u001b[H"), this::text);
  }

  @Test
  void timesAreToldAsUnixTellsThem() {
    assertEquals("00:00", Values.elapsed(0));
    assertEquals("59:59", Values.elapsed(3_599));
    assertEquals("01:00:00", Values.elapsed(3_600));
    assertEquals("2-00:00:01", Values.elapsed(172_801));
  }

  @Test
  void aKeyIsHeard() {
    InputStream in = new ByteArrayInputStream(new byte[] {'q'});
    try (Keys keys = new Keys(in, () -> out.append("as before"))) {
      assertEquals('q', keys.within(Duration.ofSeconds(30)));
      assertEquals(Keys.NONE, keys.within(Duration.ofMillis(1)));
      Thread.currentThread().interrupt();
      assertEquals(Keys.ENDED, keys.within(Duration.ofSeconds(30)));
      assertTrue(Thread.interrupted());
    }
    assertEquals("as before", out.toString());
  }

  @Test
  void propertiesAreAligned() {
    console(false)
        .properties(Json.parse("{\"name\":\"a\",\"queue_size\":0,\"x\":[1]}").object());
    assertEquals("name:       a\nqueue_size: 0\nx:          [1]\n", text());
  }

  @Test
  void aDumbTerminalWantsNoColours() {
    assertFalse(Console.wantsColours(Map.of("TERM", "dumb")));
    assertFalse(Console.wantsColours(Map.of("TERM", "xterm", "NO_COLOR", "1")));
    assertFalse(Console.wantsColours(Map.of()));
  }

  @Test
  void aReaderThatWentAwayIsNoticed() {
    Writer closed = new Writer() {
      @Override
      public void write(char[] text, int from, int length) throws IOException {
        throw new IOException("Broken pipe");
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    Console console =
        new Console(new PrintWriter(closed), new PrintWriter(new StringWriter()), false);
    assertTrue(console.flushed());
    console.line("x");
    assertFalse(console.flushed());
  }

  @Test
  void entriesAreToldInWords() {
    assertWords(
        "budget_grant",
        "{\"day\":\"2026-11-22\",\"amounts\":[{\"of\":\"runs_day\",\"n\":2}],\"by\":\"boss\"}",
        "budget of 2026-11-22 is given more by boss, runs_day 2");
    assertWords(
        "budget_grant",
        "{\"day\":\"2026-11-22\",\"by\":\"boss\",\"item\":\"i1\"}",
        "budget of 2026-11-22 refuses a grant of boss");
    assertWords(
        "process_deployed",
        "{\"version\":2,\"source\":\"file\",\"file\":\"a.agent\"}",
        "deployed version 2 from a.agent");
    assertWords(
        "state_transition",
        "{\"from\":\"running\",\"to\":\"suspended\",\"reason\":\"api\",\"causes\":[\"operator\"]}",
        "running -> suspended: api (held by [\"operator\"])");
    assertWords(
        "restart",
        "{\"attempt\":2,\"reason\":\"node start\",\"clean\":false}",
        "goes on, attempt 2, after a crash: node start");
    assertWords(
        "trigger_event",
        "{\"id\":\"01J\",\"type\":\"webhook\",\"payload\":{\"a\":1}}",
        "accepted webhook event 01J: {\"a\":1}");
    assertWords(
        "invocation_start",
        "{\"invocation\":\"01K\",\"attempt\":1}",
        "invocation 01K begins, attempt 1");
    assertWords(
        "model_reply",
        "{\"turn\":1,\"text\":\"\",\"calls\":[{\"tool\":\"context_set\",\"arguments\":\"{}\"}]}",
        "turn 1: asks for context_set {}");
    assertWords(
        "model_reply", "{\"turn\":2,\"text\":\"Done.\\u001b[2J\"}", "turn 2: says Done.\\u001b[2J");
    assertWords(
        "model_reply",
        "{\"turn\":2,\"text\":\"\",\"rejected\":\"empty\"}",
        "turn 2: unusable reply: empty");
    assertWords(
        "tool_call",
        "{\"call\":{\"tool\":\"pay\",\"arguments\":\"{}\"},\"key\":\"01K-1\"}",
        "calls pay {} under key 01K-1");
    assertWords(
        "tool_result",
        "{\"tool\":\"t\",\"outcome\":\"ok\",\"text\":\"set\","
            + "\"writes\":[{\"key\":\"a\",\"value\":1},{\"key\":\"b\"}]}",
        "t ok: set; a = 1; b deleted");
    assertWords(
        "invocation_result",
        "{\"invocation\":\"01K\",\"outcome\":\"failed\",\"duration_ms\":7,"
            + "\"failure\":{\"code\":\"X\",\"message\":\"y\"}}",
        "invocation 01K failed in 7 ms: X, y");
    assertWords(
        "secret_access",
        "{\"secret\":\"bank\",\"action\":\"rotated\",\"by\":\"api\"}",
        "secret bank rotated, says api");
    assertWords(
        "secret_access",
        "{\"secret\":\"bank\",\"action\":\"used\",\"tool\":\"refund\"}",
        "secret bank used by refund");
    assertWords("later_kind", "{\"a\":1}", "later_kind {\"a\":1}");
  }

  private static void assertWords(String kind, String data, String words) {
    String json =
        "{\"s\":7,\"t\":\"2026-11-22T08:15:00.123Z\",\"k\":\"" + kind + "\",\"d\":" + data + "}";
    assertEquals(
        "2026-11-22T08:15:00.123Z  #7  " + words,
        JournalWords.line(Json.parse(json).object()));
  }

  @Test
  void entriesWithoutDetailsAreToldToo() {
    String json = "{\"s\":7,\"t\":\"now\",\"k\":\"model_reply\",\"x\":\"00\"}";
    assertEquals(
        "now  #7  model_reply (details dropped by compaction)",
        JournalWords.line(Json.parse(json).object()));
  }

  @Test
  void longTextsAreCut() {
    String json = "{\"s\":1,\"t\":\"t\",\"k\":\"model_reply\",\"d\":{\"turn\":1,\"text\":\""
        + "x".repeat(100_000) + "\"}}";
    String line = JournalWords.line(Json.parse(json).object());
    assertTrue(line.length() < 200, line);
    assertTrue(line.endsWith("..."), line);
  }

  private String text() {
    return out.toString();
  }
}
