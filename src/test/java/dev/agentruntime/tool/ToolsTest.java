package dev.agentruntime.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The box, the tools in it from the start, and how arguments are read. */
final class ToolsTest {

  private static final AgentContext STATE = AgentContext.EMPTY.with(
      List.of(new ContextWrite("a", Json.of(1), null), new ContextWrite("b", Json.of(2), null)),
      "initial",
      null,
      Instant.EPOCH);

  private record Named(String name, String schema) implements Tool {
    @Override
    public ToolDefinition definition() {
      return new ToolDefinition(
          name, "Does.", Json.parse(schema), ToolDefinition.Policy.IRREVERSIBLE);
    }

    @Override
    public Future<Reply> call(Call call) {
      return Future.succeededFuture(Reply.ok(""));
    }
  }

  private static Tool.Reply call(String tool, String arguments, String... writable) {
    Tool found = Toolbox.of(BuiltinTools.all(List.of(writable))).find(tool);
    if (found == null) {
      throw new AssertionError(tool);
    }
    return found
        .call(new Tool.Call(
            new ProcessName("p"),
            new InvocationId("RUN"),
            "RUN-1",
            Json.parse(arguments),
            STATE,
            new CancelSignal()))
        .result();
  }

  @Test
  void theBoxDoesNotDependOnTheOrder() {
    List<Tool> tools = new ArrayList<>(BuiltinTools.all(List.of()));
    Toolbox box = Toolbox.of(tools);
    Collections.reverse(tools);
    assertEquals(box.digest(), Toolbox.of(tools).digest());
    assertEquals(Hex.sha256(box.definitionsJson().bytes()), box.digest());
    assertEquals(box.definitions(), Toolbox.definitions(box.definitionsJson()));
    assertEquals(
        List.of("context_delete", "context_get", "context_list", "context_set"),
        box.definitions().stream().map(ToolDefinition::name).toList());
    assertNull(box.find("pay"));
    assertEquals(
        "unknown tool \"pay\", expected=no tool calls, there are no tools",
        Toolbox.EMPTY.unknown("pay"));
  }

  @Test
  void aBuiltinCannotBeShadowed() {
    List<Tool> tools = new ArrayList<>(BuiltinTools.all(List.of()));
    tools.add(new Named("context_set", "{}"));
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> Toolbox.of(tools));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().contains("BuiltinTools$OwnState"), fault.toString());
    assertTrue(fault.failure().message().contains("ToolsTest$Named"), fault.toString());
  }

  @ParameterizedTest
  @CsvSource({"'', {}", "a b, {}", "ä, {}", "ok, []", "ok, 7"})
  void namesAndSchemasAreChecked(String name, String schema) {
    assertThrows(RuntimeFault.class, () -> Toolbox.of(List.of(new Named(name, schema))));
  }

  @Test
  void theClassPathIsSearched() {
    assertEquals(List.of(), Toolbox.discover(ToolsTest.class.getClassLoader()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "context_get | {'key':'a'} | {'key':'a','version':1,'value':1}",
        "context_get | {'key':'x'} | {'key':'x','version':0,'value':null}",
        "context_set | {'key':'a','value':null} | {'key':'a','version':2}",
        "context_set | {'key':'x','value':[1.50],'if_version':0} | {'key':'x','version':1}",
        "context_delete | {'key':'a','if_version':1} | {'deleted':true}",
        "context_delete | {'key':'x'} | {'deleted':false}",
        "context_list | {} | {'entries':[{'key':'a','version':1},{'key':'b','version':1}]}",
      })
  void theContextToolsAnswer(String tool, String arguments, String answer) {
    Tool.Reply reply = call(tool, arguments.replace('\'', '"'));
    assertEquals(answer.replace('\'', '"'), reply.text());
    assertEquals(false, reply.error());
  }

  @Test
  void whatTheyWouldWriteIsInTheReply() {
    assertEquals(
        List.of(new ContextWrite("x", Json.parse("[1.50]"), 0L)),
        call("context_set", "{\"key\":\"x\",\"value\":[1.50],\"if_version\":0}").writes());
    assertEquals(
        List.of(new ContextWrite("x", Json.NULL, null)),
        call("context_set", "{\"key\":\"x\",\"value\":null}").writes());
    assertEquals(
        List.of(new ContextWrite("a", null, null)),
        call("context_delete", "{\"key\":\"a\"}").writes());
    assertEquals(List.of(), call("context_delete", "{\"key\":\"x\"}").writes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'key':'secret','value':1} | key \"secret\" is not writable, expected=one of [a]",
        "{'key':'a','value':1,'if_version':3} | version of \"a\", expected=3, actual=1",
        "{'key':'a'} | argument \"value\", expected=a value, it is required, actual=nothing",
        "{'key':7,'value':1} | argument \"key\", expected=type string, actual=a number",
        "{'key':'a','value':1,'ttl':5} | argument \"ttl\", expected=one of the arguments",
        "{'key':'a','value':1,'if_version':'1'} | argument \"if_version\", expected=type integer",
        "{'key':'','value':1} | key, expected=1 to 200 characters, actual=0",
      })
  void aRefusalIsAnAnswer(String arguments, String message) {
    Tool.Reply reply = call("context_set", arguments.replace('\'', '"'), "a");
    assertTrue(reply.error());
    assertTrue(reply.text().startsWith(message), reply.text());
    assertEquals(List.of(), reply.writes());
  }

  @Test
  void aValueThatIsTooLargeIsRefusedInWords() {
    Tool.Reply reply =
        call("context_set", "{\"key\":\"a\",\"value\":\"" + "x".repeat(262_143) + "\"}");
    assertTrue(reply.error());
    assertEquals("value of \"a\", expected<=262144 bytes of JSON, actual=262145", reply.text());
    assertEquals(List.of(), reply.writes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} trailing",
        "{'a':1}",
        "```json {}```",
        "{\"a\":NaN}",
        "\"{}\"",
        "[]",
        "null",
        "{\"n\":\"x\"}",
        "{\"n\":1.5}",
        "{\"n\":1,\"m\":2}",
        "{\"n\":1,\"n\":2}",
        "{\"n\":1,\"e\":\"c\"}",
      })
  void whatIsNoArgumentObjectIsRefused(String written) {
    Json schema = Json.parse("{\"properties\":{\"n\":{\"type\":\"integer\"},\"e\":{\"enum\":"
        + "[\"a\"]}},\"additionalProperties\":false}");
    assertThrows(RuntimeFault.class, () -> Arguments.parse(written, schema));
  }

  @Test
  void noArgumentsAreAnEmptyObject() {
    assertEquals(Json.EMPTY, Arguments.parse("", Json.EMPTY));
    assertEquals(Json.EMPTY, Arguments.parse(" \n", Json.EMPTY));
    Json schema =
        Json.parse("{\"properties\":{\"n\":{\"type\":[\"integer\",\"null\"]},\"x\":true}}");
    for (String fine : List.of("{\"n\":1.0}", "{\"n\":null}", "{\"other\":[]}")) {
      assertEquals(Json.parse(fine), Arguments.parse(fine, schema));
    }
  }
}
