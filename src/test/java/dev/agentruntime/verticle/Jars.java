package dev.agentruntime.verticle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.agentruntime.core.Json;
import dev.langchain4j.agent.tool.P;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** Makes jars of verticles as users do: source, javac, jar. */
public final class Jars {

  /** A verticle whose one tool, {@code greet}, answers with this word and the caller's argument. */
  public static final String GREETER = """
      package acme;

      import dev.agentruntime.core.*;
      import dev.agentruntime.tool.Tool;
      import dev.agentruntime.verticle.*;
      import io.vertx.core.*;

      public class Greeter extends VerticleBase implements RuntimeExtension, Tool {
        static final byte[] WEIGHT = new byte[1 << 16];

        public void extend(RuntimeAccess runtime) {
          runtime.registerTools(this);
        }

        public ToolDefinition definition() {
          return new ToolDefinition(
              "greet", "Greets.", Json.parse("{\\"type\\":\\"object\\"}"),
              ToolDefinition.Policy.READ_ONLY);
        }

        public Future<Reply> call(Call call) {
          return Future.succeededFuture(Reply.ok(Words.WORD));
        }
      }
      """;

  /** Brings a model, a type of trigger and a consumer. */
  public static final String KIT = """
      package acme;

      import dev.agentruntime.config.TriggerConfig;
      import dev.agentruntime.core.*;
      import dev.agentruntime.llm.ChatClient;
      import dev.agentruntime.trigger.*;
      import dev.agentruntime.verticle.*;
      import io.vertx.core.*;
      import java.util.List;

      public class Kit extends VerticleBase implements RuntimeExtension, ChatClient, TriggerType {
        private RuntimeAccess runtime;

        public void extend(RuntimeAccess access) {
          runtime = access;
          access.registerModel("parrot", this);
          access.registerTrigger(this);
        }

        public Future<?> start() {
          runtime.onEvent("kit.ask", arrival -> runtime.emit("kit.answer", Json.of("heard")));
          return vertx.eventBus().<String>consumer("kit." + config().getString("greeting"),
              message -> message.reply("here")).completion();
        }

        public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
          return Future.succeededFuture(new ChatReply(
              new Message.Assistant("pretty bird", List.of()), Message.Usage.NONE));
        }

        public boolean insideJvm() { return true; }

        public String name() { return "once"; }

        public Trigger create(TriggerConfig.Custom config, TriggerContext context) {
          return new Trigger() {
            public String id() { return config.id(); }
            public String type() { return "once"; }
            public Future<Void> start(TriggerSink sink) {
              return sink.offer(context.event(Json.of("now"), "key")).mapEmpty();
            }
            public Future<Void> stop() { return Future.succeededFuture(); }
          };
        }
      }
      """;

  /** A model, {@code custom:slow}, that takes a moment. */
  public static final String SLOW = """
      package acme;

      import dev.agentruntime.core.*;
      import dev.agentruntime.llm.ChatClient;
      import dev.agentruntime.verticle.*;
      import io.vertx.core.*;
      import java.util.List;

      public class Slow extends VerticleBase implements RuntimeExtension, ChatClient {
        public void extend(RuntimeAccess runtime) {
          runtime.registerModel("slow", this);
        }

        public Future<ChatReply> chat(ChatRequest request, CancelSignal cancel) {
          return vertx.timer(50).map(done -> new ChatReply(
              new Message.Assistant("at last", List.of()), Message.Usage.NONE));
        }

        public boolean insideJvm() { return true; }
      }
      """;

  /** The class behind the greeter's word. */
  public static String words(String word) {
    return "package acme;\npublic class Words { public static String WORD = \"" + word + "\"; }\n";
  }

  private Jars() {}

  /** The greeter that says a word. */
  public static byte[] greeter(Path directory, String word) {
    return compile(
        directory, "acme.Greeter", Map.of("acme/Greeter", GREETER, "acme/Words", words(word)));
  }

  /** Compiles sources by their path without suffix, and packs the classes. */
  public static byte[] compile(Path directory, @Nullable String main, Map<String, String> sources) {
    try {
      Path work = Files.createTempDirectory(directory, "jar");
      Path classes = Files.createDirectories(work.resolve("classes"));
      List<String> arguments = new ArrayList<>(List.of(
          "-proc:none", "-implicit:none", "-nowarn", "-cp", classPath(), "-d", classes.toString()));
      for (Map.Entry<String, String> source : sources.entrySet()) {
        Path file = work.resolve(source.getKey() + ".java");
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, source.getValue());
        arguments.add(file.toString());
      }
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int code = ToolProvider.getSystemJavaCompiler()
          .run(null, err, err, arguments.toArray(new String[0]));
      assertTrue(code == 0, () -> err.toString(StandardCharsets.UTF_8));
      Map<String, byte[]> files = new TreeMap<>();
      if (main != null) {
        files.put(
            "META-INF/MANIFEST.MF",
            ("Manifest-Version: 1.0\nMain-Class: " + main + "\n").getBytes(StandardCharsets.UTF_8));
      }
      try (Stream<Path> found = Files.walk(classes)) {
        for (Path file : found.filter(Files::isRegularFile).toList()) {
          files.put(classes.relativize(file).toString(), Files.readAllBytes(file));
        }
      }
      return zip(files);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The runtime and what its public types name. */
  public static String classPath() {
    return Stream.of(
            Jars.class, Json.class, Vertx.class, JsonGenerator.class, NullMarked.class, P.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** A jar with one more file. */
  public static byte[] with(byte[] jar, String name, String text) {
    Map<String, byte[]> files = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar))) {
      for (ZipEntry each = zip.getNextEntry(); each != null; each = zip.getNextEntry()) {
        files.put(each.getName(), zip.readAllBytes());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    files.put(name, text.getBytes(StandardCharsets.UTF_8));
    return zip(files);
  }

  /** A jar of these files. */
  public static byte[] zip(Map<String, byte[]> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(file.getValue());
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }
}
