package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The manifests a process had: {@code versions, rollback}. */
final class VersionCommands {

  private VersionCommands() {}

  /** {@code versions NAME}. */
  @Command(
      name = "versions",
      mixinStandardHelpOptions = true,
      description = "Lists the manifests a process had, newest first.")
  static final class Versions extends ProcessCommand {
    @Override
    public void run(ApiClient api, Console console) {
      Json answer = api.get(ApiClient.process(name()) + "/versions");
      if (json()) {
        console.json(answer);
        return;
      }
      List<Map<String, @Nullable Object>> all = Console.objects(answer.object().get("versions"));
      console.table(
          List.of("VERSION", "DEPLOYED", "SOURCE", "RESTORES", "IN FORCE", "DIGEST"),
          Rows.of(all, "version", "deployed_at", "source", "restores", "in_force", "digest"));
    }
  }

  /** {@code rollback NAME}. */
  @Command(
      name = "rollback",
      mixinStandardHelpOptions = true,
      description = {
        "Brings an earlier manifest of a process back, as a new version.",
        "Open runs finish on the version they began with. A process that came from a file runs the"
            + " older manifest until the file changes."
      })
  static final class Rollback extends ProcessCommand {

    @Option(
        names = "--to",
        paramLabel = "N",
        description = "Which version, as versions lists them (default: the one before).")
    private @Nullable Integer to;

    @Override
    public void run(ApiClient api, Console console) {
      Json body = Json.of(to == null ? Map.of() : Map.of("version", to));
      Json status = api.post(ApiClient.process(name()) + "/rollback", body, Map.of());
      Map<?, ?> manifest =
          status.object().get("manifest") instanceof Map<?, ?> all ? all : Map.of();
      print(
          console,
          status,
          name() + "  version " + Console.text(manifest.get("version")) + ", version "
              + Console.text(manifest.get("restores")) + " again");
    }
  }
}
