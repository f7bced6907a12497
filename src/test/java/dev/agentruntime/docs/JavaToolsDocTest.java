package dev.agentruntime.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.agent.Agent;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.tool.EffectKey;
import dev.agentruntime.tool.InDoubt;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The Java of the page on tools. */
class JavaToolsDocTest {

  // snippet: shop
  static class Shop {
    @Tool("Says what an item costs, in cents.")
    @InDoubt(Policy.READ_ONLY)
    long price(@P(name = "item", value = "its name") String item) {
      return item.length() * 100L;
    }

    @Tool("Charges a customer.")
    String charge(
        @P(name = "customer", value = "who") String customer,
        @P(name = "cents", value = "how much") long cents,
        @EffectKey String key) {
      return "charged " + customer + " " + cents + " under " + key;
    }
  }

  // end: shop

  @Test
  void anAgentCallsThem() throws Exception {
    Json play = Json.parse("{\"rules\":[{\"when\":{\"turn\":1},\"call\":[{\"tool\":\"price\","
        + "\"args\":{\"item\":\"lamp\"}}]},{\"when\":{\"tool_result\":\"price\"},"
        + "\"say\":\"It costs 400.\"},{\"say\":\"unknown\"}]}");
    // snippet: agent
    Agent agent = Agent.builder().script(play).tools(new Shop()).build();
    // end: agent
    String reply = agent
        .ask("What does a lamp cost?")
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
    assertEquals("It costs 400.", reply);
    assertTrue(agent
        .close()
        .map(true)
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS));
  }
}
