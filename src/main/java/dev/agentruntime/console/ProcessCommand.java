package dev.agentruntime.console;

import dev.agentruntime.core.Json;
import java.util.Map;
import picocli.CommandLine.Parameters;

/** A command about one process. */
public abstract class ProcessCommand extends NodeCommand {

  @Parameters(index = "0", paramLabel = "NAME", description = "The process.")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private String name;

  public final String name() {
    return name;
  }

  /** Asks for a move in its life, and prints where it is afterwards. */
  public final void move(ApiClient api, Console console, String verb) {
    Json status = api.post(ApiClient.process(name) + "/" + verb, null, Map.of());
    print(console, status, name + "  " + Console.text(status.object().get("state")));
  }
}
