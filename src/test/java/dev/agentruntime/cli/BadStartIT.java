package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Starts of the real jar in places and with words that are not as they should be. */
@Needs(Capability.SHELL)
class BadStartIT {

  private static final String FREE = " --control 127.0.0.1:0 --ingress 127.0.0.1:0";

  @TempDir
  private Path place;

  private record Run(int code, String said) {}

  @BeforeEach
  void settle() throws IOException {
    Files.createDirectories(place.resolve("agents"));
    Files.createDirectories(place.resolve("conf"));
  }

  /** What a shell makes of a line in which the word {@code runtime} is the jar. */
  private Run bash(String line) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path jar = Path.of(System.getProperty("runtime.jar", "target/runtime.jar")).toAbsolutePath();
    // No function of the shell: what runs behind is the JVM itself, and can be ended.
    String script =
        line.replace("runtime ", "'" + java + "' -XX:TieredStopAtLevel=1 -jar '" + jar + "' ");
    Process shell = new ProcessBuilder("bash", "--norc", "-c", script)
        .directory(place.toFile())
        .redirectErrorStream(true)
        .start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(shell.waitFor(), said);
  }

  private static void refused(Run run, String... named) {
    assertEquals(1, run.code(), run::said);
    for (String name : named) {
      assertTrue(run.said().contains(name), run::said);
    }
    assertFalse(run.said().contains("\tat "), run::said);
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      refused(
          bash("runtime serve --control " + address + " --ingress 127.0.0.1:0"),
          address,
          "--control");
      refused(
          bash("runtime serve --ingress " + address + " --control 127.0.0.1:0"),
          address,
          "free port");
    }
  }

  @Test
  void aDirectoryInUseIsNamedWithWhoHoldsIt() throws Exception {
    Run run = bash("runtime serve" + FREE + " > first.log 2>&1 &\n"
        + "until grep -q ^ready first.log || ! kill -0 $!; do sleep 0.1; done\n"
        + "runtime serve --node node-1" + FREE + "; code=$?\n"
        + "kill $!; wait $!; exit $code");
    refused(run, "node-1/journal is in use", "held by pid");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "journl: {}             | conf/runtime.yaml:1:1 | did you mean 'journal'",
        "journal: [             | conf/runtime.yaml:    | expected",
        "control: {port: 70000} | conf/runtime.yaml:1   | 65535",
      })
  void aMistakeInTheSettingsIsNamedWithItsPlace(String text, String where, String mend)
      throws Exception {
    Files.writeString(place.resolve("conf").resolve("runtime.yaml"), text + "\n");
    refused(bash("runtime serve" + FREE), where, mend);
    Run help = bash("runtime --help && runtime --version && runtime serve --help");
    assertEquals(0, help.code(), help::said);
  }

  @Test
  void noPortIsOpenedToOtherMachinesWithoutAToken() throws Exception {
    refused(
        bash("runtime serve --control 0.0.0.0:0 --ingress 127.0.0.1:0"),
        "there is no token",
        "token create");
  }

  @Test
  void aSecretThatIsEmptyOrTooShortIsNamed() throws Exception {
    Files.writeString(place.resolve("agents").resolve("a.agent"), """
        version: "1.0"
        name: a
        model: echo
        instructions: Echo.
        secrets: {secrets: {KEY: '${MY_KEY}'}}
        """);
    for (String value : List.of("", "short")) {
      Run run = bash("MY_KEY=" + value + " runtime serve" + FREE + " > node.log 2>&1 &\n"
          + "until grep -q ^ready node.log || ! kill -0 $!; do sleep 0.1; done\n"
          + "kill $!; wait $!; cat node.log; exit 1");
      refused(run, value.isEmpty() ? "MY_KEY" : "KEY is too short");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "runtime ps --url http://127.0.0.1:1 <&-               ; 1",
        "runtime ps --url http://127.0.0.1:1 >&-               ; 1",
        "LC_ALL=C LANG=C runtime ps --url http://127.0.0.1:1   ; 1",
        "TZ= LANG= LC_ALL= COLUMNS=3 runtime help              ; 0",
        "set -o pipefail && runtime help | head -n 1           ; 0",
      })
  void aShellWithoutAllItsParts(String line, int code) throws Exception {
    Run run = bash(line);
    assertEquals(code, run.code(), run::said);
    assertFalse(run.said().contains("Exception"), run::said);
    assertFalse(run.said().contains("\u001b"), run::said);
  }
}
