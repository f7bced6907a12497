package dev.agentruntime.command;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The commands that act on a running node: {@code start, stop, restart, suspend, resume, trigger,
 * deploy, undeploy}.
 */
final class ActCommands {

  private ActCommands() {}

  /** What is JSON as JSON, anything else as a text. */
  static @Nullable Object value(String text) {
    try {
      return Json.parse(text).value();
    } catch (RuntimeFault e) {
      return text;
    }
  }

  /** The bytes of a file, or of standard input for {@code -}. */
  static byte[] read(String file) {
    try {
      return file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "there is no file " + file, e);
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** A command about one process. */
  abstract static class OfProcess extends NodeCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The process.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String name;

    final String name() {
      return name;
    }

    /** Asks for a move in its life, and prints where it is afterwards. */
    final void move(ApiClient api, Console console, String verb) {
      Json status = api.post(ApiClient.process(name) + "/" + verb, null, Map.of());
      print(console, status, name + "  " + Console.text(status.object().get("state")));
    }
  }

  /** {@code start NAME}. */
  @Command(name = "start", mixinStandardHelpOptions = true, description = "Starts a process.")
  static final class Start extends OfProcess {
    @Override
    void run(ApiClient api, Console console) {
      move(api, console, "start");
    }
  }

  /** {@code stop NAME}. */
  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "Stops a process; its queue, conversation and open runs are kept.")
  static final class Stop extends OfProcess {
    @Override
    void run(ApiClient api, Console console) {
      move(api, console, "stop");
    }
  }

  /** {@code restart NAME}. */
  @Command(
      name = "restart",
      mixinStandardHelpOptions = true,
      description = "Stops a process and starts it.")
  static final class Restart extends OfProcess {
    @Override
    void run(ApiClient api, Console console) {
      move(api, console, "restart");
    }
  }

  /** {@code suspend NAME}. */
  @Command(
      name = "suspend",
      mixinStandardHelpOptions = true,
      description = "Lets a process take triggers and run nothing until it is resumed.")
  static final class Suspend extends OfProcess {
    @Override
    void run(ApiClient api, Console console) {
      move(api, console, "suspend");
    }
  }

  /** {@code resume NAME}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Lets a suspended process go on.")
  static final class Resume extends OfProcess {
    @Override
    void run(ApiClient api, Console console) {
      move(api, console, "resume");
    }
  }

  /** {@code trigger NAME}. */
  @Command(
      name = "trigger",
      mixinStandardHelpOptions = true,
      description = "Wakes a process by hand; ends when the event is durable.")
  static final class Trigger extends OfProcess {

    @Option(
        names = "--payload",
        paramLabel = "JSON|@FILE|-",
        defaultValue = "{}",
        description =
            "What to tell it: JSON, a file, or standard input (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String payload;

    @Option(
        names = "--key",
        paramLabel = "KEY",
        description = "Idempotency key: a repetition under the same key wakes nothing.")
    private @Nullable String key;

    @Override
    void run(ApiClient api, Console console) {
      Json body = Json.of(Map.of("payload", parsed()));
      Json answer = api.post(
          ApiClient.process(name()) + "/trigger",
          body,
          key == null ? Map.of() : Map.of("Idempotency-Key", key));
      Map<String, @Nullable Object> accepted = answer.object();
      String word = Boolean.TRUE.equals(accepted.get("duplicate")) ? "duplicate" : "accepted";
      print(console, answer, word + "  " + Console.text(accepted.get("event_id")));
    }

    private Json parsed() {
      if (payload.equals("-")) {
        return Json.parse(read("-"));
      }
      if (payload.startsWith("@")) {
        return Json.parse(read(payload.substring(1)));
      }
      try {
        return Json.parse(payload);
      } catch (RuntimeFault e) {
        throw usage("--payload, " + e.getMessage());
      }
    }
  }

  /** {@code deploy FILE}. */
  @Command(
      name = "deploy",
      mixinStandardHelpOptions = true,
      description = "Deploys a manifest to a running node.")
  static final class Deploy extends NodeCommand {

    @Parameters(
        index = "0",
        paramLabel = "FILE",
        description = "The manifest, - for standard input.")
    @SuppressWarnings("NullAway.Init") // filled by picocli
    private String file;

    @Option(names = "--no-start", description = "Leave the process created, not started.")
    private boolean noStart;

    @Override
    void run(ApiClient api, Console console) {
      Json status = api.postYaml("/api/v1/processes" + (noStart ? "?start=false" : ""), read(file));
      Map<String, @Nullable Object> process = status.object();
      print(
          console,
          status,
          Console.text(process.get("name")) + "  " + Console.text(process.get("state")));
    }
  }

  /** {@code undeploy NAME}. */
  @Command(
      name = "undeploy",
      mixinStandardHelpOptions = true,
      description = "Stops a process and forgets its name; what is queued is cancelled.")
  static final class Undeploy extends OfProcess {
    @Override
    void run(ApiClient api, Console console) {
      Json answer = api.delete(ApiClient.process(name()));
      print(console, answer, name() + "  removed");
    }
  }
}
