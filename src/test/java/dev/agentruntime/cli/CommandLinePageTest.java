package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * The manual's page of commands holds the help of each, neither more nor less. What it should hold
 * is left in {@code target/command-line.md} when it does not.
 */
class CommandLinePageTest {

  private static final String MARK = "<!-- the help of each command, as it prints it -->\n";

  @Test
  void holdsTheHelpOfEachCommand() throws Exception {
    String page = Files.readString(Path.of("src/docs/command-line.md"));
    int at = page.indexOf(MARK);
    assertTrue(at > 0, "no mark");
    StringBuilder help = new StringBuilder();
    CommandLine all = Main.commands();
    all.getSubcommands().forEach((name, command) -> add(help, name, command));
    String expected = page.substring(0, at) + MARK + help;
    if (!expected.equals(page)) {
      Path target = Files.createDirectories(Path.of("target"));
      Files.writeString(target.resolve("command-line.md"), expected);
    }
    assertEquals(expected, page, "see target/command-line.md");
  }

  private static void add(StringBuilder help, String name, CommandLine command) {
    String usage = command.setUsageHelpWidth(98).getUsageMessage(Ansi.OFF);
    help.append("\n## ").append(name).append("\n\n```text\n");
    usage.lines().forEach(line -> help.append(line.stripTrailing()).append('\n'));
    help.append("```\n");
    command.getSubcommands().forEach((more, sub) -> {
      if (!more.equals("help")) {
        add(help, name + " " + more, sub);
      }
    });
  }
}
