package dev.agentruntime.crash;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A place for one node: its data, its manifests, the jar with the ledger's tools. Outlives every
 * JVM that is started in it.
 *
 * <pre>
 * data/              node-1/journal/...
 * agents/            *.agent and play.yaml
 * conf/runtime.yaml  the node's settings
 * node.log           what all its JVMs said
 * </pre>
 */
final class Site {

  private static final List<String> USUAL =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m");

  private static final List<String> CLASSES = List.of(
      "LedgerTools", "LedgerTools$Booking", "LedgerTools$Idempotent", "LedgerTools$Irreversible");

  /**
   * What every agent here does: notes the number, books it, books it irreversibly when asked to.
   */
  static final String PLAY = """
      rules:
        - when: {turn: 1}
          call: [{tool: context_set, args: {key: "slot-{{payload.slot}}", value: "{{payload.n}}"}}]
        - when: {tool_result: context_set}
          delay_ms: 2
          call: [{tool: ledger_idempotent, args: {n: "{{payload.n}}"}}]
        - when: {tool_result: ledger_idempotent, contains: "\\"kind\\":\\"both\\""}
          call: [{tool: ledger_irreversible, args: {n: "{{payload.n}}"}}]
        - say: "Booked {{payload.n}}."
      """;

  /** Small segments, so that a test sees some end, and little patience with a disk. */
  private static final String SETTINGS = """
      journal:
        segment_size: 1MiB
        reserve: 1MiB
        reopen_interval: 200ms
      http:
        body_max: 64KiB
      """;

  private final Path root;
  private final String ledgerUrl;
  private final Path tools;

  /**
   * A site.
   *
   * @param root an empty directory
   * @param ledgerUrl where the agents' tools act
   */
  Site(Path root, String ledgerUrl) {
    this.root = root;
    this.ledgerUrl = ledgerUrl;
    this.tools = root.resolve("crash-tools.jar");
    try {
      Files.createDirectories(agents());
      Files.writeString(agents().resolve("play.yaml"), PLAY);
      Files.createDirectories(root.resolve("conf"));
      Files.writeString(root.resolve("conf").resolve("runtime.yaml"), SETTINGS);
      packTools();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path agents() {
    return root.resolve("agents");
  }

  Path data() {
    return root.resolve("data");
  }

  Path journal() {
    return data().resolve("node-1").resolve("journal");
  }

  /** The manifest of a process that plays, with a webhook at {@code /name}. */
  static String manifest(String name, int concurrency, String instructions) {
    return """
        version: "1.0"
        name: %s
        model: script:play.yaml
        instructions: %s
        triggers:
          - type: webhook
            id: hook
            webhook_path: /%s
            auth: none
        context:
          conversation_max_messages: 10
        config:
          concurrency: %d
          trigger_inbox_max: 60
          max_turns: 6
        """.formatted(name, instructions, name, concurrency);
  }

  /** Writes a manifest file. */
  void agent(String name, int concurrency) {
    write(name + ".agent", manifest(name, concurrency, "Keep the books."));
  }

  /** Adds a section to the settings of the node. */
  void settings(String section) {
    try {
      Files.writeString(root.resolve("conf").resolve("runtime.yaml"), SETTINGS + section);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a file of the agents directory. */
  void write(String file, String text) {
    try {
      Files.writeString(agents().resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the jar here. */
  RuntimeProcess start(String failpoints) {
    return start(failpoints, List.of());
  }

  /** Starts the jar here, by a command that ends in the one given to it, such as strace. */
  RuntimeProcess start(String failpoints, List<String> by) {
    List<String> arguments = new ArrayList<>(USUAL);
    arguments.addAll(SharedClasses.flags(jar(), USUAL));
    arguments.add("-D" + LedgerTools.URL + "=" + ledgerUrl);
    if (!failpoints.isEmpty()) {
      arguments.add("-Dagentruntime.failpoints=" + failpoints);
    }
    arguments.addAll(command("serve"));
    arguments.addAll(List.of(
        "--data",
        data().toString(),
        "--agents",
        agents().toString(),
        "--control",
        "127.0.0.1:0",
        "--ingress",
        "127.0.0.1:0"));
    return new RuntimeProcess(Jvm.start(root.resolve("node.log"), by, arguments), failpoints);
  }

  /** Starts it and waits until it serves. */
  RuntimeProcess startReady(String failpoints) {
    return ready(start(failpoints));
  }

  /** Waits until it serves. */
  static RuntimeProcess ready(RuntimeProcess node) {
    if (!node.awaitReady()) {
      String said = node.said();
      node.close();
      throw new AssertionError("the node did not start:\n" + said);
    }
    return node;
  }

  /**
   * What makes the disk of a node misbehave, to be given to {@link #start(String, List)}.
   *
   * @param calls the system calls that are touched, such as {@code fdatasync}
   * @param how what strace injects, such as {@code error=EIO:when=3}; counted for each thread
   */
  List<String> strace(String calls, String how) {
    return List.of(
        "strace",
        "-D",
        "-f",
        "--seccomp-bpf",
        "-o",
        root.resolve("strace.log").toString(),
        "-e",
        "trace=" + calls,
        "-e",
        "inject=" + calls + ":" + how);
  }

  /** Runs a command of the jar that needs no node. */
  Jvm run(String... words) {
    return Jvm.start(root.resolve("command.log"), command(words));
  }

  private List<String> command(String... words) {
    List<String> arguments = new ArrayList<>(
        List.of("-cp", jar() + File.pathSeparator + tools, "dev.agentruntime.cli.Main"));
    arguments.addAll(List.of(words));
    return arguments;
  }

  private static Path jar() {
    return Path.of(System.getProperty("runtime.jar", "target/runtime.jar")).toAbsolutePath();
  }

  private void packTools() throws IOException {
    try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(tools))) {
      for (String name : CLASSES) {
        String path = LedgerTools.class.getPackageName().replace('.', '/') + "/" + name + ".class";
        jar.putNextEntry(new ZipEntry(path));
        try (InputStream in = Site.class.getClassLoader().getResourceAsStream(path)) {
          if (in == null) {
            throw new IOException("no class file " + path);
          }
          in.transferTo(jar);
        }
      }
      jar.putNextEntry(new ZipEntry("META-INF/services/dev.agentruntime.tool.Tool"));
      String services = LedgerTools.Idempotent.class.getName() + "\n"
          + LedgerTools.Irreversible.class.getName() + "\n";
      jar.write(services.getBytes(StandardCharsets.UTF_8));
    }
  }
}
