package dev.agentruntime.console;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is given on a command line, read. */
public final class Values {

  private Values() {}

  /** What is JSON as JSON, anything else as a text. */
  public static @Nullable Object value(String text) {
    try {
      return Json.parse(text).value();
    } catch (RuntimeFault e) {
      return text;
    }
  }

  /** The bytes of a file, or of standard input for {@code -}. */
  public static byte[] read(String file) {
    try {
      return file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "there is no file " + file, e);
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
