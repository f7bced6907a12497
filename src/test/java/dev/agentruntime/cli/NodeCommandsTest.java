package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.console.NodeCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What all commands have in common, read off the model of the command line. */
class NodeCommandsTest {

  /** Those that ask no control API: of files, of this machine, of a webhook. */
  private static final Set<String> LOCAL = Set.of(
      "serve",
      "validate",
      "init",
      "stop-node",
      "bench",
      "completion",
      "help",
      "journal verify",
      "journal export");

  /** Of these what is printed is a file or a script, or they print next to nothing. */
  private static final Set<String> PLAIN =
      Set.of("serve", "init", "stop-node", "completion", "help", "journal export");

  /** Every command that does something, by the words that call it. */
  static Stream<List<Object>> all() {
    List<List<Object>> all = new ArrayList<>();
    collect("", Main.commands(), all);
    return all.stream();
  }

  private static void collect(String words, CommandLine command, List<List<Object>> all) {
    command.getSubcommands().forEach((name, sub) -> {
      String called = (words + " " + name).strip();
      boolean group = !sub.getSubcommands().isEmpty() && !(sub.getCommand() instanceof NodeCommand);
      if (!group) {
        all.add(List.of(called, sub));
      }
      collect(called, sub, all);
    });
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatTalksToANodeDoesSoFromAfarAndForPrograms(List<Object> command) {
    String called = (String) command.get(0);
    CommandLine line = (CommandLine) command.get(1);
    Set<String> options = new TreeSet<>(line.getCommandSpec().optionsMap().keySet());
    if (!LOCAL.contains(called)) {
      assertTrue(
          options.containsAll(List.of("--url", "--token-file", "--json")),
          () -> called + " has only " + options);
    }
    if (!PLAIN.contains(called)) {
      assertTrue(options.contains("--json"), () -> called + " has only " + options);
    }
    if (!called.equals("help")) {
      assertTrue(options.containsAll(List.of("-h", "--help")), () -> called + ": " + options);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void theFirstLineOfItsHelpIsAWholeSentence(List<Object> command) {
    CommandLine line = (CommandLine) command.get(1);
    String[] description = line.getCommandSpec().usageMessage().description();
    if (description.length > 0 && !command.get(0).equals("help")) {
      assertTrue(description[0].endsWith("."), () -> command.get(0) + ": " + description[0]);
    }
  }

  @Test
  void theListsNameCommandsThatThereAre() {
    Set<String> there = new TreeSet<>();
    all().forEach(command -> there.add((String) command.get(0)));
    assertTrue(there.containsAll(LOCAL), () -> there.toString());
    assertTrue(
        LOCAL.containsAll(PLAIN.stream().filter(each -> !each.equals("help")).toList()));
    assertFalse(there.isEmpty());
  }

  @ParameterizedTest
  @MethodSource("all")
  void withoutANodeItSaysSoInOneLine(List<Object> command) {
    String called = (String) command.get(0);
    if (LOCAL.contains(called) || called.equals("doctor")) {
      return;
    }
    List<String> arguments = new ArrayList<>(List.of(called.split(" ")));
    arguments.addAll(needed(called));
    arguments.addAll(List.of("--json", "--url", "http://127.0.0.1:1"));
    CliRun run = CliRun.of(arguments.toArray(new String[0]));
    assertEquals(1, run.code(), () -> arguments + ": " + run.err());
    assertEquals("", run.out());
    assertEquals(
        "error: no node answers at http://127.0.0.1:1; start one with: serve, or say with --url"
            + " where it is\n",
        run.err());
  }

  /** The least that a command is called with. */
  private static List<String> needed(String called) {
    return switch (called) {
      case "ps",
          "top",
          "status",
          "approvals",
          "nodes",
          "models",
          "verticles",
          "verticles list",
          "token list" -> List.of();
      case "ask", "message" -> List.of("a", "text");
      case "deploy" -> List.of("src/test/resources/secrets/release-notes.agent");
      case "rewind" -> List.of("a", "1");
      case "fork" -> List.of("a", "--at", "1");
      case "budget set" -> List.of("a", "enabled=false");
      case "budget grant" -> List.of("a", "--runs", "1");
      case "token create" -> List.of("a", "--scope", "read");
      default -> List.of("a");
    };
  }
}
