package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.entry.OperatorEntry.OperatorAction;
import dev.agentruntime.http.RawHttp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who was turned away, as the node's journal has it. */
class RefusalAuditTest extends ApiFixture {

  private static final String WRONG = "art_wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";

  private String reader = "";

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    reader = file.create("jo", Scope.READ).secret();
    return file;
  }

  @Override
  boolean loopback() {
    return false;
  }

  private List<OperatorAction> actions() throws Exception {
    List<OperatorAction> all = new ArrayList<>();
    await(runtime.journal().replay((entry, hash) -> {
      if (entry.data() instanceof OperatorAction action) {
        all.add(action);
      }
    }));
    return all;
  }

  private int say(String line, String id, String... headers) throws Exception {
    StringBuilder request = new StringBuilder(line + " HTTP/1.1\r\nX-Request-Id: " + id + "\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return RawHttp.exchange(server.port(), request + "\r\n").status();
  }

  private String host() {
    return "Host: localhost:" + server.port();
  }

  private static String words(OperatorAction action) {
    return action.request() + " " + action.who() + " " + action.from() + " " + action.action() + " "
        + action.status();
  }

  @Test
  void refusalsAreJournaledWithoutWhatWasShown() throws Exception {
    assertEquals(401, say("GET /api/v1/processes/secret-name", "none", host()));
    assertEquals(
        401, say("GET /api/v1/processes", "wrong", host(), "Authorization: Bearer " + WRONG));
    assertEquals(401, say("GET /nowhere/" + WRONG, "lost", host()));
    assertEquals(
        403, say("DELETE /api/v1/processes/a", "weak", host(), "Authorization: Bearer " + reader));
    assertEquals(403, say("GET /health", "page", host(), "Origin: http://evil.example"));
    assertEquals(421, say("GET /health", "host", "Host: evil.example"));
    assertEquals(400, RawHttp.exchange(server.port(), "GET\r\n\r\n").status());
    eventually("they are not journaled", () -> actions().size() >= 7);
    List<String> all = actions().stream().map(RefusalAuditTest::words).toList();
    assertEquals(
        List.of(
            "none anonymous 127.0.0.1 GET /api/v1/processes/:name 401",
            "wrong anonymous 127.0.0.1 GET /api/v1/processes 401",
            "lost anonymous 127.0.0.1 GET * 401",
            "weak jo 127.0.0.1 DELETE /api/v1/processes/:name 403",
            "page anonymous 127.0.0.1 GET * 403",
            "host anonymous 127.0.0.1 GET * 421"),
        all.subList(0, 6));
    assertTrue(all.get(6).endsWith("a head that cannot be read 400"), all.get(6));
    String journal = journal();
    assertFalse(journal.contains("wrong-wrong"), "a token that was shown is in the journal");
    assertFalse(journal.contains(reader), "a token is in the journal");
    assertFalse(journal.contains("evil.example"), "what the request says of itself is kept");
  }

  private String journal() throws Exception {
    StringBuilder all = new StringBuilder();
    Path files = directory.resolve("data").resolve("node-1").resolve("journal");
    try (Stream<Path> each = Files.list(files)) {
      for (Path file : each.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }

  @Test
  void aFloodLeavesTwoEntriesOfAKind() throws Exception {
    int tries = 200;
    try (RawHttp http = new RawHttp(server.port())) {
      for (int i = 0; i < tries; i++) {
        http.send("GET /api/v1/processes HTTP/1.1\r\n" + host() + "\r\nAuthorization: Bearer "
            + WRONG + "\r\n\r\n");
        int status = http.reply().status();
        assertTrue(status == 401 || status == 429, "status " + status);
      }
    }
    // What is counted is written when the minute is over, or the node stops.
    server.drain();
    eventually("the counts are not journaled", () -> told(actions()) == tries);
    assertTrue(actions().size() <= 8, () -> "two entries of two kinds, or a minute more");
  }

  private static long told(List<OperatorAction> all) {
    return all.stream().mapToLong(each -> each.more() == 0 ? 1 : each.more()).sum();
  }
}
