package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  @Test
  void aDataDirectoryThatIsAFileIsNamed(@TempDir Path root) throws Exception {
    Path file = Files.writeString(root.resolve("data"), "");
    for (String command : List.of("journal show --data ", "serve --data ")) {
      CliRun run = CliRun.of((command + file).split(" ", -1));
      assertEquals(1, run.code());
      assertTrue(run.err().contains(file + ", which is a file"), run::err);
      assertFalse(run.err().contains("Exception"), run::err);
    }
  }

  @Test
  void aDataDirectoryThatCannotBeMadeIsNamedWithTheReason() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")));
    CliRun run = CliRun.of("serve", "--data", "/proc/none");
    assertEquals(1, run.code());
    assertTrue(run.err().matches("error: cannot lock /proc/none/node-1: /proc/.*: .+\n"), run::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frobnicate                        | frobnicate",
        "stats                             | status",
        "--frobnicate                      | --frobnicate",
        "serve --frobnicate                | --frobnicate",
        "serve stray                       | stray",
        "serve --node                      | --node",
        "serve --node a --node b           | --node",
        "-cluster -cluster                 | cluster",
        "-cluster --cluster                | cluster",
        "-conf                             | -conf",
        "-conf a -conf b                   | conf",
        "-conf a --conf b                  | conf",
        "--control 9100                    | HOST:PORT",
        "--control localhost:-1            | HOST:PORT",
        "--control localhost:70000         | HOST:PORT",
        "--control localhost:              | HOST:PORT",
        "--ingress a:b:1                   | HOST:PORT",
        "--node ../x                       | --node",
        "--node ''                         | --node",
        "nodes extra                       | extra",
        "ps --url ftp://x                  | --url",
        "ps --url http://                  | --url",
        "ps --url http://h:99999           | --url",
        "ps --url                          | --url",
        "ps --json --json                  | --json",
        "start                             | NAME",
        "start a b                         | b",
        "status --digest                   | NAME",
        "trigger                           | NAME",
        "trigger a --payload {             | --payload",
        "trigger a --key                   | --key",
        "logs a -n x                       | x",
        "logs a -n -1                      | -n",
        "logs                              | NAME",
        "journal                           | show",
        "journal frobnicate                | frobnicate",
        "validate                          | PATH",
        "init --output                     | --output",
        "context a =1                      | KEY=VALUE",
        "deploy                            | FILE",
        "undeploy                          | NAME",
        "replay                            | NAME",
        "rewind a                          | ENTRY",
        "rewind a 1 --mode all             | mode",
        "fork a                            | --at",
        "fork a --at 1 --answer x          | --answer",
        "dead-letters                      | NAME",
        "dead-letters a frobnicate         | ACTION",
        "dead-letters a clear --fresh      | redeliver",
        "dead-letters a list 01J           | ID"
      })
  void wrongUsageIsCode2AndNamed(String line, String named) {
    CliRun run = CliRun.of(line.strip().replace("''", "").split(" +", -1));
    assertEquals(2, run.code(), run::err);
    assertTrue(run.err().contains(named), run::err);
    assertEquals("", run.out());
    assertFalse(run.err().contains("Exception"), run::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "stats                | unknown command 'stats', did you mean 'status'?",
        "frobnicate           | unknown command 'frobnicate'",
        "verticles lits       | unknown command 'lits', did you mean 'list'?",
        "ps --jsn             | unknown option '--jsn', did you mean '--json'?",
        "ps -q                | unknown option '-q'",
        "rollback a 1         | unexpected argument '1'",
        "budget               | budget, expected=show, set, grant",
        "approvals grant      | ACTION, expected=one of list, show, approve, deny, actual=grant",
        "secrets a use        | ACTION, expected=one of list, rotate, revoke, actual=use",
        "dead-letters a retry | ACTION, expected=one of list, redeliver, clear, actual=retry",
        "memory a find        | ACTION, expected=one of list, search, forget, actual=find",
        "tools a trust        | ACTION, expected=one of list, accept, actual=trust",
        "mission a stop       | ACTION, expected=one of pause, resume, fail, actual=stop",
        "rewind a 1 --mode x  | --mode, expected=one of conversation, context, both, actual=x",
        "message a b --type x | --type, expected=one of directive, context, question, correction,"
            + " actual=x",
        "message a b --priority x | --priority, expected=one of low, normal, high, critical,"
            + " actual=x",
        "message a b --ttl x  | --ttl, expected=a whole number, actual=x",
        "verticles deploy a b --threading x | --threading, expected=one of event_loop, worker,"
            + " virtual_thread, actual=x",
        "top -d x             | --delay, expected=a number, actual=x",
        "bench --rate 1 --connections 3 | --rate=R, --connections=N are mutually exclusive"
            + " (specify only one)",
        "completion fish      | SHELL, expected=one of bash, zsh, actual=fish",
        "journal show a --type tool_cal | --type, expected=a kind of entry, actual=tool_cal,"
            + " did you mean 'tool_call'?"
      })
  void aMistakeIsToldInTheWordsOfTheHelp(String line, String told) {
    CliRun run = CliRun.of(line.strip().split(" +", -1));
    assertEquals(2, run.code());
    assertEquals("error: " + told, run.err().lines().findFirst().orElse(""));
    assertTrue(run.err().lines().anyMatch(each -> each.matches("See runtime .*--help")), run::err);
  }

  @Test
  void theFirstHelpTellsTheFirstStepsAndTheExitCodes() {
    String help = CliRun.of("--help").out().replaceAll("\\s+", " ");
    for (String told : List.of(
        "The first steps: init", "--url", "Exit codes: 0 it worked, 1 it did not, 2 the command")) {
      assertTrue(help.contains(told), told);
    }
    assertFalse(help.contains(": help"), "a summary that stops in the middle");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "help"})
  void helpListsTheCommands(String word) {
    CliRun run = CliRun.of(word);
    assertEquals(0, run.code());
    for (String command : new String[] {
      "serve",
      "ps",
      "status",
      "start",
      "stop",
      "restart",
      "suspend",
      "resume",
      "trigger",
      "logs",
      "journal",
      "deploy",
      "undeploy",
      "context",
      "dead-letters",
      "replay",
      "rewind",
      "fork",
      "nodes",
      "models",
      "validate",
      "init"
    }) {
      assertTrue(run.out().contains("  " + command + " "), () -> command + " in\n" + run.out());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "ps",
        "status",
        "start",
        "trigger",
        "logs",
        "journal",
        "deploy",
        "validate",
        "init"
      })
  void everyCommandHasHelp(String command) {
    CliRun run = CliRun.of(command, "--help");
    assertEquals(0, run.code(), run::err);
    assertTrue(run.out().startsWith("Usage: runtime " + command), run::out);
  }

  @Test
  void helpAndVersionReadNoSettings() {
    assertEquals(0, CliRun.of("-conf", "nowhere/broken.yaml", "--help").code());
    CliRun version = CliRun.of("--version");
    assertEquals(0, version.code());
    assertTrue(version.out().startsWith("Agent Runtime "), version::out);
  }

  @Test
  void aMissingSettingsFileIsNamed() {
    CliRun run = CliRun.of("-conf", "nowhere/runtime.yaml");
    assertEquals(1, run.code());
    assertTrue(
        run.err().startsWith("error: there is no settings file nowhere/runtime.yaml"), run::err);
    assertFalse(run.err().contains("\tat "), run::err);
  }

  @Test
  void noNodeIsSaidWithAWayOut() {
    CliRun run = CliRun.of("ps", "--url", "http://127.0.0.1:1");
    assertEquals(1, run.code());
    assertEquals(
        "error: no node answers at http://127.0.0.1:1; start one with: serve, or say with --url"
            + " where it is\n",
        run.err());
  }

  @Test
  void anAtSignIsNoArgumentFile() {
    CliRun run = CliRun.of("trigger", "a", "--payload", "@nowhere.json");
    assertEquals(1, run.code());
    assertEquals("error: there is no file nowhere.json\n", run.err());
  }

  @Test
  void brokenJsonIsNamedByItsFileAndPlace(@TempDir Path root) throws Exception {
    Path file = Files.writeString(root.resolve("broken.json"), "{\n");
    CliRun run = CliRun.of("trigger", "a", "--payload", "@" + file);
    assertEquals(1, run.code());
    assertEquals(
        "error: " + file + ": not JSON: Unexpected end-of-input: expected close marker for Object"
            + " at line 2, column 1\n",
        run.err());
    CliRun given = CliRun.of("trigger", "a", "--payload", "{");
    assertEquals(2, given.code());
    assertTrue(given.err().startsWith("error: --payload, not JSON: Unexpected end"), given::err);
    assertFalse(given.err().contains("REDACTED"), given::err);
  }
}
