package dev.agentruntime.cli;

import dev.agentruntime.command.Commands;
import dev.agentruntime.console.Console;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.load.BenchCommand;
import dev.agentruntime.local.CompletionCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/**
 * The command line. Exit codes: 0 done, 1 failed, 2 wrong usage. Without a command it serves, and
 * the other commands are then not even loaded.
 */
@Command(
    name = "runtime",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "The operating system for AI agents on the JVM. Without a command it serves.",
    synopsisSubcommandLabel = "[COMMAND]",
    footer = {
      "",
      "The first steps: init writes a manifest, validate checks it, a copy in agents/ is run by"
          + " serve, ps lists what runs, trigger wakes it and logs tells what it did.",
      "Most commands speak to a running node, at --url. COMMAND --help tells more.",
      "Exit codes: 0 it worked, 1 it did not, 2 the command line was wrong."
    })
public final class Main {

  private static final Set<String> ABOUT = Set.of("-h", "--help", "-V", "--version");

  private Main() {}

  /** Runs one command and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    PrintWriter out = utf8(FileDescriptor.out);
    PrintWriter err = utf8(FileDescriptor.err);
    LogSetup.install(err);
    int code = run(List.of(arguments), out, err);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** Runs one command. */
  static int run(List<String> arguments, PrintWriter out, PrintWriter err) {
    boolean bare = arguments.isEmpty()
        || (arguments.get(0).startsWith("-") && !ABOUT.contains(arguments.get(0)));
    if (bare || arguments.get(0).equals("serve")) {
      List<String> options = bare ? arguments : arguments.subList(1, arguments.size());
      return prepared(new CommandLine(new ServeCommand()).setCommandName("runtime serve"), out, err)
          .execute(options.toArray(new String[0]));
    }
    return prepared(commands(), out, err).execute(arguments.toArray(new String[0]));
  }

  /** The tree of all commands. */
  static CommandLine commands() {
    CommandLine line = new CommandLine(new Main());
    line.addSubcommand(new ServeCommand());
    Commands.all().forEach(line::addSubcommand);
    line.addSubcommand(new StopNodeCommand());
    line.addSubcommand(new DoctorCommand());
    line.addSubcommand(new BenchCommand());
    line.addSubcommand(new CompletionCommand());
    line.addSubcommand(new HelpCommand());
    return line;
  }

  /** The version in the jar's manifest; there is none in a class directory. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static CommandLine prepared(CommandLine line, PrintWriter out, PrintWriter err) {
    boolean colours = Console.wantsColours(System.getenv());
    return line.setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setColorScheme(Help.defaultColorScheme(colours ? Help.Ansi.ON : Help.Ansi.OFF))
        .setParameterExceptionHandler((mistake, given) -> usage(mistake))
        .setExecutionExceptionHandler((failure, command, result) -> failed(failure, err));
  }

  private static int usage(ParameterException mistake) {
    CommandLine line = mistake.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("error: " + Console.printable(UsageWords.of(mistake)));
    err.println("See " + line.getCommandSpec().qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(Exception failure, PrintWriter err) {
    if (failure instanceof RuntimeFault fault) {
      String.valueOf(fault.getMessage())
          .lines()
          .forEach(line -> err.println("error: " + Console.printable(line)));
    } else {
      System.getLogger(Main.class.getName())
          .log(System.Logger.Level.ERROR, "the command failed", failure);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** For {@code --version}. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"Agent Runtime " + version()};
    }
  }

  private static PrintWriter utf8(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }
}
