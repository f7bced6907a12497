package dev.agentruntime.console;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
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

  /** Seconds as {@code ps} tells them: {@code mm:ss}, {@code hh:mm:ss}, with days before. */
  public static String elapsed(long seconds) {
    long days = seconds / 86_400;
    long hours = seconds / 3_600 % 24;
    String rest = String.format(Locale.ROOT, "%02d:%02d", seconds / 60 % 60, seconds % 60);
    if (days > 0) {
      return String.format(Locale.ROOT, "%d-%02d:%s", days, hours, rest);
    }
    return hours > 0 ? String.format(Locale.ROOT, "%02d:%s", hours, rest) : rest;
  }

  /** The JSON in a file, or on standard input for {@code -}; a mistake in it names the file. */
  public static Json json(String file) {
    byte[] read = read(file);
    try {
      return Json.parse(read);
    } catch (RuntimeFault e) {
      String where = file.equals("-") ? "standard input" : file;
      throw new RuntimeFault(e.code(), where + ": " + e.getMessage(), e);
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
          ErrorCode.INVALID_REQUEST, "cannot read " + file + ": " + FileFaults.reason(e), e);
    }
  }
}
