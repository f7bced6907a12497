package dev.agentruntime.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a secret is found; never the secret, but for a literal, which only a file may hold and
 * which {@link #toString} and the journal do not show.
 *
 * @param kind how to find it
 * @param value the variable's name, the file's path, or the literal
 */
public record SecretRef(Kind kind, String value) {

  /** What stands for a literal wherever the configuration is shown or journaled. */
  public static final String MASK = "***";

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");
  private static final String FILE = "file:";

  /** How a secret is found. */
  public enum Kind {
    /** {@code ${VAR}}: an environment variable. */
    ENV,
    /** {@code file:PATH}: the first line of a file. */
    FILE,
    /** Written into the manifest. */
    LITERAL
  }

  /** Reads {@link #shown} of a reference; null for any other text. */
  public static @Nullable SecretRef parse(String text) {
    Matcher variable = VARIABLE.matcher(text);
    if (variable.matches()) {
      return new SecretRef(Kind.ENV, variable.group(1));
    }
    return text.startsWith(FILE) && text.length() > FILE.length()
        ? new SecretRef(Kind.FILE, text.substring(FILE.length()))
        : null;
  }

  /** As it may be shown: the reference, or the mask. */
  public String shown() {
    return switch (kind) {
      case ENV -> "${" + value + "}";
      case FILE -> "file:" + value;
      case LITERAL -> MASK;
    };
  }

  @Override
  public String toString() {
    return shown();
  }
}
