package dev.agentruntime.local;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.Token;
import dev.agentruntime.access.TokenFile;
import dev.agentruntime.access.TokenRandom;
import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.NodeCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who may come in: makes tokens, lists, rotates and revokes them. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TokenCommand.Create.class,
      TokenCommand.Listed.class,
      TokenCommand.Rotate.class,
      TokenCommand.Revoke.class
    },
    description = {
      "Makes, lists, rotates and revokes the tokens of a node.",
      "With --data it works on the node's directory, also while the node is down: that is how the"
          + " first token is made. Without, it asks the node, which wants a token of scope admin."
    })
public final class TokenCommand {

  private static final String PATH = "/api/v1/tokens";

  /** What all four need. */
  private abstract static class OfTokens extends NodeCommand {

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "The data directory; no running node is asked.")
    private @Nullable Path data;

    @Option(
        names = "--node",
        paramLabel = "ID",
        defaultValue = "node-1",
        description = "With --data: whose tokens (default: ${DEFAULT-VALUE}).")
    private String node = "node-1";

    /** The file to work on, null = ask the node. */
    @Nullable
    TokenFile file() {
      Path directory = data;
      if (directory == null) {
        return null;
      }
      if (Files.exists(directory) && !Files.isDirectory(directory)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG, "--data " + directory + ", expected=a directory");
      }
      Path home = directory.resolve(new NodeId(node).value());
      if (!makesHome() && !Files.isDirectory(home)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "--data " + directory + ", expected=where a node keeps its data, actual=no directory "
                + home);
      }
      return new TokenFile(new RealDisk(), home, InstantSource.system(), TokenRandom::draw);
    }

    /** Whether a node that was never started may have a token. */
    boolean makesHome() {
      return false;
    }

    /** Shows a token for the first and last time: alone on standard output, for a pipe. */
    void shown(Console console, Json made) {
      Map<String, @Nullable Object> all = made.object();
      if (json()) {
        console.json(made);
      } else {
        console.note("token " + all.get("id") + " (" + all.get("name") + ", " + all.get("scope")
            + "); keep it, it is not shown again:");
        console.line(String.valueOf(all.get("token")));
      }
    }
  }

  private static Json shown(TokenFile.Made made) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(made.token().shown().object());
    all.put("token", made.secret());
    return Json.of(all);
  }

  /** {@code token create}. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a token and prints it, once; the node keeps only its digest.")
  static final class Create extends OfTokens {

    @Parameters(paramLabel = "NAME", description = "Whose it is, for the audit.")
    private String name = "";

    @Option(
        names = "--scope",
        required = true,
        paramLabel = "SCOPE",
        description = "read, operate, deploy or admin; each includes those before it.")
    private String scope = "";

    @Override
    boolean makesHome() {
      return true;
    }

    @Override
    public void run(ApiClient api, Console console) {
      Scope wanted = wanted();
      TokenFile file = file();
      shown(
          console,
          file != null
              ? TokenCommand.shown(file.create(name, wanted))
              : api.post(PATH, Json.of(Map.of("name", name, "scope", wanted.word())), Map.of()));
    }

    private Scope wanted() {
      try {
        return Scope.of(scope);
      } catch (RuntimeFault e) {
        throw usage("--" + e.getMessage());
      }
    }
  }

  /** {@code token list}. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists tokens by id; none is shown itself, for only digests are kept.")
  static final class Listed extends OfTokens {
    @Override
    public void run(ApiClient api, Console console) {
      TokenFile file = file();
      Json answer = api(file, api);
      if (json()) {
        console.json(answer);
        return;
      }
      List<Map<String, @Nullable Object>> all = Console.objects(answer.object().get("tokens"));
      console.table(
          List.of("ID", "NAME", "SCOPE", "CREATED"),
          Rows.of(all, "id", "name", "scope", "created"));
    }

    private static Json api(@Nullable TokenFile file, ApiClient api) {
      if (file == null) {
        return api.get(PATH);
      }
      List<Token> tokens = file.read();
      return Json.of(
          Map.of("tokens", tokens.stream().map(Token::shown).toList(), "total", tokens.size()));
    }
  }

  /** {@code token rotate}. */
  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = "Gives a token a new secret; the old one is refused from then on.")
  static final class Rotate extends OfTokens {

    @Parameters(paramLabel = "ID", description = "As token list shows it.")
    private String id = "";

    @Override
    public void run(ApiClient api, Console console) {
      TokenFile file = file();
      shown(
          console,
          file != null
              ? TokenCommand.shown(file.rotate(id))
              : api.post(PATH + "/" + ApiClient.escaped(id) + "/rotate", null, Map.of()));
    }
  }

  /** {@code token revoke}. */
  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Takes a token away: at once by a node, within two seconds with --data.")
  static final class Revoke extends OfTokens {

    @Parameters(paramLabel = "ID", description = "As token list shows it.")
    private String id = "";

    @Override
    public void run(ApiClient api, Console console) {
      TokenFile file = file();
      if (file == null) {
        Json unused = api.delete(PATH + "/" + ApiClient.escaped(id));
      } else {
        file.revoke(id);
      }
      print(console, Json.of(Map.of("revoked", id)), "revoked  " + id);
    }
  }
}
