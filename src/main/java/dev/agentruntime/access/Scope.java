package dev.agentruntime.access;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a caller may do; each scope includes those before it. */
public enum Scope {
  /** Look. */
  READ,
  /** Start, stop, trigger, decide. */
  OPERATE,
  /** Deploy and remove what runs. */
  DEPLOY,
  /** Tokens, and whatever else needs the node's own trust. */
  ADMIN;

  /** Whether a holder of this scope may do what needs the other. */
  public boolean includes(Scope needed) {
    return compareTo(needed) >= 0;
  }

  /** The word for it in files, commands and answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The scope of a word.
   *
   * @throws RuntimeFault INVALID_TYPE when there is none
   */
  public static Scope of(String word) {
    return Arrays.stream(values())
        .filter(scope -> scope.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new RuntimeFault(
            ErrorCode.INVALID_TYPE,
            "scope, expected=one of "
                + Arrays.stream(values()).map(Scope::word).collect(Collectors.joining(", "))
                + ", actual=" + Json.quote(word)));
  }
}
