package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code secrets NAME [list | rotate SECRET [--from SOURCE] | revoke [SECRET]]}. */
@Command(
    name = "secrets",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the secrets of a process, reads one anew, or takes it out of use.",
      "A value is never shown, and never given here: rotate reads it from its source.",
      "Who used which, and when: journal show NAME --type secret_access"
    })
final class SecretsCommand extends ProcessCommand {

  /** What may be done. */
  enum Action {
    LIST,
    ROTATE,
    REVOKE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ACTION",
      defaultValue = "list",
      description = "list, rotate or revoke (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Action action;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "SECRET",
      description = "Which one; revoke without it takes all.")
  private @Nullable String secret;

  @Option(
      names = "--from",
      paramLabel = "SOURCE",
      description = "rotate: from now on found in $${VARIABLE} or file:PATH.")
  private @Nullable String from;

  @Override
  public void run(ApiClient api, Console console) {
    String path = ApiClient.process(name()) + "/secrets";
    if (from != null && action != Action.ROTATE) {
      throw usage("--from, expected=together with rotate");
    }
    if (action == Action.LIST && secret != null) {
      throw usage("SECRET, expected=together with rotate or revoke");
    }
    if (action == Action.ROTATE && secret == null) {
      throw usage("SECRET, expected=the one to rotate");
    }
    String one = secret == null ? path : path + "/" + ApiClient.escaped(secret);
    Json answer = switch (action) {
      case LIST -> api.get(path);
      case ROTATE -> api.patch(one, from == null ? Json.EMPTY : Json.of(Map.of("value", from)));
      case REVOKE -> api.delete(one);
    };
    if (json()) {
      console.json(answer);
      return;
    }
    console.table(
        List.of("NAME", "STATUS", "SOURCE", "EXPIRES IN", "EXPOSED"),
        Rows.of(
            Console.objects(answer.object().get("secrets")),
            "name",
            "status",
            "source",
            "expires_in",
            "exposed"));
  }
}
