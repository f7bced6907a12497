package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A manifest that is changed while its process lives: its instructions and its triggers. */
class ManifestApiTest extends ApiFixture {

  private static final String A = PROCESSES + "/a";
  private static final String MANIFEST = """
      version: "1.0"
      name: a
      model: echo
      instructions: Be brief.
      triggers:
        - {type: event, id: builds, event_type: build.done}
        - {type: cron, id: nightly, cron_expression: "0 3 * * *"}
      """;

  @BeforeEach
  void deployA() throws Exception {
    deployYaml(MANIFEST);
  }

  private Map<String, @Nullable Object> manifest() throws Exception {
    return Json.of(get(A).is(200).get("manifest")).object();
  }

  private List<?> triggers() throws Exception {
    return (List<?>) Objects.requireNonNull(get(A + "/triggers").is(200).get("triggers"));
  }

  private List<String> ids() throws Exception {
    return triggers().stream()
        .map(each -> String.valueOf(((Map<?, ?>) each).get("id")))
        .toList();
  }

  private void emit(String type) throws Exception {
    ask("POST", "/api/v1/events", "{\"event_type\":\"" + type + "\"}").is(202);
  }

  private long accepted() throws Exception {
    return (Long) Objects.requireNonNull(get(A).body().get("accepted_count"));
  }

  /** The same node again, on the journal it left. */
  private void restart() throws Exception {
    await(runtime.close());
    begin();
  }

  @Test
  void otherInstructionsHoldFromTheNextRunAndShowAsDrift() throws Exception {
    assertEquals(List.of(), manifest().get("drift"));
    Told told = ask("PATCH", A + "/instructions", "{\"instructions\":\"Be long.\"}");
    assertEquals(
        List.of("instructions"), Json.of(told.is(200).get("manifest")).object().get("drift"));
    assertEquals(2L, manifest().get("version"));
    assertTrue(journal().contains("\"instructions\":\"Be long.\""), "it is journaled");

    restart();
    assertEquals(2L, manifest().get("version"));
    assertEquals(List.of("instructions"), manifest().get("drift"));

    ask("PATCH", A + "/instructions", "{\"instructions\":\"Be long.\"}").is(200);
    assertEquals(2L, manifest().get("version"), "nothing changed, nothing is journaled");
    ask("PATCH", A + "/instructions", "{\"instructions\":\"Be brief.\"}").is(200);
    assertEquals(List.of(), manifest().get("drift"), "it is as declared again");
  }

  private String journal() throws Exception {
    return Json.of(get(A + "/journal?type=process_deployed").is(200).get("entries"))
        .toString();
  }

  @Test
  void anAddedTriggerFiresAtOnceAndAfterARestart() throws Exception {
    Told added =
        ask("POST", A + "/triggers", "{\"type\":\"event\",\"event_type\":\"deploy.done\"}");
    String id = String.valueOf(added.is(201).get("id"));
    assertEquals(true, added.body().get("dynamic"));
    assertEquals("/api/v1/processes/a/triggers/" + id, added.header("location"));
    emit("deploy.done");
    assertEquals(1, accepted());

    restart();
    assertEquals(List.of("builds", "nightly", id), ids());
    assertEquals(1L, get(A).body().get("dynamic_trigger_count"));
    emit("deploy.done");
    assertEquals(2, accepted());

    ask("DELETE", A + "/triggers/" + id, null).is(204);
    emit("deploy.done");
    assertEquals(2, accepted());
    assertEquals(List.of(), manifest().get("drift"), "it is as declared again");
    ask("DELETE", A + "/triggers/" + id, null).refuses(404, "TRIGGER_NOT_FOUND");
  }

  @Test
  void aTriggerOfTheManifestIsTakenAwayAndTheOthersKeepTheirIds() throws Exception {
    emit("build.done");
    assertEquals(1, accepted());
    ask("DELETE", A + "/triggers/builds", null).is(204);
    emit("build.done");
    assertEquals(1, accepted(), "it does not listen any more");
    assertEquals(List.of("nightly"), ids());
    restart();
    assertEquals(List.of("nightly"), ids());
    assertEquals(List.of("triggers"), manifest().get("drift"));
    assertFalse(triggers().toString().contains("dynamic=true"));
  }

  @Test
  void changesHoldUntilAnotherManifestIsDeclared() throws Exception {
    AgentProcess a = runtime.require("a");
    ask("PATCH", A + "/instructions", "{\"instructions\":\"Be long.\"}").is(200);
    String declared = await(a.deployed()).declared();
    assertEquals(
        runtime.manifests().readYaml(MANIFEST, "test", null, false).digest(),
        declared,
        "the unchanged file is not another one");
    await(a.deploy(
        runtime.manifests().readYaml(MANIFEST.replace("brief", "kind"), "test", null, false),
        "file"));
    assertEquals(List.of(), manifest().get("drift"));
    assertFalse(declared.equals(await(a.deployed()).declared()));
  }

  @Test
  void aTriggerThatCannotListenIsTakenBack() throws Exception {
    Told told = ask(
        "POST",
        A + "/triggers",
        "{\"type\":\"webhook\",\"webhook_path\":\"/x\",\"auth\":\"none\"}");
    assertTrue(told.status() == 422, told::toString);
    assertEquals(List.of("builds", "nightly"), ids());
    assertEquals(List.of(), manifest().get("drift"));
    emit("build.done");
    assertEquals(1, accepted(), "the others listen");
    restart();
    assertEquals(List.of("builds", "nightly"), ids());
    assertEquals("running", get(A).body().get("state"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      {"type":"event"}                                             | INVALID_CONFIG
      {"type":"event","event_type":"x","id":"builds"}              | INVALID_CONFIG
      {"type":"event","event_type":"x","colour":"red"}             | INVALID_CONFIG
      {"type":"cron","cron_expression":"61 * * * *"}               | INVALID_CONFIG
      {"type":"moon","id":"full"}                                  | INVALID_CONFIG
      {"type":"webhook","webhook_path":"/x","hmac_secret":"naked"} | INVALID_CONFIG
      {}                                                           | INVALID_CONFIG
      """)
  void aBadTriggerIsRefused(String trigger, String code) throws Exception {
    ask("POST", A + "/triggers", trigger).refuses(422, code);
    assertEquals(1L, manifest().get("version"));
  }

  @Test
  void badInstructionsAreRefused() throws Exception {
    ask("PATCH", A + "/instructions", "{}").refuses(422, "MISSING_FIELD");
    ask("PATCH", A + "/instructions", "{\"instructions\":1}").refuses(422, "INVALID_TYPE");
    ask("PATCH", PROCESSES + "/b/instructions", "{\"instructions\":\"x\"}")
        .refuses(404, "PROCESS_NOT_FOUND");
  }
}
