package dev.agentruntime.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is alive in a JVM after a full collection, as {@code jcmd PID GC.class_histogram} tells it.
 *
 * @param bytes of all objects
 * @param objects how many there are, by the name of their class, whoever loaded it
 */
record LiveHeap(long bytes, Map<String, Long> objects) {

  private static final int LARGEST = 20;

  /** {@code 12: 345 6789 a.b.C (module@1)}. */
  private static final Pattern LINE = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");

  private static final Pattern TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)\\s*");

  /** Collects, and looks. */
  static LiveHeap of(long pid) {
    String said = histogram(pid);
    Map<String, Long> objects = new HashMap<>();
    for (String line : said.lines().toList()) {
      Matcher total = TOTAL.matcher(line);
      if (total.matches()) {
        return new LiveHeap(Long.parseLong(total.group(1)), objects);
      }
      Matcher found = LINE.matcher(line);
      if (found.matches()) {
        objects.merge(found.group(3), Long.parseLong(found.group(1)), Long::sum);
      }
    }
    throw new AssertionError("no histogram:\n" + said);
  }

  /** How many objects there are of the classes of a name, whoever loaded them. */
  long count(String name) {
    return objects.getOrDefault(name, 0L);
  }

  @Override
  public String toString() {
    List<String> largest = objects.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(LARGEST)
        .map(Object::toString)
        .toList();
    return bytes + " bytes of " + largest;
  }

  private static String histogram(long pid) {
    try {
      Process jcmd = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
              Long.toString(pid),
              "GC.class_histogram")
          .redirectErrorStream(true)
          .start();
      return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
