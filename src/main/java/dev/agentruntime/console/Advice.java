package dev.agentruntime.console;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.Reading;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Adds to what a node refused how it is mended on the command line. What a node says is for every
 * client, and names no flags.
 */
final class Advice {

  private static final Pattern NO_PROCESS = Pattern.compile("there is no process \"([^\"]*)\".*");

  private Advice() {}

  /** The same fault with a mend behind it, if there is one to say. */
  static RuntimeFault added(RuntimeFault fault, ApiClient api) {
    String message = String.valueOf(fault.getMessage());
    String mend = mend(fault.code(), message, api);
    return mend.isEmpty() ? fault : new RuntimeFault(fault.code(), message + mend, fault);
  }

  private static String mend(ErrorCode code, String message, ApiClient api) {
    return switch (code) {
      case PROCESS_NOT_FOUND -> near(message, api);
      case PROCESS_EXISTS ->
        message.endsWith(" exists") ? "; --replace puts this in its place" : "";
      case VERTICLE_EXISTS -> "; verticles redeploy puts another in its place";
      case VERTICLE_NOT_FOUND -> "; verticles list shows those there are";
      case UNAUTHORIZED ->
        message.contains("needs a token")
            ? ", and show it with --token-file FILE or in AGENTRUNTIME_TOKEN"
            : "; token list shows those that are";
      case NOT_FOUND ->
        message.equals("no webhook has this path")
            ? ", for that is where webhooks arrive; --url is the address of the control API"
            : "";
      default -> "";
    };
  }

  private static String near(String message, ApiClient api) {
    Matcher named = NO_PROCESS.matcher(message);
    if (named.matches()) {
      try {
        List<String> names = Rows.all(api, "/api/v1/processes", "processes").stream()
            .map(process -> Console.text(process.get("name")))
            .toList();
        String suggestion = Reading.suggestion(named.group(1), names);
        if (suggestion.contains("did you mean")) {
          return suggestion;
        }
      } catch (RuntimeFault e) {
        return "";
      }
    }
    return "; ps lists those there are";
  }
}
