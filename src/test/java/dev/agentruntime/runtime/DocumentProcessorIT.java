package dev.agentruntime.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample that files documents, with the real filesystem server. */
@Needs(Capability.NPM_SERVERS)
class DocumentProcessorIT {

  private static final Path SAMPLE = Path.of("agents/with-npm");
  private static final String COMMAND = "${MCP_FILESYSTEM:-mcp-server-filesystem}";

  @TempDir
  private Path root;

  @Test
  void filesWhatIsDropped() throws IOException {
    Vertx vertx = Vertx.vertx();
    Node node = new Node(vertx, root);
    Path server =
        Path.of("src/test/npm/node_modules/.bin/mcp-server-filesystem").toAbsolutePath();
    String manifest = Files.readString(SAMPLE.resolve("document-processor.agent"));
    assertTrue(manifest.contains(COMMAND), manifest);
    Files.writeString(
        node.agents().resolve("document-processor.agent"),
        manifest.replace(COMMAND, server.toString()));
    Files.copy(
        SAMPLE.resolve("document-processor.play.yaml"),
        node.agents().resolve("document-processor.play.yaml"));
    Path inbox = Files.createDirectory(node.agents().resolve("inbox"));
    Path done = Files.createDirectory(node.agents().resolve("done"));
    Files.writeString(inbox.resolve("before.txt"), "It was there before.");
    try {
      node.start(true);
      node.until("document-processor", "invocation_count", 1);
      Files.writeString(inbox.resolve("after.txt"), "It came later.");
      node.until("document-processor", "invocation_count", 2);
      assertEquals("It was there before.", Files.readString(done.resolve("before.txt")));
      assertEquals("It came later.", Files.readString(done.resolve("after.txt")));
      List<?> servers = (List<?>) node.status("document-processor").get("servers");
      assertTrue(String.valueOf(servers).contains("state=ready"), () -> String.valueOf(servers));
    } finally {
      node.stop();
      Node.nothing(vertx.close());
    }
  }
}
