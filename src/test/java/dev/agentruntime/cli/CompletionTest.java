package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code completion} prints, read and asked by a real shell. */
class CompletionTest {

  @TempDir
  private Path place;

  /** What bash offers for a line whose last word is being typed. */
  private String offers(String word, String line) throws Exception {
    CliRun run = CliRun.of("completion", "bash", "--as", word);
    assertEquals(0, run.code(), run::err);
    Path script = Files.writeString(place.resolve("completion"), run.out());
    String asks = "source '" + script + "'; "
        + "line='" + line + "'; words=($line); COMP_WORDS=(\"${words[@]}\"); "
        + "[[ $line == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
        + "COMP_LINE=$line; COMP_POINT=${#line}; "
        + "_complete_" + word + "; printf '%s\n' \"${COMPREPLY[@]}\"";
    Process bash = new ProcessBuilder("bash", "--norc", "-c", asks)
        .redirectErrorStream(true)
        .start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor(), said);
    return said;
  }

  @Needs(Capability.SHELL)
  @ParameterizedTest
  @CsvSource({
    "'runtime jour', journal",
    "'runtime journal ', verify",
    "'runtime ps --js', --json",
    "'runtime completion ', zsh",
    "'runtime budget g', grant"
  })
  void bashCompletes(String line, String expected) throws Exception {
    String offered = offers("runtime", line);
    assertTrue(offered.lines().anyMatch(one -> one.strip().equals(expected)), offered);
  }

  @Test
  @Needs(Capability.SHELL)
  void anAliasIsCompletedToo() throws Exception {
    assertTrue(offers("art", "art vers").contains("versions"));
  }

  @Test
  void wordsAreCompletedAsTheyAreTyped() {
    String script = CliRun.of("completion", "bash").out();
    assertTrue(script.contains("\"redeliver\""), script::toString);
    for (String loud : new String[] {"\"LIST\"", "\"REDELIVER\"", "\"BOTH\"", "\"CRITICAL\""}) {
      assertFalse(script.contains(loud), loud);
    }
  }

  @Test
  void filesAreCompletedWhereOneIsMeant() {
    String script = CliRun.of("completion", "bash").out();
    for (String command : new String[] {"deploy", "verticles_deploy", "validate"}) {
      int from = script.indexOf("function _picocli_runtime_" + command + "() {");
      String one = script.substring(from, script.indexOf("\n}\n", from));
      assertTrue(one.contains("positionals=$( compgen -f -- "), one);
    }
  }

  @Test
  void zshIsToldHowToReadIt() {
    CliRun run = CliRun.of("completion", "zsh");
    assertTrue(run.out().contains("compinit"), run::out);
    assertTrue(run.out().contains("bashcompinit"), run::out);
  }

  @Test
  void anotherShellOrWordIsWrongUsage() {
    assertEquals(2, CliRun.of("completion", "fish").code());
    CliRun run = CliRun.of("completion", "bash", "--as", "a;b");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("--as, expected="), run::err);
  }
}
