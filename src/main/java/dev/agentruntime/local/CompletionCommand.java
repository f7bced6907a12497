package dev.agentruntime.local;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: lets a shell complete commands and options. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what lets bash or zsh complete commands and options.",
      "In the shell's own file, or by hand:",
      "  alias runtime='java -jar target/runtime.jar'",
      "  source <(runtime completion bash)"
    })
public final class CompletionCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // filled by picocli
  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell;

  @Option(
      names = "--as",
      paramLabel = "WORD",
      description = "The word that is typed, such as an alias. Default: runtime")
  private String word = "runtime";

  /** What it is made for. */
  enum Shell {
    bash,
    zsh
  }

  @Override
  public Integer call() {
    if (!word.matches("[A-Za-z][A-Za-z0-9_-]*")) {
      throw new ParameterException(
          spec.commandLine(), "--as, expected=letters, digits, - and _, from a letter on");
    }
    // One script for both: it turns on what zsh needs to read those of bash.
    String zsh = shell == Shell.zsh ? "autoload -U +X compinit && compinit\n" : "";
    spec.commandLine().getOut().print(zsh + AutoComplete.bash(word, spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
