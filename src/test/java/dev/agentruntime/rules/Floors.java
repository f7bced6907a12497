package dev.agentruntime.rules;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which package stands on which floor, and which libraries it may use. */
final class Floors {

  private static final Map<String, Room> ROOMS = rooms();

  /** Allowed everywhere. */
  private static final List<String> COMMON = List.of(
      "java",
      "javax",
      "org.jspecify",
      "com.google.errorprone.annotations",
      "com.fasterxml.jackson.core");

  /** Allowed from floor 1 on. */
  private static final List<String> VERTX = List.of("io.vertx.core");

  private Floors() {}

  /**
   * A package.
   *
   * @param floor 0 is the lowest
   * @param libraries package prefixes allowed on top of the common ones
   */
  record Room(int floor, List<String> libraries) {
    private static Room on(int floor, String... libraries) {
      return new Room(floor, List.of(libraries));
    }
  }

  private static Map<String, Room> rooms() {
    Map<String, Room> rooms = new LinkedHashMap<>();
    rooms.put("core", Room.on(0));
    rooms.put("entry", Room.on(1));
    rooms.put("time", Room.on(1));
    rooms.put("disk", Room.on(1));
    rooms.put("guard", Room.on(1, "com.networknt.schema"));
    rooms.put("yaml", Room.on(1, "org.snakeyaml.engine"));
    rooms.put("filter", Room.on(1));
    rooms.put("policy", Room.on(2));
    rooms.put("child", Room.on(2));
    rooms.put("config", Room.on(3));
    rooms.put("manifest", Room.on(4));
    rooms.put("codec", Room.on(2));
    rooms.put("journal", Room.on(4, "io.vertx.pgclient", "io.vertx.sqlclient"));
    rooms.put("context", Room.on(4));
    rooms.put("bus", Room.on(4));
    rooms.put("http", Room.on(4, "io.netty"));
    rooms.put("governance", Room.on(4));
    rooms.put("secret", Room.on(4));
    rooms.put("llm", Room.on(4));
    rooms.put("settings", Room.on(5, "io.vertx.config"));
    rooms.put("fold", Room.on(5));
    rooms.put("provider", Room.on(5, "dev.langchain4j"));
    rooms.put("trigger", Room.on(5));
    rooms.put(
        "memory", Room.on(6, "org.apache.lucene", "dev.langchain4j", "io.vertx.ext.web.client"));
    rooms.put(
        "tool",
        Room.on(
            7,
            "dev.langchain4j",
            "com.networknt.schema",
            "com.dylibso.chicory",
            "io.roastedroot.quickjs4j"));
    rooms.put("history", Room.on(6));
    rooms.put("audit", Room.on(6));
    rooms.put("source", Room.on(6, "io.methvin"));
    rooms.put("outbound", Room.on(8));
    rooms.put(
        "mcp",
        Room.on(8, "io.modelcontextprotocol", "reactor.core", "com.fasterxml.jackson.databind"));
    rooms.put("agent", Room.on(8));
    rooms.put("hook", Room.on(8));
    rooms.put("live", Room.on(9));
    rooms.put("replay", Room.on(9));
    rooms.put("home", Room.on(9));
    rooms.put("observe", Room.on(9));
    rooms.put("custody", Room.on(10));
    rooms.put("desk", Room.on(10));
    rooms.put("oversight", Room.on(11));
    rooms.put("run", Room.on(12));
    rooms.put("delivery", Room.on(13));
    rooms.put("intake", Room.on(13));
    rooms.put("past", Room.on(13));
    rooms.put("process", Room.on(14));
    // Its builder takes an embedding model of the application.
    rooms.put("runtime", Room.on(15, "dev.langchain4j.model.embedding"));
    rooms.put("cluster", Room.on(16, "com.hazelcast", "io.vertx.spi.cluster.hazelcast"));
    rooms.put("access", Room.on(16));
    rooms.put("verticle", Room.on(16));
    rooms.put("load", Room.on(17, "picocli", "org.HdrHistogram"));
    rooms.put("web", Room.on(17));
    rooms.put("rest", Room.on(17));
    rooms.put("resource", Room.on(18));
    rooms.put("console", Room.on(18, "picocli"));
    rooms.put("api", Room.on(19, "io.vertx.ext.web", "io.vertx.ext.auth"));
    rooms.put("local", Room.on(19, "picocli"));
    rooms.put("command", Room.on(20, "picocli", "dev.tamboui"));
    rooms.put("cli", Room.on(21, "picocli"));
    return rooms;
  }

  static boolean isRoom(String name) {
    return ROOMS.containsKey(name);
  }

  /** Whether a class in {@code from} may use one in {@code to}, both rooms of ours. */
  static boolean mayEnter(String from, String to) {
    Room upper = ROOMS.get(from);
    Room lower = ROOMS.get(to);
    return from.equals(to) || (upper != null && lower != null && lower.floor() < upper.floor());
  }

  /** Whether a class in the room {@code from} may use one of the library package {@code to}. */
  static boolean mayUse(String from, String to) {
    Room room = ROOMS.get(from);
    if (room == null) {
      return false;
    }
    return within(COMMON, to)
        || (room.floor() > 0 && within(VERTX, to))
        || within(room.libraries(), to);
  }

  /** Whether a package of Vert.x is one it promises nothing about. */
  static boolean isVertxInside(String name) {
    return name.startsWith("io.vertx.") && (name + ".").matches(".*\\.(impl|internal)\\..*");
  }

  private static boolean within(List<String> prefixes, String name) {
    return prefixes.stream()
        .anyMatch(prefix -> name.equals(prefix) || name.startsWith(prefix + "."));
  }
}
