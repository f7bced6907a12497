package dev.agentruntime.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.cli.CliRun;
import dev.agentruntime.core.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileCommandsTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @ParameterizedTest
  @CsvSource({
    "agent.agent,agent",
    "my agent.agent,my-agent",
    "9lives.agent,lives",
    "grüße.agent,gr-e",
    "....agent,my-agent",
    "no-suffix,no-suffix"
  })
  void namesAreMadeOfFileNames(String file, String name) {
    assertEquals(name, InitCommand.processName(Path.of("some", file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic", "webhook", "cron", "full", "WEBHOOK"})
  void whatInitWritesIsValid(String template) throws IOException {
    Path file = directory.resolve("first-one.agent");
    CliRun init = CliRun.of("init", "-t", template, "-o", file.toString());
    assertEquals(0, init.code(), init::err);
    assertEquals(
        "wrote " + file + "; move it to agents/, and a node that serves that directory runs it"
            + " within a second\n",
        init.out());
    assertTrue(Files.readString(file).contains("\nname: first-one\n"));

    CliRun validate = CliRun.of("validate", file.toString());
    assertEquals(0, validate.code(), validate::out);
    assertTrue(validate.out().endsWith(file + ": ok, process first-one\n"), validate::out);
  }

  @Test
  void validateSaysWhichSecretsAreNotHere() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "sesame-open-now\n");
    Path file = Files.writeString(directory.resolve("a.agent"), """
        name: a
        model: echo
        instructions: Echo.
        triggers: [{type: webhook, webhook_path: /a, hmac_secret: "${NO_SUCH_SECRET_HERE}"}]
        servers:
          files: {url: "http://127.0.0.1:1/mcp", bearer_token: "file:nowhere"}
        secrets:
          secrets: {KEY: "file:key", OTHER: "${NO_SUCH_SECRET_HERE}"}
        """);
    CliRun run = CliRun.of("validate", file.toString());
    assertEquals(0, run.code(), run::out);
    assertEquals(
        List.of(
            "warning: " + file + ": here environment variable NO_SUCH_SECRET_HERE is not set,"
                + " expected a secret in it when a node runs it",
            "warning: " + file + ": here secret file " + directory.resolve("nowhere")),
        run.out()
            .lines()
            .limit(2)
            .map(line -> line.split(" cannot| is missing", 2)[0])
            .toList());
    assertTrue(run.out().endsWith(file + ": ok, process a\n"), run::out);
    assertTrue(!run.out().contains("sesame"), run::out);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertTrue(
        CliRun.of("validate", file.toString()).out().contains(key + " can be read by every user"));
  }

  @Test
  void initOverwritesNothingUnasked() throws IOException {
    Path file = Files.writeString(directory.resolve("a.agent"), "precious");
    CliRun refused = CliRun.of("init", "-o", file.toString());
    assertEquals(1, refused.code());
    assertEquals("error: " + file + " exists; overwrite it with --force\n", refused.err());
    assertEquals("precious", Files.readString(file));

    assertEquals(0, CliRun.of("init", "--force", "-o", file.toString()).code());
    assertTrue(Files.readString(file).contains("name: a\n"));
  }

  @Test
  void severalFilesAreWrittenOrNone() throws IOException {
    Path file = directory.resolve("team.agent");
    Path there = Files.writeString(directory.resolve("team-worker.play.yaml"), "precious");
    CliRun refused = CliRun.of("init", "-t", "multi-agent", "-o", file.toString());
    assertEquals(1, refused.code());
    assertEquals("error: " + there + " exists; overwrite it with --force\n", refused.err());
    assertEquals("precious", Files.readString(there));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(1, files.count());
    }

    assertEquals(
        0,
        CliRun.of("init", "-t", "multi-agent", "-o", file.toString(), "--force").code());
    CliRun validate = CliRun.of("validate", directory.toString());
    assertEquals(0, validate.code(), validate::out);
    assertTrue(validate.out().contains("ok, process team-worker\n"), validate::out);
  }

  @Test
  void anUnknownTemplateIsWrongUsage() {
    CliRun run = CliRun.of("init", "-t", "nothing", "-o", directory + "/a.agent");
    assertEquals(2, run.code());
    assertEquals(
        "error: --template, expected=one of basic, cron, webhook, full, multi-agent,"
            + " actual=nothing\nSee runtime init --help\n",
        run.err());
  }

  @Test
  void initMakesTheDirectoryAndSaysWhatIsNext() {
    Path file = directory.resolve("agents/first.agent");
    CliRun run = CliRun.of("init", "-o", file.toString());
    assertEquals(0, run.code(), run::err);
    assertEquals(
        "wrote " + file + "; a node that serves agents/ runs it within a second\n", run.out());
    assertTrue(Files.isRegularFile(file));
  }

  @Test
  void initSaysWhyItCannotWrite() throws IOException {
    CliRun directoryGiven = CliRun.of("init", "-o", directory.toString());
    assertEquals(1, directoryGiven.code());
    assertTrue(directoryGiven.err().contains("which is a directory"), directoryGiven::err);
    Path inTheWay = Files.writeString(directory.resolve("file"), "");
    CliRun run = CliRun.of("init", "-o", inTheWay.resolve("a.agent").toString());
    assertEquals(1, run.code());
    assertTrue(run.err().startsWith("error: cannot write "), run::err);
    assertTrue(run.err().contains("no directory " + inTheWay), run::err);
  }

  @Test
  void everyFaultIsToldWithItsPlace() throws IOException {
    Path file = Files.writeString(
        directory.resolve("bad.agent"), "version: \"1.0\"\nname: a\nmodel: echo\ntrigers: []\n");
    CliRun run = CliRun.of("validate", file.toString());
    assertEquals(1, run.code());
    assertTrue(run.out().startsWith(file + ":4:1: "), run::out);
    assertTrue(run.out().contains("triggers"), run::out);

    CliRun json = CliRun.of("validate", "--json", file.toString());
    assertEquals(1, json.code());
    assertEquals(false, Json.parse(json.out().strip()).object().get("valid"));
    assertTrue(json.out().contains("\"line\":4"), json::out);
  }

  @Test
  void aDirectoryIsValidatedWhole() throws IOException {
    Files.writeString(directory.resolve("a.agent"), "name: a\nmodel: echo\n");
    Files.writeString(directory.resolve("b.agent"), "name: a\nmodel: echo\n");
    CliRun run = CliRun.of("validate", directory.toString());
    assertEquals(1, run.code());
    assertTrue(run.out().contains("a.agent") && run.out().contains("b.agent"), run::out);
  }

  @Test
  void nothingToValidateIsAFailure() {
    CliRun run = CliRun.of("validate", directory.toString());
    assertEquals(1, run.code());
    assertTrue(run.err().contains("no manifest found"), run::err);
    assertEquals(
        1, CliRun.of("validate", directory.resolve("none.agent").toString()).code());
  }
}
