package dev.agentruntime.api;

import dev.agentruntime.core.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with a node, written down in a file, a step after the other:
 *
 * <pre>
 * # what this is about
 * POST /api/v1/processes/{{name}}/trigger     the request; HOOK instead of a path's host = ingress
 * Idempotency-Key: order-7                    headers
 * | {"payload":1}                             the body
 * = 202                                       what is answered, and its code when it is a refusal
 * &lt; {"event_id":"&lt;text&gt;"}                     what the answer has, at least
 * $ id = event_id                             keeps a value of the answer as {{id}}
 * </pre>
 *
 * <p>{@code ~} instead of {@code =} asks again until it is so. {@code FILE name} writes the body
 * into the directory of manifests; {@code MANIFEST} deploys the body as a file would be; {@code
 * MODEL} says what a provider of models answers next.
 */
record Transcript(String name, List<Step> steps) {

  private static final Path DIRECTORY = Path.of("src/test/resources/transcripts");
  private static final Set<String> PREPARES = Set.of("FILE", "MANIFEST", "MODEL");
  private static final Pattern REQUEST = Pattern.compile(
      "(GET|HEAD|POST|PATCH|PUT|DELETE|OPTIONS|HOOK|FILE|MANIFEST|MODEL)(?: (.*))?");
  private static final Pattern ANSWER = Pattern.compile("([=~]) ([0-9]{3})(?: ([A-Z_]+))?");
  private static final Pattern VARIABLE = Pattern.compile("\\{\\{(\\w+)}}");

  /**
   * A request, and what is answered.
   *
   * @param line where it is written, in the file
   * @param body null = none
   * @param patient whether it is asked again until the answer is this one
   * @param code of a refusal, else empty
   * @param shape what the answer has, as JSON; empty = anything
   * @param kept names of what is kept, and where it is found
   */
  record Step(
      String line,
      String method,
      String target,
      Map<String, String> headers,
      @Nullable String body,
      boolean patient,
      int status,
      String code,
      String shape,
      Map<String, String> kept) {

    boolean isRequest() {
      return !PREPARES.contains(method);
    }

    @Override
    public String toString() {
      return line + ": " + method + " " + target;
    }
  }

  /** All of them, by the names of their files. */
  static List<Transcript> all() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .filter(file -> file.toString().endsWith(".http"))
          .sorted()
          .map(Transcript::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Transcript read(Path file) {
    String name = Objects.requireNonNull(file.getFileName()).toString();
    try {
      return new Transcript(name, new Reader(name).read(Files.readAllLines(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  /** A text with the values of variables in their places. */
  static String filled(String text, Map<String, String> values) {
    return VARIABLE
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(Objects.requireNonNull(
            values.get(found.group(1)), () -> "nobody kept " + found.group(1))));
  }

  /** Reads the lines of a file. */
  private static final class Reader {
    private final String name;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable Matcher request;
    private int requestLine;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final List<String> body = new ArrayList<>();
    private @Nullable Matcher answer;
    private final List<String> shape = new ArrayList<>();
    private final Map<String, String> kept = new LinkedHashMap<>();

    Reader(String name) {
      this.name = name;
    }

    List<Step> read(List<String> lines) {
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i).stripTrailing();
        Matcher begins = REQUEST.matcher(line);
        Matcher answers = ANSWER.matcher(line);
        if (begins.matches()) {
          flush();
          request = begins;
          requestLine = i + 1;
        } else if (line.startsWith("|")) {
          body.add(line.length() > 1 ? line.substring(2) : "");
        } else if (answers.matches()) {
          answer = answers;
        } else if (line.startsWith("< ")) {
          shape.add(line.substring(2));
        } else if (line.startsWith("$ ")) {
          String[] parts = line.substring(2).split(" = ", 2);
          kept.put(parts[0], parts[1]);
        } else if (line.matches("[A-Za-z-]+: .*")) {
          String[] parts = line.split(": ", 2);
          headers.put(parts[0], parts[1]);
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          throw new IllegalStateException(name + ":" + (i + 1) + " cannot be read: " + line);
        }
      }
      flush();
      return steps;
    }

    private void flush() {
      Matcher head = request;
      if (head != null) {
        Matcher end = answer;
        String method = String.valueOf(head.group(1));
        if (end == null && !PREPARES.contains(method)) {
          throw new IllegalStateException(name + ":" + requestLine + " has no answer");
        }
        String code = end == null ? null : end.group(3);
        steps.add(new Step(
            name + ":" + requestLine,
            method,
            head.group(2) == null ? "" : head.group(2).strip(),
            new LinkedHashMap<>(headers),
            body.isEmpty() ? null : String.join("\n", body),
            end != null && "~".equals(end.group(1)),
            end == null ? 0 : Integer.parseInt(end.group(2)),
            code == null ? "" : code,
            String.join("\n", shape),
            new LinkedHashMap<>(kept)));
      }
      request = null;
      answer = null;
      headers.clear();
      body.clear();
      shape.clear();
      kept.clear();
    }
  }

  /**
   * What an answer lacks, null when it has everything. Objects may have more than is expected,
   * lists have exactly that; {@code "<text>"}, {@code "<number>"}, {@code "<bool>"}, {@code
   * "<list>"}, {@code "<object>"}, {@code "<any>"} and {@code "~part of a text~"} stand for
   * values.
   */
  static @Nullable String lacks(String at, @Nullable Object expected, @Nullable Object actual) {
    if (expected instanceof Map<?, ?> wanted) {
      if (!(actual instanceof Map<?, ?> map)) {
        return at + " is no object: " + actual;
      }
      for (Map.Entry<?, ?> each : wanted.entrySet()) {
        String there = at + "." + each.getKey();
        if (!map.containsKey(each.getKey())) {
          return there + " is missing";
        }
        String problem = lacks(there, each.getValue(), map.get(each.getKey()));
        if (problem != null) {
          return problem;
        }
      }
      return null;
    }
    if (expected instanceof List<?> wanted) {
      if (!(actual instanceof List<?> list) || list.size() != wanted.size()) {
        return at + " is no list of " + wanted.size() + ": " + actual;
      }
      for (int i = 0; i < wanted.size(); i++) {
        String problem = lacks(at + "[" + i + "]", wanted.get(i), list.get(i));
        if (problem != null) {
          return problem;
        }
      }
      return null;
    }
    return stands(String.valueOf(expected), expected, actual)
        ? null
        : at + ", expected=" + expected + ", actual=" + actual;
  }

  private static boolean stands(String word, @Nullable Object expected, @Nullable Object actual) {
    return switch (word) {
      case "<any>" -> true;
      case "<text>" -> actual instanceof String text && !text.isEmpty();
      case "<number>" -> actual instanceof Number;
      case "<bool>" -> actual instanceof Boolean;
      case "<list>" -> actual instanceof List<?>;
      case "<object>" -> actual instanceof Map<?, ?>;
      default ->
        (word.length() > 2 && word.startsWith("~") && word.endsWith("~"))
            ? String.valueOf(actual).contains(word.substring(1, word.length() - 1))
            : Objects.equals(expected, actual);
    };
  }

  /** A value of an answer, by a path such as {@code invocations[0].id}. */
  static String value(Json answer, String path) {
    Object now = answer.value();
    for (String part : path.split("[.\\[]", -1)) {
      String step = part.replace("]", "");
      now = now instanceof List<?> list
          ? list.get(Integer.parseInt(step))
          : ((Map<?, ?>) Objects.requireNonNull(now, path)).get(step);
    }
    return String.valueOf(now);
  }
}
