package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.crash.Load.Delivery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One delivery, a hundred times at once, written and not yet synced: nobody is told anything. */
class NoAnswerBeforeSyncIT extends OnASite {

  private static final int COPIES = 100;

  @Test
  void noneOfAHundredIsAnswered() throws IOException {
    try (RuntimeProcess node = site.startReady("")) {
      node.stop();
    }
    Delivery event = event(1, "one");
    // The first group of a start says that the node is back.
    try (RuntimeProcess node = site.startReady("journal.afterWrite:delay=30000@2+")) {
      List<CompletableFuture<NodeApi.Answer>> answers = send(node, event);
      await("the event in the file", () -> isWritten(event.key()));
      answers.forEach(answer -> assertFalse(answer.isDone(), "answered before the sync"));
      node.kill9();
      for (CompletableFuture<NodeApi.Answer> answer : answers) {
        assertTrue(answer.handle((good, gone) -> gone != null).join(), "answered before the sync");
      }
    }
    Set<String> ids = new LinkedHashSet<>();
    try (RuntimeProcess node = site.startReady("")) {
      for (CompletableFuture<NodeApi.Answer> answer : send(node, event)) {
        assertEquals(202, answer.join().status(), answer.join()::body);
        ids.add(Answers.text(answer.join().object(), "event_id"));
      }
      awaitIdle(node.api());
      node.stop();
    }
    assertEquals(1, ids.size(), "one delivery, several events");
    event.ids().addAll(ids);
    Books books = audit();
    assertEquals(1, books.count(ALONE, "trigger_event"));
    assertEquals(1, books.count(ALONE, "invocation_result"));
  }

  private static List<CompletableFuture<NodeApi.Answer>> send(RuntimeProcess node, Delivery event) {
    List<CompletableFuture<NodeApi.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < COPIES; i++) {
      answers.add(node.api().deliver(ALONE, event.key(), event.body()));
    }
    return answers;
  }

  private boolean isWritten(String key) throws IOException {
    try (DirectoryStream<Path> segments = Files.newDirectoryStream(site.journal(), "*.jsonl")) {
      for (Path segment : segments) {
        if (new String(Files.readAllBytes(segment), StandardCharsets.UTF_8)
            .contains("\"dedup\":\"" + key + "\"")) {
          return true;
        }
      }
      return false;
    }
  }
}
