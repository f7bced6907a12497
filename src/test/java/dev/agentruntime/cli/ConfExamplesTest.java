package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The examples in {@code conf/} say what systemd, a container's builder, Java and we take. */
final class ConfExamplesTest {

  /** From systemd.unit(5), systemd.service(5), systemd.exec(5) and systemd.kill(5). */
  private static final Map<String, Set<String>> KEYS = Map.of(
      "Unit",
      Set.of("Description", "After", "Wants", "StartLimitIntervalSec", "StartLimitBurst"),
      "Service",
      Set.of(
          "Type",
          "User",
          "Group",
          "StateDirectory",
          "StateDirectoryMode",
          "WorkingDirectory",
          "EnvironmentFile",
          "ExecStart",
          "Restart",
          "RestartSec",
          "KillSignal",
          "KillMode",
          "TimeoutStopSec",
          "LimitNOFILE",
          "UMask",
          "NoNewPrivileges",
          "CapabilityBoundingSet",
          "ProtectSystem",
          "ProtectHome",
          "ProtectClock",
          "ProtectHostname",
          "ProtectKernelLogs",
          "ProtectKernelModules",
          "ProtectKernelTunables",
          "ProtectControlGroups",
          "ProtectProc",
          "PrivateTmp",
          "PrivateDevices",
          "RestrictAddressFamilies",
          "RestrictNamespaces",
          "RestrictRealtime",
          "RestrictSUIDSGID",
          "LockPersonality",
          "RemoveIPC",
          "SystemCallArchitectures",
          "SystemCallFilter"),
      "Install",
      Set.of("WantedBy"));

  private static final Set<String> INSTRUCTIONS = Set.of(
      "ARG",
      "FROM",
      "RUN",
      "COPY",
      "USER",
      "WORKDIR",
      "ENV",
      "VOLUME",
      "EXPOSE",
      "STOPSIGNAL",
      "ENTRYPOINT",
      "CMD",
      "HEALTHCHECK");

  /** Lines without comments, those that end in a backslash joined with the next. */
  private static List<String> lines(String file) throws IOException {
    return Files.readString(Path.of(file))
        .replaceAll("(?m)^#.*\n", "")
        .replaceAll("\\\\\n *", "")
        .lines()
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** Java takes the options before the jar, and we the words after it. */
  private static void assertRuns(List<String> words) throws Exception {
    int jar = words.indexOf("-jar");
    assertTrue(jar > 0 && words.get(0).endsWith("java"), words::toString);
    assertTrue(words.get(jar + 1).endsWith("/runtime.jar"), words::toString);
    List<String> java = new ArrayList<>(words.subList(1, jar));
    java.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.add("-version");
    Process process = new ProcessBuilder(java).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    // Wrong usage is an exception.
    var parsed =
        Main.commands().parseArgs(words.subList(jar + 2, words.size()).toArray(new String[0]));
    assertTrue(parsed.hasSubcommand(), words::toString);
  }

  @Test
  void theUnitIsOneThatSystemdKnows() throws Exception {
    Map<String, String> service = new LinkedHashMap<>();
    String section = "";
    for (String line : lines("conf/agentruntime.service")) {
      if (line.startsWith("[")) {
        section = line.substring(1, line.length() - 1);
        assertTrue(KEYS.containsKey(section), line);
        continue;
      }
      String key = line.substring(0, line.indexOf('='));
      assertTrue(KEYS.getOrDefault(section, Set.of()).contains(key), line);
      if (section.equals("Service")) {
        assertEquals(null, service.put(key, line.substring(key.length() + 1)), line);
      }
    }
    assertEquals(KEYS.get("Service"), new TreeSet<>(service.keySet()), "keys nobody uses");
    assertRuns(Arrays.asList(service.getOrDefault("ExecStart", "").split(" +", -1)));
  }

  @Test
  void theContainerfileStartsANodeAndAsksIt() throws Exception {
    Map<String, String> said = new LinkedHashMap<>();
    for (String line : lines("conf/Containerfile")) {
      String[] parts = line.split(" ", 2);
      assertTrue(INSTRUCTIONS.contains(parts[0]), line);
      said.put(parts[0], parts[1]);
    }
    List<String> start = words(said.getOrDefault("ENTRYPOINT", ""));
    start.addAll(words(said.getOrDefault("CMD", "")));
    assertRuns(start);
    String health = said.getOrDefault("HEALTHCHECK", "");
    assertRuns(words(health.substring(health.indexOf('['))));
    String copy = said.getOrDefault("COPY", "");
    assertTrue(copy.contains(" target/runtime.jar "), copy);
    assertTrue(Files.readString(Path.of("pom.xml")).contains("<finalName>runtime</finalName>"));
  }

  private static List<String> words(String array) {
    List<String> words = new ArrayList<>();
    if (Json.parse(array).value() instanceof List<?> all) {
      all.forEach(word -> words.add(String.valueOf(word)));
    }
    return words;
  }
}
