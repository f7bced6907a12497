package dev.agentruntime.yaml;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One thing wrong in a text that configures something.
 *
 * @param file the file as it was named, or what stands for it: {@code flag --control.host}
 * @param line from 1, 0 when the text has no lines that the author would know
 * @param column from 1, 0 together with {@code line}
 * @param message what is wrong, what was expected and, where one is near, what may have been meant
 */
public record ConfigError(String file, int line, int column, String message) {

  /** All of them as one refusal, {@link ErrorCode#INVALID_CONFIG}, a line each. */
  public static RuntimeFault fault(List<ConfigError> errors) {
    return new RuntimeFault(
        ErrorCode.INVALID_CONFIG,
        errors.stream().map(ConfigError::toString).collect(Collectors.joining("\n")));
  }

  /** {@code file:line:column: message}. */
  @Override
  public String toString() {
    return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
  }
}
