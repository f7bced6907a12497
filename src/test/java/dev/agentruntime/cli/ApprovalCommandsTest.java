package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import dev.agentruntime.process.AgentProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code approvals}, against a node whose agent wants to write something down. */
class ApprovalCommandsTest {

  private static final String CLERK = """
      name: clerk
      model: script:play.yaml
      instructions: Write it down.
      approval: {tools: [context_set], tainted: false, timeout: TIMEOUT}
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private CliNode node;

  @BeforeEach
  void serve() throws Exception {
    node = new CliNode(directory);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private AgentProcess clerk(String timeout) throws Exception {
    return clerk(timeout, "5");
  }

  private AgentProcess clerk(String timeout, String value) throws Exception {
    Files.writeString(directory.resolve("play.yaml"), """
        rules:
          - when: {turn: 1}
            call: [{tool: context_set, args: {key: sum, value: VALUE}}]
          - say: "Done."
        """.replace("VALUE", value));
    AgentProcess clerk = node.play(CLERK.replace("TIMEOUT", timeout), directory);
    assertTrue(CliNode.now(clerk.trigger(Json.of("go"), Json.EMPTY, null)).durable());
    return clerk;
  }

  private List<?> waiting() {
    String out = node.run("approvals", "--json").out();
    return (List<?>) Objects.requireNonNull(Json.parse(out).object().get("approvals"));
  }

  private String asked() throws Exception {
    CliNode.until(() -> waiting().size() == 1, () -> "nothing waits");
    return String.valueOf(((Map<?, ?>) Objects.requireNonNull(waiting().get(0))).get("id"));
  }

  private void over(long runs) throws Exception {
    CliNode.until(
        () -> node.run("status", "clerk", "--json").out().contains("\"invocation_count\":" + runs),
        () -> "the run does not end");
  }

  private String context() {
    return node.run("context", "clerk", "--json").out();
  }

  @Test
  void listsShowsAndApproves() throws Exception {
    assertEquals("clerk", clerk("1h").name().value());
    String id = asked();
    CliRun list = node.run("approvals");
    assertEquals(0, list.code(), list::err);
    for (String part : List.of("ID", id, "clerk", "context_set", "{\"key\":\"sum\"", "tool")) {
      assertTrue(list.out().contains(part), () -> part + " in " + list.out());
    }
    CliRun shown = node.run("approvals", "show", id.substring(0, 20));
    assertTrue(shown.out().contains("arguments_digest: "), shown::out);
    CliRun whole = node.run("approvals", "show", id, "--json");
    assertEquals(id, Json.parse(whole.out().strip()).object().get("id"));
    CliRun approved = node.run("approvals", "approve", id, "--reason", "it is true");
    assertEquals(0, approved.code(), approved::err);
    assertEquals(id + "  approved\n", approved.out());
    over(1);
    assertTrue(context().contains("\"sum\""), this::context);
    assertTrue(node.run("logs", "clerk").out().contains("it is true"));
  }

  @Test
  void theSameWordAgainIsTheSameDecision() throws Exception {
    AgentProcess clerk = clerk("1h");
    String id = asked();
    assertEquals(0, node.run("approvals", "approve", id).code());
    over(1);
    String by = String.valueOf(
        Json.parse(node.run("approvals", "show", id, "--json").out().strip())
            .object()
            .get("decided_by"));
    CliRun again = node.run("approvals", "approve", id);
    assertEquals(0, again.code(), again::err);
    assertTrue(
        again.out().startsWith(id + "  approved, decided already by " + by + " at 2"), again::out);
    CliRun other = node.run("approvals", "deny", id);
    assertEquals(1, other.code());
    assertTrue(
        other.err().startsWith("error: request " + id + " was approved by " + by + " at 2"),
        other::err);
    CliRun edited = node.run("approvals", "approve", id, "--args", "{\"key\":\"a\",\"value\":1}");
    assertEquals(1, edited.code());
    assertTrue(edited.err().contains("was approved with other arguments by " + by), edited::err);
    assertEquals(
        "error: no call waits for a person, so none as 01XX\n",
        node.run("approvals", "deny", "01XX").err());
    assertEquals("clerk", clerk.name().value());
  }

  @Test
  void aWordSaidAgainInShortIsNeverOneAboutAnotherCall() throws Exception {
    AgentProcess clerk = clerk("1h");
    String id = asked();
    // So few characters that each request of these years begins so.
    String brief = id.substring(0, 2);
    assertEquals(0, node.run("approvals", "approve", brief).code());
    over(1);
    assertTrue(CliNode.now(clerk.trigger(Json.of("go"), Json.EMPTY, null)).durable());
    String other = asked();
    CliRun again = node.run("approvals", "approve", brief);
    assertEquals(2, again.code(), again::out);
    assertTrue(again.err().contains(id) && again.err().contains(other), again::err);
    assertEquals(other, asked());
  }

  @Test
  void whatLapsedIsNotTakenForWhatIsAskedAnew() throws Exception {
    AgentProcess clerk = clerk("1h");
    String id = asked();
    String changed = CLERK.replace("TIMEOUT", "1h").replace("[context_set]", "['context_*']");
    node.replace(clerk, changed, directory);
    CliNode.until(() -> waiting().toString().contains(id + ".2"), () -> "it is not asked anew");
    CliRun late = node.run("approvals", "approve", id);
    assertEquals(1, late.code(), late::out);
    assertTrue(late.err().contains("holds no more"), late::err);
    assertTrue(!context().contains("\"sum\""), this::context);
    assertEquals("clerk", clerk.name().value());
  }

  @Test
  void denies() throws Exception {
    AgentProcess clerk = clerk("1h");
    CliRun denied = node.run("approvals", "deny", asked(), "--reason", "no", "--json");
    assertEquals(0, denied.code(), denied::err);
    assertTrue(denied.out().contains("\"status\":\"denied\""), denied::out);
    over(1);
    assertTrue(!context().contains("\"sum\""), this::context);
    assertEquals("running", CliNode.now(clerk.status(false)).object().get("state"));
  }

  @Test
  void givesTheToolOtherArguments() throws Exception {
    AgentProcess clerk = clerk("1h");
    String id = asked();
    CliRun refused = node.run("approvals", "approve", id, "--args", "{\"key\":7}");
    assertEquals(1, refused.code());
    assertTrue(refused.err().contains("argument"), refused::err);
    assertEquals(id, asked());
    Path file = directory.resolve("args.json");
    Files.writeString(file, "{\"key\":\"sum\",\"value\":4}");
    CliRun approved = node.run("approvals", "approve", id, "--args", file.toString());
    assertEquals(0, approved.code(), approved::err);
    over(1);
    assertTrue(context().replace(" ", "").contains("\"sum\":4"), this::context);
    assertEquals("clerk", clerk.name().value());
  }

  @Test
  void leavesMaskedWhatItDoesNotChange() throws Exception {
    AgentProcess clerk = clerk("1h", "{amount: 5, api_key: k-1}");
    String id = asked();
    CliRun refused = node.run(
        "approvals", "approve", id, "--args", "{\"key\":\"[masked]\",\"value\":{\"amount\":4}}");
    assertEquals(1, refused.code());
    assertTrue(
        refused.err().contains("arguments at \"/key\", expected=the value itself"), refused::err);
    CliRun approved = node.run(
        "approvals",
        "approve",
        id,
        "--args",
        "{\"key\":\"sum\",\"value\":{\"amount\":4,\"api_key\":\"[masked]\"}}");
    assertEquals(0, approved.code(), approved::err);
    over(1);
    String sum = context().replace(" ", "");
    assertTrue(sum.contains("\"amount\":4") && sum.contains("\"api_key\":\"k-1\""), sum);
    assertEquals("clerk", clerk.name().value());
  }

  @Test
  void whatHasExpiredIsListedNoMore() throws Exception {
    assertEquals("clerk", clerk("200ms").name().value());
    over(1);
    assertEquals(List.of(), waiting());
    assertTrue(!context().contains("\"sum\""), this::context);
    assertTrue(node.run("logs", "clerk").out().contains("expired"));
  }

  @Test
  void namesWhoCannotBeAskedNow() throws Exception {
    assertEquals("clerk", clerk("1h").name().value());
    String id = asked();
    CliRun killed = node.run("stop", "--all", "--now");
    assertEquals(0, killed.code(), killed::err);
    CliRun list = node.run("approvals");
    assertEquals(0, list.code(), list::err);
    String unseen = "not seen are those of clerk, which cannot be asked now (see status)\n";
    assertEquals(unseen, list.err());
    CliRun denied = node.run("approvals", "deny", id);
    assertEquals(1, denied.code());
    assertEquals(
        "error: no call waits for a person, so none as " + id + "; " + unseen, denied.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "approve                    | ID",
        "deny 01XX                  | expected=one of",
        "list --args {}             | --args",
        "deny ID --args {}          | --args",
        "show ID --reason x         | --reason",
        "approve ID --args {        | --args",
        "grant ID                   | grant",
      })
  void saysWhatItNeeds(String line, String expected) throws Exception {
    assertEquals("clerk", clerk("1h").name().value());
    String id = asked();
    String words = "approvals " + line.replace("ID", id);
    CliRun run = node.run(words.split(" "));
    assertEquals(2, run.code(), run::err);
    assertTrue(run.err().contains(expected), run::err);
    assertEquals(id, asked());
  }
}
