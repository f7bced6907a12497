package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.process.HandProcess.Called;
import dev.agentruntime.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * How long a journal gets: no turn writes again what an earlier one wrote, though every request to
 * the model says it all.
 */
final class JournalSizeTest {

  private static final int CALLS = 100;

  /** About 2,000 tokens, as English goes. */
  private static final int CHARS = 8_000;

  private static String text(int turn, int length) {
    String sentence = "In turn " + turn + " this was found, and it is worth so many words. ";
    return sentence.repeat(length / sentence.length() + 1).substring(0, length);
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Test
  void aHundredToolCallsAreAboutTheirNewContent() {
    HandProcess process = HandProcess.running(new ProcessConfig.Run(
        1,
        Duration.ZERO,
        Duration.ZERO,
        3,
        CALLS + 1,
        20_000,
        64L << 20,
        Duration.ofSeconds(10),
        true));
    long before = process.kernel().log().bytes();
    long content = bytes("begin");
    var accepted = process.offer("begin");
    process.flush();
    assertTrue(accepted.succeeded());
    for (int turn = 1; turn <= CALLS; turn++) {
      // A fifth of a turn is what the model writes, the rest what the tool answers.
      String arguments = Json.of(Map.of("query", text(turn, CHARS / 10))).toString();
      String said = text(turn, CHARS / 10);
      String found = text(turn, CHARS - CHARS / 5);
      process.call(said, "put", arguments);
      Called call = process.called.remove(0);
      assertEquals(arguments, call.call().arguments().toString());
      call.promise().complete(Tool.Reply.ok(found));
      process.flush();
      content += bytes(said) + bytes(arguments) + bytes(found);
    }
    process.say("done");
    assertEquals(CALLS, process.entries(EntryData.ToolResult.class).size());
    assertEquals(1, process.entries(EntryData.InvocationResult.class).size());

    long journal = process.kernel().log().bytes() - before;
    System.out.printf(
        Locale.ROOT,
        "journal: %,d bytes for %d tool calls with %,d bytes of new content, ratio %.3f%n",
        journal,
        CALLS,
        content,
        (double) journal / content);
    assertTrue(journal <= 1.3 * content, journal + " bytes");
  }
}
