package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.memory.ChromaServer;
import dev.agentruntime.memory.FakeEmbeddings;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One agent stores a memory, and what its run came to is stored by itself: killed at any place, it
 * has each of them once, and the next run begins with them.
 */
class RecallSurvivesIT extends OnASite {

  private static final String PLAY = """
      rules:
        - when: {turn: 1}
          call: [{tool: memory_store, args: {content: "slot {{payload.n}} holds pears"}}]
        - say: "Noted."
      """;

  private void memory(String provider) {
    site.write("play.yaml", PLAY);
    site.write(
        ALONE + ".agent",
        Site.manifest(ALONE, 1, "Keep notes.") + "memory: {provider: " + provider
            + ", auto_store: true}\n");
  }

  private static List<Map<String, Object>> memories(NodeApi node) throws IOException {
    NodeApi.Answer answer = node.get("/api/v1/processes/" + ALONE + "/memory?limit=100");
    if (answer.status() != 200) {
      throw new IOException(answer.body());
    }
    return Answers.objects(answer.object(), "memories");
  }

  private static void awaitOwesNothing(NodeApi node) {
    awaitIdle(node);
    await(
        "nothing on its way into the memory",
        () -> "0".equals(String.valueOf(node.status(ALONE).get("outbox_size"))));
  }

  private void dieAndRecall(String failpoint) throws Exception {
    boolean dies = !failpoint.equals("none");
    try (RuntimeProcess node = site.startReady(dies ? failpoint : "")) {
      offer(node.api(), event(1, "one"));
      if (dies) {
        assertTrue(node.awaitEnd(MOMENT), "not reached: " + failpoint);
      } else {
        awaitOwesNothing(node.api());
        node.kill9();
      }
    }
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), sent.get(0));
      awaitOwesNothing(node.api());
      String run = String.valueOf(node.api().invocations(ALONE).get(0).get("id"));
      assertEquals(
          List.of(run + "-1", run + "-exchange"),
          memories(node.api()).stream()
              .map(memory -> String.valueOf(memory.get("id")))
              .sorted()
              .toList());
      assertTrue(memories(node.api()).stream()
          .allMatch(memory -> "webhook:hook".equals(memory.get("origin"))
              && Boolean.TRUE.equals(memory.get("untrusted"))
              && run.equals(memory.get("invocation"))));
      node.stop();
    }
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), event(2, "pears"));
      awaitOwesNothing(node.api());
      node.stop();
    }
    String block = lastBlock();
    assertTrue(block.contains("slot 1 holds pears"), block);
    assertTrue(block.contains("\"trust\":\"untrusted\""), block);
  }

  private String lastBlock() {
    @Nullable String block = null;
    for (JournalEntry entry : Books.read(site.journal()).of(ALONE)) {
      if (entry.data() instanceof EntryData.InvocationStart start) {
        block = start.blocks().get("Relevant Memory");
      }
    }
    return String.valueOf(block);
  }

  @ParameterizedTest
  @CsvSource({
    "none", // kill -9 after everything was acknowledged
    "tool.before:halt@1", // the call is announced, nothing was stored
    "tool.afterCall:halt@1", // the store has committed, no entry says so
    "ack.before:halt@1", // the run has committed, its exchange was not stored
    "deliver.afterAck:halt@1" // the exchange is stored, no entry says so
  })
  void lucene(String failpoint) throws Exception {
    memory("lucene");
    dieAndRecall(failpoint);
  }

  @Test
  void aNodeThatFindsItsIndexInUseRunsWithoutAndGoesOnLater() throws Exception {
    memory("lucene");
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), event(1, "one"));
      awaitOwesNothing(node.api());
      node.stop();
    }
    Path lock = site.data().resolve("node-1/memory/default");
    Path away = Files.move(lock, lock.resolveSibling("away"));
    Path file = Files.writeString(lock, "a file where the index should be");
    try (RuntimeProcess node = site.startReady("")) {
      accept(node.api(), event(2, "two"));
      awaitIdle(node.api());
      Files.delete(file);
      Path back = Files.move(away, lock);
      assertTrue(Files.isDirectory(back));
      awaitOwesNothing(node.api());
      assertEquals(3, memories(node.api()).size());
      node.stop();
    }
    assertTrue(lastBlock().contains("This run goes on without it."), lastBlock());
  }

  @Test
  @Needs(Capability.NPM_SERVERS)
  void chroma() throws Exception {
    Vertx vertx = Vertx.vertx();
    FakeEmbeddings embeddings = new FakeEmbeddings(vertx);
    ChromaServer chroma = new ChromaServer(Files.createDirectory(directory.resolve("c")));
    try {
      settings(embeddings.url(), chroma.url());
      memory("chroma");
      dieAndRecall("tool.afterCall:halt@1");
      chroma.restart();
      try (RuntimeProcess node = site.startReady("")) {
        accept(node.api(), event(3, "pears"));
        awaitOwesNothing(node.api());
        assertEquals(6, memories(node.api()).size());
        node.stop();
      }
      assertTrue(lastBlock().contains("slot 1 holds pears"), lastBlock());
    } finally {
      chroma.close();
      embeddings.close();
      Void unused =
          vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void settings(String embeddings, String chroma) throws IOException {
    Path conf = Files.createDirectories(site.agents().resolveSibling("conf"));
    Path written =
        Files.writeString(conf.resolve("runtime.yaml"), """
            models: {openai: {base_url: "%s", api_key: sk-test}}
            memory: {embedding: "openai:words", chroma: {url: "%s"}}
            """.formatted(embeddings, chroma));
    assertTrue(Files.exists(written));
  }
}
