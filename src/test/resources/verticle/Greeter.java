package acme;

import dev.agentruntime.verticle.RuntimeAccess;
import dev.agentruntime.verticle.RuntimeExtension;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

// snippet: greeter
public class Greeter extends VerticleBase implements RuntimeExtension {

  @Override
  public void extend(RuntimeAccess runtime) {
    runtime.registerTools(this); // every agent may call greet from now on
  }

  @Tool("Greets somebody.")
  public String greet(@P(name = "name", value = "whom") String name) {
    return "Moin, " + name + "!";
  }

  @Override
  public Future<?> start() { // and it is a verticle as any other
    return vertx
        .eventBus()
        .<String>consumer("greet", asked -> asked.reply(greet(asked.body())))
        .completion();
  }
}
// end: greeter
