package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.cli.CliRun;
import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a process remembers, over the control API and the command line, with a node behind it. */
final class MemoryApiTest extends ApiFixture {

  private static final String MEMORY = "/api/v1/processes/keeper/memory";
  private static final String KEEPER = """
      version: "1.0"
      name: keeper
      model: echo
      instructions: Repeat.
      memory: {auto_store: true}
      """;

  @BeforeEach
  void deployKeeper() throws Exception {
    deployYaml(KEEPER);
  }

  private Told ask(String method, String path) throws Exception {
    return ask(method, path, null);
  }

  private List<String> memories() throws Exception {
    List<String> contents = new ArrayList<>();
    for (Object memory : (List<?>) Objects.requireNonNull(get(MEMORY).body().get("memories"))) {
      contents.add(String.valueOf(Json.of(memory).object().get("content")));
    }
    return contents;
  }

  /** Lets the process run, and waits until it remembers that. */
  private void run(String... payloads) throws Exception {
    AgentProcess keeper = runtime.require("keeper");
    for (String payload : payloads) {
      await(keeper.trigger(Json.of(payload), Json.EMPTY, payload));
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (memories().size() < payloads.length) {
      assertTrue(System.nanoTime() < end, "the exchanges are not remembered");
    }
  }

  @Test
  void isSearchedListedAndForgotten() throws Exception {
    run("the staging deploy failed", "the printer is out of paper");

    Told found = ask("GET", MEMORY + "?query=deploy%20staging&limit=1");
    assertEquals(200, found.status());
    assertTrue(String.valueOf(found.body()).contains("staging deploy failed"), found::toString);
    Map<String, @Nullable Object> first = Json.of(
            ((List<?>) Objects.requireNonNull(found.body().get("memories"))).get(0))
        .object();
    assertTrue(String.valueOf(first.get("origin")).startsWith("manual:"), first::toString);
    assertTrue(first.get("score") instanceof Number, first::toString);

    assertEquals(200, ask("DELETE", MEMORY + "/" + first.get("id")).status());
    Told again = ask("DELETE", MEMORY + "/" + first.get("id"));
    assertEquals(404, again.status());
    assertEquals("MEMORY_NOT_FOUND", again.body().get("code"));

    Told none = ask("DELETE", MEMORY + "?origin=webhook:other");
    assertEquals(0L, none.body().get("forgotten"));
    Told gone = ask("DELETE", MEMORY + "?origin=" + first.get("origin"));
    assertEquals(1L, gone.body().get("forgotten"), gone::toString);
    assertEquals(List.of(), memories());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      GET    | ?query=               | 400 | INVALID_REQUEST | query, expected=1 to 2000 characters, actual=0
      GET    | ?query=x&origin=y     | 400 | INVALID_REQUEST | origin, expected=no query beside it
      GET    | ?min_score=0.5        | 400 | INVALID_REQUEST | min_score, expected=together with query
      GET    | ?query=x&min_score=2  | 422 | INVALID_TYPE    | min_score, expected=0 to 1, actual=\"2\"
      GET    | ?limit=1000           | 422 | INVALID_TYPE    | limit, expected=1..500, actual=\"1000\"
      GET    | ?what=x               | 422 | UNKNOWN_FIELD   | query parameter \"what\" is unknown
      DELETE | ''                    | 400 | INVALID_REQUEST | what to forget, expected=origin or invocation, or all=true
      DELETE | ?all=true&origin=x    | 400 | INVALID_REQUEST | all, expected=neither origin nor invocation beside it
      DELETE | ?all=maybe            | 422 | INVALID_TYPE    | all, expected=true or false, actual=\"maybe\"
      """)
  void isRefused(String method, String query, int status, String code, String detail)
      throws Exception {
    Told told = ask(method, MEMORY + query);

    assertEquals(status, told.status(), told::toString);
    assertEquals(code, told.body().get("code"));
    String said = String.valueOf(told.body().get("detail"));
    assertTrue(said.contains(detail.replace("\\\"", "\"")), said);
  }

  @Test
  void aProcessWithoutOneSaysSo() throws Exception {
    deployYaml("version: \"1.0\"\nname: other\nmodel: echo\ninstructions: Repeat.\n");

    Told told = ask("GET", "/api/v1/processes/other/memory");

    assertEquals(404, told.status());
    assertEquals("MEMORY_NOT_FOUND", told.body().get("code"));
    String said = String.valueOf(told.body().get("detail"));
    assertTrue(said.contains("expected=a section 'memory' in its manifest"), said);
  }

  @Test
  void theCommandLineDoesTheSame() throws Exception {
    run("the staging deploy failed", "the printer is out of paper");

    CliRun listed = CliRun.of("memory", "keeper", "--url", url());
    assertEquals(0, listed.code(), listed::err);
    assertTrue(listed.out().contains("ORIGIN"), listed::out);
    assertEquals(3, listed.out().lines().count(), listed::out);
    CliRun found = CliRun.of("memory", "keeper", "search", "printer", "paper", "--url", url());
    assertTrue(found.out().contains("the printer is out of paper"), found::out);
    CliRun nothing = CliRun.of("memory", "keeper", "forget", "--url", url());
    assertEquals(2, nothing.code());
    assertTrue(nothing.err().contains("expected=one of ID..., --origin"), nothing::err);
    CliRun unknown = CliRun.of("memory", "keeper", "forget", "nothing", "--url", url());
    assertEquals(1, unknown.code());
    assertTrue(unknown.err().contains("there is no memory \"nothing\""), unknown::err);
    CliRun gone =
        CliRun.of("memory", "keeper", "forget", "--origin", "manual:manual", "--url", url());
    assertEquals("forgotten  2\n", gone.out(), gone::err);
  }
}
