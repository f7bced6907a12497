package dev.agentruntime.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class AnnouncedTest {

  @Test
  void readsWhereANodeListens() {
    Announced said = new Announced();
    said.line("Agent Runtime 0.1.0");
    said.line("  control  http://127.0.0.1:9100");
    assertEquals(OptionalInt.of(9100), said.control());
    assertTrue(said.ingress().isEmpty());
    said.line("  ingress  http://127.0.0.1:45123  (webhooks)");
    assertEquals(OptionalInt.of(45123), said.ingress());
  }

  @Test
  void readsWhereLimitSyncListens() {
    Announced said = new Announced();
    said.line("listening on 127.0.0.1:40001");
    assertEquals(OptionalInt.of(40001), said.ingress());
    assertTrue(said.control().isEmpty());
  }

  @Test
  void theFirstWordCounts() {
    Announced said = new Announced();
    said.line("ingress http://127.0.0.1:1");
    said.line("ingress http://127.0.0.1:2");
    assertEquals(OptionalInt.of(1), said.ingress());
  }

  @Test
  void overhearsTheRest() {
    Announced said = new Announced();
    said.line("ingress is ready, see http://127.0.0.1:9100");
    said.line("listening on 0.0.0.0:1");
    said.line("control  http://example.org:80");
    assertTrue(said.ingress().isEmpty());
    assertTrue(said.control().isEmpty());
  }
}
