package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replay, rewind and fork over HTTP, with a whole runtime behind it. */
class PastApiTest extends ApiFixture {

  private static final String PATH = "/api/v1/processes/past";

  @BeforeEach
  void runTwice() throws Exception {
    told(
        201,
        ask("POST", "/api/v1/processes", "{\"name\":\"past\",\"config\":{\"model\":\"echo\"}}"));
    for (String word : List.of("one", "two")) {
      told(202, ask("POST", PATH + "/trigger", "{\"payload\":{\"word\":\"" + word + "\"}}"));
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Long.valueOf(2).equals(ask("GET", PATH, null).body().get("invocation_count"))) {
      assertTrue(System.nanoTime() < end, "the runs do not end");
    }
  }

  @CanIgnoreReturnValue
  private static Map<String, @Nullable Object> told(int status, Told told) {
    assertEquals(status, told.status(), told::toString);
    return told.body();
  }

  /** The sequence of the last entry of a kind. */
  private long last(String kind) throws Exception {
    List<?> entries = (List<?>) Objects.requireNonNull(
        ask("GET", PATH + "/journal?type=" + kind, null).body().get("entries"));
    return (Long) Objects.requireNonNull(((Map<?, ?>) entries.get(entries.size() - 1)).get("s"));
  }

  private long messages() throws Exception {
    return (Long)
        Objects.requireNonNull(ask("GET", PATH, null).body().get("conversation_messages"));
  }

  @Test
  void replayIsEqualAndRewindTakesBackWhatItPlanned() throws Exception {
    Map<String, @Nullable Object> replay = told(200, ask("POST", PATH + "/replay", null));
    assertEquals(true, replay.get("equal"), replay::toString);
    assertEquals(
        ask("GET", PATH + "?digest=true", null).body().get("digest"), replay.get("digest"));
    assertEquals(4, messages());
    String to =
        "{\"to\":\"past#1:" + (last("invocation_start") - 1) + "\",\"mode\":\"conversation\"";
    Map<String, @Nullable Object> plan = told(200, ask("POST", PATH + "/rewind", to + "}"));
    assertEquals(false, plan.get("applied"));
    assertEquals(1L, plan.get("invocation_count"), plan::toString);
    assertEquals(4, messages());
    Map<String, @Nullable Object> done =
        told(200, ask("POST", PATH + "/rewind", to + ",\"apply\":true,\"note\":\"wrong\"}"));
    assertEquals(last("rewind"), done.get("entry"));
    assertEquals(2, messages());
    assertEquals(true, told(200, ask("POST", PATH + "/replay", "{}")).get("equal"));
  }

  @Test
  void aForkRunsEndsAndIsForgotten() throws Exception {
    long at = last("invocation_start");
    String order = "{\"at\":" + at + ",\"model\":\"script:other\",\"play\":{\"rules\":"
        + "[{\"call\":[{\"tool\":\"context_set\",\"args\":{\"key\":\"k\",\"value\":1}}],"
        + "\"times\":1},{\"say\":\"otherwise\"}]}}";
    Object before = ask("GET", PATH + "?digest=true", null).body().get("digest");
    Map<String, @Nullable Object> fork = told(202, ask("POST", PATH + "/forks", order));
    assertEquals("past~1", fork.get("fork"));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while ("running".equals(fork.get("state"))) {
      assertTrue(System.nanoTime() < end, "the fork does not end");
      fork = told(200, ask("GET", PATH + "/forks/past~1", null));
    }
    assertEquals("completed", fork.get("state"), fork::toString);
    String diff = String.valueOf(fork.get("diff"));
    assertTrue(diff.contains("text=otherwise") && diff.contains("key=k"), diff);
    assertEquals(before, ask("GET", PATH + "?digest=true", null).body().get("digest"));
    List<?> all = (List<?>)
        Objects.requireNonNull(told(200, ask("GET", PATH + "/forks", null)).get("forks"));
    assertEquals(1, all.size());
    Map<String, @Nullable Object> none = told(404, ask("GET", "/api/v1/processes/past~1", null));
    assertEquals("PROCESS_NOT_FOUND", none.get("code"), "a fork is no process");
    assertEquals(204, ask("DELETE", PATH + "/forks/past~1", null).status());
    told(404, ask("GET", PATH + "/forks/past~1", null));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      rewind  | {}                                | 422 | MISSING_FIELD
      rewind  | {"to":9999}                       | 404 | NOT_FOUND
      rewind  | {"to":0}                          | 422 | INVALID_TYPE
      rewind  | {"to":1.5}                        | 422 | INVALID_TYPE
      rewind  | {"to":"other#1:1"}                | 404 | NOT_FOUND
      rewind  | {"to":"past#2:1"}                 | 404 | NOT_FOUND
      rewind  | {"to":"past:1"}                   | 422 | INVALID_TYPE
      rewind  | {"to":"one"}                      | 422 | INVALID_TYPE
      rewind  | {"to":1,"mode":"all"}             | 422 | INVALID_TYPE
      rewind  | {"to":1,"apply":"yes"}            | 422 | INVALID_TYPE
      rewind  | {"to":1,"target":1}               | 422 | UNKNOWN_FIELD
      replay  | {"at":1}                          | 422 | UNKNOWN_FIELD
      forks   | {}                                | 422 | MISSING_FIELD
      forks   | {"at":9999}                       | 404 | NOT_FOUND
      forks   | {"at":"other#1:1"}                | 404 | NOT_FOUND
      forks   | {"at":1,"model":"script:x"}       | 422 | INVALID_CONFIG
      forks   | {"at":1,"model":"nobody:x"}       | 422 | INVALID_CONFIG
      forks   | {"at":1,"play":[]}                | 422 | INVALID_TYPE
      forks   | {"at":1,"answers":{"no_tool":1}}  | 422 | INVALID_CONFIG
      forks   | {"at":1,"live_reads":1}           | 422 | INVALID_TYPE
      """)
  void badOrdersAreNamed(String what, String body, int status, String code) throws Exception {
    Map<String, @Nullable Object> problem = told(status, ask("POST", PATH + "/" + what, body));
    assertEquals(code, problem.get("code"), problem::toString);
  }

  @Test
  void nothingIsForkedOrRewoundWhileAllWorkIsEnded() throws Exception {
    String at = "{\"at\":" + last("invocation_start") + "}";
    told(200, ask("POST", "/api/v1/runtime/kill", "{\"reason\":\"wild\"}"));
    assertEquals("KILLED", told(503, ask("POST", PATH + "/forks", at)).get("code"));
    String to = "{\"to\":1,\"apply\":true}";
    assertEquals("KILLED", told(503, ask("POST", PATH + "/rewind", to)).get("code"));
    assertEquals(true, told(200, ask("POST", PATH + "/replay", null)).get("equal"));
    told(200, ask("DELETE", "/api/v1/runtime/kill", null));
    told(202, ask("POST", PATH + "/forks", at));
  }
}
