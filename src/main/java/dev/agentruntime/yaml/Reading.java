package dev.agentruntime.yaml;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Scalar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One reading of one text: where it came from, what may be looked up, and all that was found wrong.
 * Used by one thread.
 */
public final class Reading {

  /** Where a text came from, which decides what it may say. */
  public enum Origin {
    /** A file of the operator: may name variables, files and literal secrets. */
    FILE,
    /** A request: may refer to secrets, but reads no variable and no file. */
    API,
    /** The journal: everything is expanded already, literal secrets are masked. */
    JOURNAL,
    /** The settings of a node: secrets as in a file, but no variables in other texts. */
    SETTINGS,
    /** The environment or a flag: all values are text. */
    TEXT
  }

  private static final Pattern VARIABLE =
      Pattern.compile("\\$?\\$\\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?})?");

  private final String file;
  private final String what;
  private final Origin origin;
  private final @Nullable Path directory;
  private final Function<String, @Nullable String> env;
  private final Set<String> secretVariables = new HashSet<>();
  private final Set<ConfigError> errors = new LinkedHashSet<>();
  private BiPredicate<String, String> later = (key, value) -> false;
  private final Set<Mark> settled = new HashSet<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<Path> referred = new ArrayList<>();

  /**
   * Begins a reading.
   *
   * @param what the text is, for messages: {@code manifest}
   */
  public Reading(
      String file,
      String what,
      Origin origin,
      @Nullable Path directory,
      Function<String, @Nullable String> env) {
    this.file = file;
    this.what = what;
    this.origin = origin;
    this.directory = directory;
    this.env = env;
  }

  /** Tells which values of which keys mean something in a later version only. */
  public Reading later(BiPredicate<String, String> known) {
    later = known;
    return this;
  }

  boolean comesLater(String key, String value) {
    return later.test(key, value);
  }

  /** A reading of data that nothing is looked up for. */
  static Reading plain(String file) {
    return new Reading(file, "document", Origin.JOURNAL, null, name -> null);
  }

  public String file() {
    return file;
  }

  public String what() {
    return what;
  }

  public Origin origin() {
    return origin;
  }

  @Nullable
  public Path directory() {
    return directory;
  }

  /** Says that the text depends on a file, whether or not that is there. */
  public void refer(Path other) {
    referred.add(other);
  }

  /** The files that the text depends on. */
  public List<Path> referred() {
    return List.copyOf(referred);
  }

  public int errorCount() {
    return errors.size();
  }

  /** In the order of the text. */
  public List<ConfigError> errors() {
    return errors.stream()
        .sorted(Comparator.comparingInt(ConfigError::line).thenComparingInt(ConfigError::column))
        .toList();
  }

  public List<String> warnings() {
    return warnings;
  }

  public void throwErrors() {
    if (!errors.isEmpty()) {
      throw ConfigError.fault(errors());
    }
  }

  public void add(ConfigError error) {
    errors.add(error);
  }

  public void error(Mark mark, String message) {
    if (!settled.contains(mark)) {
      errors.add(at(mark, message));
    }
  }

  /** Reports what stands at {@code mark} once and for all. */
  void lastError(Mark mark, String message) {
    error(mark, message);
    settled.add(mark);
  }

  public void warn(Mark mark, String message) {
    warnings.add(at(mark, message).toString());
  }

  /** To be thrown: a reading that cannot go on; the reason is among the errors. */
  RuntimeFault stop(Mark mark, String message) {
    error(mark, message);
    return ConfigError.fault(errors());
  }

  public ConfigError at(Mark mark, String message) {
    if (mark.line() > 0 || mark.path().isEmpty()) {
      return new ConfigError(file, mark.line(), mark.column(), message);
    }
    // A path ends in the key that most messages begin with.
    int colon = message.indexOf(": ");
    boolean said = colon > 0 && mark.path().endsWith(message.substring(0, colon));
    String rest = said ? message.substring(colon + 2) : message;
    return new ConfigError(file + ": " + mark.path(), 0, 0, rest);
  }

  /** From here on these variables are not expanded. */
  public void keepSecret(Collection<String> names) {
    secretVariables.addAll(names);
  }

  /** Text with its variables expanded once; a doubled dollar sign keeps one from expanding. */
  String expand(Scalar scalar) {
    if (!(scalar.value() instanceof String text)) {
      return scalar.text();
    }
    if (!text.contains("${")) {
      return text;
    }
    if (origin == Origin.SETTINGS) {
      error(
          scalar.mark(),
          "variables are taken in secrets only, expected the value itself, or an"
              + " AGENTRUNTIME_* variable in its place");
    }
    return origin == Origin.FILE || origin == Origin.API ? expand(text, scalar.mark()) : text;
  }

  private String expand(String text, Mark mark) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = VARIABLE.matcher(text);
    int end = 0;
    while (matcher.find(end)) {
      out.append(text, end, matcher.start());
      end = matcher.end();
      if (matcher.group().startsWith("$$")) {
        out.append("${");
        end = matcher.start() + "$${".length();
      } else if (matcher.group(1) == null) {
        error(
            mark,
            "a variable has another form, expected ${NAME} or ${NAME:-default}, or $${"
                + " for the characters ${");
      } else {
        out.append(variable(matcher.group(1), matcher.group(3), mark));
      }
    }
    return out.append(text, end, text.length()).toString();
  }

  private String variable(String name, @Nullable String fallback, Mark mark) {
    if (origin == Origin.API) {
      error(
          mark,
          "${" + name + "} outside a secret is expanded in files only, expected the value"
              + " itself, or $${ for the characters ${");
      return "";
    }
    if (secretVariables.contains(name)) {
      error(mark, "${" + name + "} holds a secret, expected it in secret fields only");
      return "";
    }
    String value = env.apply(name);
    if (value != null && !(value.isEmpty() && fallback != null)) {
      return value;
    }
    if (fallback == null) {
      error(
          mark,
          "environment variable " + name + " is not set, expected it or a default as in ${" + name
              + ":-default}");
      return "";
    }
    return fallback;
  }

  /** Any node as JSON, texts expanded. */
  public Json json(Node node) {
    return Json.of(plain(node));
  }

  private @Nullable Object plain(Node node) {
    if (node instanceof Node.Scalar scalar) {
      if (scalar.value() instanceof Double) {
        error(scalar.mark(), scalar.text() + " is no JSON number, expected a finite one");
        return null;
      }
      return scalar.value() instanceof String ? expand(scalar) : scalar.value();
    }
    if (node instanceof Node.Sequence sequence) {
      List<@Nullable Object> items = new ArrayList<>();
      sequence.items().forEach(item -> items.add(plain(item)));
      return items;
    }
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    ((Node.Mapping) node)
        .members()
        .forEach((key, member) -> members.put(key, plain(member.value())));
    return members;
  }

  /** {@code , did you mean 'x'?} when a candidate is near, else what is expected. */
  public static String suggestion(String actual, Collection<String> candidates) {
    String best = null;
    int bestDistance = Math.max(1, Math.min(3, actual.length() / 3)) + 1;
    for (String candidate : candidates) {
      int distance = distance(actual, candidate);
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best == null
        ? ", expected " + (candidates.size() == 1 ? "" : "one of ") + String.join(", ", candidates)
        : ", did you mean '" + best + "'?";
  }

  /** Edits between two words, a swap of neighbours counting once. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 3) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
