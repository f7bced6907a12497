package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds what the class path resolved to against the oldest version of each library we accept. */
final class VersionFloorTest {

  /** Artifact prefix to the first version without the faults that made us set a floor. */
  private static final Map<String, String> FLOORS = Map.of(
      "hazelcast", "5.7.0",
      "netty-", "4.2.15",
      "vertx-core", "5.0.12",
      "vertx-web", "5.0.12",
      "jackson-core", "2.22.1",
      "jackson-databind", "2.22.1",
      "langchain4j-core", "1.18.0",
      "snakeyaml-engine", "3.2");

  /** Artifacts that must not come in, also not by way of another. */
  private static final Set<String> REFUSED =
      Set.of("langchain4j-http-client-jdk", "log4j-core", "commons-logging");

  private static final Pattern JAR = Pattern.compile("/([^/!]+?)-(\\d[^/!]*)\\.jar!");

  @Test
  void nothingIsOlderThanItsFloor() throws IOException {
    Map<String, String> jars = jars();
    List<String> old = new ArrayList<>();
    FLOORS.forEach((prefix, floor) -> {
      List<String> found = jars.keySet().stream()
          .filter(name -> prefix.endsWith("-") ? name.startsWith(prefix) : name.equals(prefix))
          .toList();
      assertFalse(found.isEmpty(), prefix + " is not on the class path: drop its floor");
      for (String name : found) {
        String version = jars.get(name);
        if (version != null && compare(version, floor) < 0) {
          old.add(name + " expected>=" + floor + ", actual=" + version);
        }
      }
    });
    assertEquals(List.of(), old);
  }

  @Test
  void nothingIsRefusedOrUnreleased() throws IOException {
    Set<String> names = new TreeSet<>(jars().keySet());
    names.retainAll(REFUSED);
    assertEquals(Set.of(), names);
    jars()
        .forEach(
            (name, version) -> assertFalse(version.endsWith("-SNAPSHOT"), name + " " + version));
  }

  @Test
  void comparesVersionsByNumber() {
    assertTrue(compare("5.7.0", "5.7.0") == 0);
    assertTrue(compare("4.2.9.Final", "4.2.15") < 0);
    assertTrue(compare("4.2.20.Final", "4.2.15") > 0);
    assertTrue(compare("5.10", "5.9.9") > 0);
    assertTrue(compare("3.2", "3.2.0") == 0);
  }

  /** Artifact to version, from the names of the jars; fails when one is there twice. */
  private static Map<String, String> jars() throws IOException {
    Map<String, String> jars = new TreeMap<>();
    for (URL manifest : Collections.list(
        VersionFloorTest.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
      Matcher jar = JAR.matcher(manifest.toString());
      if (jar.find()) {
        // Jackson 3 lives beside Jackson 2: its packages are others, its artifacts' names are not.
        String group = manifest.getPath().contains("/tools/jackson/") ? "tools." : "";
        String other = jars.put(group + jar.group(1), jar.group(2));
        assertTrue(other == null || other.equals(jar.group(2)), jar.group(1) + " twice");
      }
    }
    return jars;
  }

  private static int compare(String one, String other) {
    String[] left = one.split("\\D+", -1);
    String[] right = other.split("\\D+", -1);
    for (int i = 0; i < Math.max(left.length, right.length); i++) {
      int difference = Integer.compare(number(left, i), number(right, i));
      if (difference != 0) {
        return difference;
      }
    }
    return 0;
  }

  private static int number(String[] parts, int i) {
    return i < parts.length && !parts[i].isEmpty() ? Integer.parseInt(parts[i]) : 0;
  }
}
