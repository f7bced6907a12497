package dev.agentruntime.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * What one command did.
 *
 * @param code its exit code
 * @param out what it answered
 * @param err what it said beside that
 */
public record CliRun(int code, String out, String err) {

  /** Runs a command in this JVM. */
  public static CliRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(List.of(arguments), new PrintWriter(out), new PrintWriter(err));
    return new CliRun(code, out.toString(), err.toString());
  }
}
