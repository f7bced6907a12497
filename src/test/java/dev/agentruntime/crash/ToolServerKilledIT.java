package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.Json;
import dev.agentruntime.mcp.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node is killed while a server of tools works on a call of it. */
class ToolServerKilledIT {

  private static final String ALONE = OnASite.ALONE;

  @TempDir
  private Path directory;

  private Path server;
  private Site site;

  @BeforeEach
  void settle() throws IOException {
    server = Files.createDirectory(directory.resolve("server"));
    site = new Site(Files.createDirectory(directory.resolve("site")), "http://127.0.0.1:1");
    List<String> command = ScriptedServer.command(server);
    site.write("calls.yaml", """
        rules:
          - when: {turn: 1, contains: '"kind":"look"'}
            call: [{tool: bad__look, args: {text: "hang once"}}]
          - when: {turn: 1}
            call: [{tool: bad__charge, args: {text: "hang once"}}]
          - say: "Done."
        """);
    site.write(ALONE + ".agent", """
        version: "1.0"
        name: alone
        model: script:calls.yaml
        instructions: Call it.
        triggers:
          - {type: webhook, id: hook, webhook_path: /alone, auth: none}
        servers:
          bad: {command: %s, args: %s}
        """.formatted(
            Json.quote(command.get(0)), Json.of(command.subList(1, command.size()))));
  }

  /** Kills the node in the middle of a call, and sees the server end with it. */
  private void killInACall(String kind) throws IOException {
    try (RuntimeProcess node = site.startReady("")) {
      assertEquals(
          202,
          node.api().deliver(ALONE, "key", "{\"kind\":\"" + kind + "\"}").join().status());
      OnASite.await("the call has arrived", () -> calls().size() == 1);
      long child = Long.parseLong(Files.readString(server.resolve("pid")).strip());
      assertEquals(true, ProcessHandle.of(child).isPresent());
      node.kill9();
      OnASite.await(
          "the server ends with its node", () -> ProcessHandle.of(child).isEmpty());
    }
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(server.resolve("calls"));
  }

  @Test
  void aCallThatMayHaveActedWaitsForAWord() throws IOException {
    killInACall("charge");
    try (RuntimeProcess node = site.startReady("")) {
      OnASite.await("in doubt", () -> !node.api().inDoubt(ALONE).isEmpty());
      NodeApi.InDoubt call = node.api().inDoubt(ALONE).get(0);
      assertEquals("awaiting", node.api().status(ALONE).get("state"));
      assertEquals("bad__charge", call.tool());
      assertEquals(1, calls().size());
      assertEquals(200, node.api().resolve(ALONE, call, "retry").status());
      OnASite.await("settled", () -> node.api().isIdle(ALONE));
      assertEquals("completed", node.api().invocations(ALONE).get(0).get("outcome"));
      assertEquals(2, calls().size());
      assertEquals(calls().get(0), calls().get(1), "the same effect key");
      node.stop();
    }
  }

  @Test
  void aReadIsMadeAgain() throws IOException {
    killInACall("look");
    try (RuntimeProcess node = site.startReady("")) {
      OnASite.await("settled", () -> node.api().isIdle(ALONE));
      assertEquals("completed", node.api().invocations(ALONE).get(0).get("outcome"));
      assertEquals(2, calls().size());
      node.stop();
    }
  }
}
