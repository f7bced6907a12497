package dev.agentruntime.context;

import dev.agentruntime.core.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of the node's environment that an agent is shown: the variables with its prefix, by
 * their whole names, in order, as one JSON object. Never shown are the node's own settings, the
 * variables that a manifest uses as secrets, those whose names say that they are secrets, and
 * values that are addresses with a password. Pure.
 */
public final class EnvironmentBlock {

  /** The title under which a prompt shows it. */
  public static final String TITLE = "Environment";

  /** Most variables shown, the first in order. */
  static final int VARIABLES_MAX = 100;

  /** Longest value shown, in characters. */
  static final int VALUE_CHARS_MAX = 1_000;

  private static final String OWN = "AGENTRUNTIME_";
  private static final Pattern SECRET_NAME =
      Pattern.compile("(?i).*(SECRET|TOKEN|PASSW|CREDENTIAL|APIKEY|PRIVATE).*"
          + "|(.*_)?(KEY|KEYS|PASS|PWD|AUTH|COOKIE|DSN|SALT)(_.*)?");
  private static final Pattern SECRET_VALUE = Pattern.compile("(?s).*://[^/@\\s]*:[^/@\\s]*@.*");

  private EnvironmentBlock() {}

  /** Whether a variable is a secret by its name: {@code API_TOKEN} is, {@code HOME} is not. */
  public static boolean isSecret(String name) {
    return SECRET_NAME.matcher(name).matches();
  }

  /**
   * The block, null when there is nothing to show.
   *
   * @param prefix empty = nothing is shown
   * @param secrets names of variables that a manifest uses as secrets
   */
  public static @Nullable String of(
      Map<String, String> environment, String prefix, Set<String> secrets) {
    if (prefix.isEmpty()) {
      return null;
    }
    Map<String, Object> shown = new LinkedHashMap<>();
    int left = 0;
    for (Map.Entry<String, String> each : new TreeMap<>(environment).entrySet()) {
      String name = each.getKey();
      if (!name.startsWith(prefix)
          || name.startsWith(OWN)
          || secrets.contains(name)
          || isSecret(name)
          || SECRET_VALUE.matcher(each.getValue()).matches()) {
        continue;
      }
      if (shown.size() < VARIABLES_MAX) {
        shown.put(name, cut(each.getValue()));
      } else {
        left++;
      }
    }
    if (shown.isEmpty()) {
      return null;
    }
    return Json.of(shown) + (left == 0 ? "" : "\n[left out: " + left + " more variables]");
  }

  private static String cut(String value) {
    if (value.length() <= VALUE_CHARS_MAX) {
      return value;
    }
    int end = VALUE_CHARS_MAX;
    if (Character.isHighSurrogate(value.charAt(end - 1))) {
      end--;
    }
    return value.substring(0, end) + " [cut: " + value.length() + " characters]";
  }
}
