package dev.agentruntime.config;

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

  /** How a secret is found. */
  public enum Kind {
    /** {@code ${VAR}}: an environment variable. */
    ENV,
    /** {@code file:PATH}: the first line of a file. */
    FILE,
    /** Written into the manifest. */
    LITERAL
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
