package dev.agentruntime.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each bad jar has its error, and nothing is deployed. */
@ExtendWith(VertxExtension.class)
final class BadJarsTest {

  private static final Map<String, String> SOURCES = Map.of(
      "acme/Plain", "package acme; public class Plain {}",
      "acme/Hidden", "package acme; class Hidden extends io.vertx.core.VerticleBase {}",
      "acme/Thrower", """
      package acme;
      public class Thrower extends io.vertx.core.VerticleBase {
        public Thrower() { throw new IllegalStateException("no"); }
      }
      """,
      "acme/Static", """
      package acme;
      public class Static extends io.vertx.core.VerticleBase {
        static { if (true) throw new IllegalStateException("no"); }
      }
      """,
      "acme/Gone", "package acme; public class Gone {}",
      "acme/Lost", """
      package acme;
      public class Lost extends io.vertx.core.VerticleBase {
        public Lost() { new Gone(); }
      }
      """,
      "acme/Late", """
      package acme;
      public class Late extends io.vertx.core.VerticleBase
          implements dev.agentruntime.verticle.RuntimeExtension {
        private dev.agentruntime.verticle.RuntimeAccess runtime;
        public void extend(dev.agentruntime.verticle.RuntimeAccess access) { runtime = access; }
        public io.vertx.core.Future<?> start() {
          runtime.registerTools();
          return io.vertx.core.Future.succeededFuture();
        }
      }
      """);

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @BeforeEach
  void start(Vertx vertx) throws IOException {
    node = new VerticleNode(vertx, root).start();
  }

  @AfterEach
  void nothingIsDeployed() {
    assertEquals(List.of(), node.listed());
    node.stop();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] one(String name) {
    return Jars.zip(Map.of(name, text("x")));
  }

  private static byte[] many(int entries) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < entries; i++) {
      files.put("f" + i, new byte[0]);
    }
    return Jars.zip(files);
  }

  private static byte[] bomb() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < 9; i++) {
      files.put("zeros" + i, new byte[16 << 20]);
    }
    return Jars.zip(files);
  }

  private static byte[] cut() {
    byte[] whole = Jars.zip(Map.of("a", text("some text that has been cut off in the middle")));
    return Arrays.copyOf(whole, 50);
  }

  static Stream<Arguments> jars() {
    return Stream.of(
        Arguments.of("climbs", one("../../etc/passwd"), "\"../../etc/passwd\", expected=a relat"),
        Arguments.of("climbs inside", one("a/../../b"), "no .. among them"),
        Arguments.of("absolute", one("/etc/passwd"), "\"/etc/passwd\", expected=a relative path"),
        Arguments.of("backslash", one("..\\evil"), "expected=a relative path"),
        Arguments.of("drive", one("C:evil"), "expected=a relative path"),
        Arguments.of("too many", many(10_001), "too many entries, expected=at most 10000"),
        Arguments.of("bomb", bomb(), "too large when unpacked, expected=at most 134217728"),
        Arguments.of("too large", new byte[(32 << 20) + 1], "too large, expected=at most 33554432"),
        Arguments.of("nested", one("lib/other.jar"), "\"lib/other.jar\" is an archive"),
        Arguments.of(
            "nested, otherwise named",
            Jars.zip(Map.of("data.bin", one("x"))),
            "\"data.bin\" is an archive"),
        Arguments.of("ours", one("dev/agentruntime/core/Json.class"), "belongs to the runtime"),
        Arguments.of("Vert.x", one("io/vertx/core/Vertx.class"), "belongs to the runtime"),
        Arguments.of("no jar", text("#!/bin/sh"), "not a jar"),
        Arguments.of("empty", new byte[0], "not a jar"),
        Arguments.of("cut", cut(), "cannot be read"),
        Arguments.of("no main", one("a.txt"), "no Main-Class"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("jars")
  void isRefused(String name, byte[] jar, String expected) {
    node.allow(jar);
    RuntimeFault fault = node.refused(VerticleNode.order("bad", jar, false));
    assertEquals(ErrorCode.INVALID_JAR, fault.code(), name);
    assertTrue(fault.failure().message().contains(expected), fault::getMessage);
  }

  @Test
  void aJarThatIsNotAllowedIsNotEvenRead() {
    RuntimeFault fault = node.refused(VerticleNode.order("bad", one("../x"), false));
    assertEquals(ErrorCode.NOT_ALLOWED, fault.code());
    assertTrue(fault.failure().message().contains(String.valueOf(node.allowFile())));
  }

  static Stream<Arguments> classes() {
    return Stream.of(
        Arguments.of("acme.Missing", "there is no class acme.Missing in the jar"),
        Arguments.of(
            "acme.Plain", "class acme.Plain is no verticle, expected=a class that extends"),
        Arguments.of("acme.Hidden", "class acme.Hidden cannot be made, expected=a public class"),
        Arguments.of("acme.Thrower", "class acme.Thrower cannot be made: java.lang.Illegal"),
        Arguments.of("acme.Static", "class acme.Static cannot be loaded: java.lang.Exception"),
        Arguments.of("acme.Lost", "class acme.Lost cannot be made: java.lang.NoClassDefFound"),
        Arguments.of("acme.Late", "verticle bad has extended the runtime"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("classes")
  void aClassIsRefused(String main, String expected) {
    byte[] jar = without(Jars.compile(root, null, SOURCES), "acme/Gone.class");
    node.allow(jar);
    RuntimeFault fault =
        node.refused(new VerticleOrder("bad", jar, main, null, null, null, false, false, "ops"));
    assertTrue(fault.failure().message().contains(expected), fault::getMessage);
  }

  private static byte[] without(byte[] jar, String name) {
    Map<String, byte[]> files = new LinkedHashMap<>(JarCheck.read(jar).files());
    assertTrue(files.remove(name) != null);
    return Jars.zip(files);
  }

  static Stream<Arguments> orders() {
    Json list = Json.parse("[]");
    return Stream.of(
        Arguments.of("Bad Name", null, 1, null, ErrorCode.INVALID_NAME),
        Arguments.of("../up", null, 1, null, ErrorCode.INVALID_NAME),
        Arguments.of("ok", list, 1, null, ErrorCode.INVALID_TYPE),
        Arguments.of("ok", null, 0, null, ErrorCode.INVALID_TYPE),
        Arguments.of("ok", null, 257, null, ErrorCode.INVALID_TYPE),
        Arguments.of("ok", null, 1, "eventloop", ErrorCode.INVALID_TYPE));
  }

  @ParameterizedTest
  @MethodSource("orders")
  void anOrderIsRefused(
      String name,
      @Nullable Json options,
      int instances,
      @Nullable String threading,
      ErrorCode code) {
    byte[] jar = Jars.greeter(root, "x");
    node.allow(jar);
    RuntimeFault fault = node.refused(
        new VerticleOrder(name, jar, null, options, instances, threading, false, false, "ops"));
    assertEquals(code, fault.code(), fault::getMessage);
  }

  @Test
  void virtualThreadsNeedAJavaThatHasThem() {
    byte[] jar = Jars.greeter(root, "x");
    node.allow(jar);
    VerticleOrder order =
        new VerticleOrder("virtual", jar, null, null, null, "virtual_thread", false, false, "ops");
    if (Runtime.version().feature() < 21) {
      RuntimeFault fault = node.refused(order);
      assertTrue(fault.failure().message().contains("Java 21"), fault::getMessage);
    } else {
      assertTrue(VerticleNode.now(node.verticles().deploy(order)).toString().contains("virtual"));
      VerticleNode.nothing(node.verticles().undeploy("virtual", false, "ops"));
    }
  }
}
