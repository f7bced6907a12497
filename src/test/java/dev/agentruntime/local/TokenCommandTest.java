package dev.agentruntime.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.cli.CliRun;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenCommandTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private CliRun token(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "token";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "--data";
    all[all.length - 1] = directory.toString();
    return CliRun.of(all);
  }

  @Test
  void theFirstTokenNeedsNoNode() {
    CliRun made = token("create", "ops", "--scope", "admin");
    assertEquals(0, made.code(), made::err);
    assertTrue(made.out().matches("art_[A-Za-z0-9_-]{43}\n"), "for a pipe: " + made.out());
    assertTrue(made.err().contains("not shown again"), made::err);

    CliRun listed = token("list");
    assertTrue(listed.out().contains("ops") && listed.out().contains("admin"), listed::out);
    assertFalse(listed.out().contains("art_"), listed::out);
    String id = listed.out().lines().skip(1).findFirst().orElseThrow().split(" +", 2)[0];

    CliRun twin = token("create", "ops", "--scope", "read");
    assertEquals(1, twin.code());
    assertTrue(twin.err().contains("token \"ops\" exists as " + id), twin::err);
    CliRun rotated = token("rotate", id);
    assertEquals(0, rotated.code(), rotated::err);
    assertNotEquals(made.out(), rotated.out());
    assertEquals("revoked  " + id + "\n", token("revoke", id).out());
    CliRun again = token("revoke", id);
    assertEquals(1, again.code());
    assertTrue(again.err().contains("there is no token"), again::err);
  }

  @Test
  void mistakesAreNamed() throws IOException {
    CliRun scope = token("create", "ops", "--scope", "root");
    assertEquals(2, scope.code());
    assertTrue(
        scope.err().contains("--scope, expected=one of read, operate, deploy, admin"), scope::err);
    assertEquals(2, token("create", "ops").code(), "no scope");
    Path file = Files.writeString(directory.resolve("file"), "");
    CliRun data = CliRun.of("token", "list", "--data", file.toString());
    assertEquals(1, data.code());
    assertTrue(data.err().contains("expected=a directory"), data::err);
    for (String action : new String[] {"list", "revoke x", "rotate x"}) {
      String line = "token " + action + " --node other --data " + directory;
      CliRun nowhere = CliRun.of(line.split(" ", -1));
      assertEquals(1, nowhere.code());
      assertTrue(
          nowhere.err().contains("actual=no directory " + directory.resolve("other")),
          nowhere::err);
    }
  }

  @Test
  void aTokenIsReadFromAFileOrTheEnvironment() throws IOException {
    Path file = Files.writeString(directory.resolve("token"), "art_file\n");
    assertEquals("art_file", NodeCommand.token(file, Map.of("AGENTRUNTIME_TOKEN", "art_env")));
    assertEquals("art_env", NodeCommand.token(null, Map.of("AGENTRUNTIME_TOKEN", "art_env")));
    assertEquals("art_env", NodeCommand.token(null, Map.of("AGENTRUNTIME_TOKEN", "art_env\n")));
    assertNull(NodeCommand.token(null, Map.of()));
    Files.writeString(file, "two\nlines");
    for (Path bad : new Path[] {file, directory.resolve("none")}) {
      RuntimeFault fault = assertThrows(RuntimeFault.class, () -> NodeCommand.token(bad, Map.of()));
      assertTrue(
          fault.failure().message().contains(bad.toString()), fault.failure().message());
    }
  }
}
