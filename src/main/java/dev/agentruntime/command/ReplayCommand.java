package dev.agentruntime.command;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code replay NAME}. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Folds the journal of a process again, and compares with the state it runs on.",
      "Exit code 1 when they differ; what differs is listed."
    })
final class ReplayCommand extends ActCommands.OfProcess {

  @Override
  void run(ApiClient api, Console console) {
    Json answer = api.post(ApiClient.process(name()) + "/replay", null, Map.of());
    Map<String, @Nullable Object> said = answer.object();
    boolean equal = Boolean.TRUE.equals(said.get("equal"));
    print(
        console,
        answer,
        (equal ? "equal at entry " : "different at entry ") + Console.text(said.get("position"))
            + "  " + Console.text(said.get("digest")));
    if (!equal) {
      if (!json()) {
        console.table(
            List.of("AT", "LIVE", "REPLAYED"),
            ReadCommands.rows(Console.objects(said.get("differences")), "at", "live", "replayed"));
      }
      throw new RuntimeFault(
          ErrorCode.JOURNAL_CORRUPT,
          "the journal of " + name() + " does not come to the state it runs on");
    }
  }
}
