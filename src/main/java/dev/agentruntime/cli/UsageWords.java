package dev.agentruntime.cli;

import dev.agentruntime.yaml.Reading;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells a mistake on the command line as the other errors are told: what, what is expected. */
final class UsageWords {

  private static final Set<Class<?>> WHOLE =
      Set.of(int.class, Integer.class, long.class, Long.class);
  private static final Set<Class<?>> FRACTIONS = Set.of(double.class, Double.class);

  private UsageWords() {}

  /** One line, without {@code error:}. */
  static String of(ParameterException mistake) {
    CommandLine command = mistake.getCommandLine();
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched, command);
    }
    String message = String.valueOf(mistake.getMessage());
    if (message.equals("Missing required subcommand")) {
      return command.getCommandName() + ", expected=" + String.join(", ", commands(command));
    }
    ArgSpec argument = mistake.getArgSpec();
    String expected = argument == null ? null : expected(argument);
    return argument != null && expected != null && message.startsWith("Invalid value")
        ? label(argument) + ", expected=" + expected + ", actual=" + mistake.getValue()
        : message.replaceFirst("^Error: ", "");
  }

  private static String unmatched(UnmatchedArgumentException mistake, CommandLine command) {
    String first = mistake.getUnmatched().get(0);
    if (mistake.isUnknownOption()) {
      List<String> known = command.getCommandSpec().options().stream()
          .flatMap(option -> Arrays.stream(option.names()))
          .toList();
      return "unknown option '" + first + "'" + near(first, known);
    }
    Collection<String> commands = commands(command);
    return commands.isEmpty()
        ? "unexpected argument '" + first + "'"
        : "unknown command '" + first + "'" + near(first, commands);
  }

  private static String near(String actual, Collection<String> known) {
    // Any letter is near any other one.
    if (actual.replace("-", "").length() < 2) {
      return "";
    }
    String suggestion = Reading.suggestion(actual, known);
    return suggestion.contains("did you mean") ? suggestion : "";
  }

  private static Collection<String> commands(CommandLine command) {
    return command.getSubcommands().keySet();
  }

  private static String label(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static @Nullable String expected(ArgSpec argument) {
    Class<?> type = argument.type();
    if (type.isEnum()) {
      return "one of "
          + Arrays.stream(type.getEnumConstants())
              .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    if (WHOLE.contains(type)) {
      return "a whole number";
    }
    return FRACTIONS.contains(type) ? "a number" : null;
  }
}
