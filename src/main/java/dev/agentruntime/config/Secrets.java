package dev.agentruntime.config;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.FileFaults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the value behind a {@link SecretRef}, at the moment it is needed. What is found is for the
 * caller's call only: it is never part of a configuration, a message or a log line. Blocks when the
 * reference names a file.
 */
public final class Secrets {

  private static final int BYTES_MAX = 64 << 10;

  private Secrets() {}

  /**
   * The secret: a variable's value, the first line of a file, or the literal, without the line
   * break at its end.
   *
   * @param env looks up an environment variable, null when it is not set
   * @param directory what a file's path is relative to, null = the working directory
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} naming the variable or file that is
   *     missing, unreadable, empty or too long
   */
  public static String resolve(
      SecretRef secret, Function<String, @Nullable String> env, @Nullable Path directory) {
    return switch (secret.kind()) {
      case ENV -> variable(secret.value(), env);
      case FILE -> file(path(secret, directory));
      case LITERAL -> literal(secret.value());
    };
  }

  /** A reason to think again about a reference that can be resolved: others may read its file. */
  public static Optional<String> warning(SecretRef secret, @Nullable Path directory) {
    if (secret.kind() != SecretRef.Kind.FILE) {
      return Optional.empty();
    }
    Path file = path(secret, directory);
    try {
      return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)
          ? Optional.of("secret file " + file + " can be read by every user, expected mode 600")
          : Optional.empty();
    } catch (IOException | UnsupportedOperationException e) {
      // Resolving it says what is wrong; elsewhere than on POSIX there is no mode to look at.
      return Optional.empty();
    }
  }

  private static String variable(String name, Function<String, @Nullable String> env) {
    String value = env.apply(name);
    if (value == null) {
      throw fault("environment variable " + name + " is not set, expected a secret in it");
    }
    return notEmpty(withoutBreak(value), "environment variable " + name);
  }

  private static String literal(String value) {
    if (value.equals(SecretRef.MASK)) {
      throw fault("a literal secret is masked in the journal, expected the manifest file it is"
          + " written in, or a secret given as ${VARIABLE} or file:PATH");
    }
    return value;
  }

  private static String file(Path file) {
    byte[] bytes;
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // Reading a pipe would wait for whoever writes into it.
      throw fault("secret file " + file + " is no regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(BYTES_MAX + 1);
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "secret file " + file + " cannot be read: " + FileFaults.reason(e),
          e);
    }
    if (bytes.length > BYTES_MAX) {
      throw fault("secret file " + file + " is too long, expected at most " + BYTES_MAX + " bytes");
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\n');
    String line = withoutBreak(end < 0 ? text : text.substring(0, end));
    return notEmpty(line, "secret file " + file);
  }

  private static Path path(SecretRef secret, @Nullable Path directory) {
    try {
      Path path = Path.of(secret.value());
      return directory == null ? path : directory.resolve(path);
    } catch (InvalidPathException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "secret file " + secret.value() + " is no path", e);
    }
  }

  private static String notEmpty(String value, String place) {
    if (value.isBlank()) {
      throw fault(place + " is empty, expected a secret in it");
    }
    return value;
  }

  private static String withoutBreak(String text) {
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return text.substring(0, end);
  }

  private static RuntimeFault fault(String message) {
    return new RuntimeFault(ErrorCode.INVALID_CONFIG, message);
  }
}
