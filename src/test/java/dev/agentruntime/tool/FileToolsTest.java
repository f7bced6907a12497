package dev.agentruntime.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.disk.MountedFiles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent can read, and all that it cannot. */
final class FileToolsTest {

  private static final String CANARY = "canary of the outside";

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path top;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Toolbox tools;

  private static final class Here implements FileTools.Worker {
    @Override
    public <T> Future<T> run(Callable<T> task) {
      try {
        return Future.succeededFuture(task.call());
      } catch (Exception e) {
        return Future.failedFuture(e);
      }
    }
  }

  @BeforeEach
  void fill() throws IOException {
    root = Files.createDirectories(top.resolve("agents"));
    write("docs/a.md", "first");
    write("docs/sub/b.md", "second");
    write("docs/.env", CANARY);
    write("docs/other.agent", CANARY);
    write("secret.txt", CANARY);
    Files.writeString(top.resolve("outside.txt"), CANARY);
    Files.createSymbolicLink(root.resolve("docs/in"), Path.of("sub/b.md"));
    Files.createSymbolicLink(root.resolve("docs/up"), Path.of("../secret.txt"));
    Files.createSymbolicLink(root.resolve("docs/out"), top.resolve("outside.txt"));
    Files.createSymbolicLink(root.resolve("docs/all"), top);
    Files.createSymbolicLink(root.resolve("docs/loop"), Path.of("loop"));
    Files.createSymbolicLink(root.resolve("docs/gone"), Path.of("nothing"));
    Files.createSymbolicLink(root.resolve("docs/hidden"), Path.of(".env"));
    Files.createSymbolicLink(root.resolve("escape"), top);
    Map<String, String> mounts =
        Map.of("docs", "docs", "one", "docs/a.md", "escape", "escape", "later", "not/there");
    tools = Toolbox.of(new FileTools.Host(new MountedFiles(root), new Here()).tools(mounts));
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private Tool.Reply call(String tool, Map<String, Object> arguments) {
    Tool found = tools.find(tool);
    if (found == null) {
      throw new AssertionError(tool);
    }
    return found.call(call(Json.of(arguments), new CancelSignal())).result();
  }

  private static Tool.Call call(Json arguments, CancelSignal cancel) {
    return new Tool.Call(
        new ProcessName("p"),
        new InvocationId("RUN"),
        "RUN-1",
        arguments,
        AgentContext.EMPTY,
        cancel);
  }

  private Tool.Reply read(String path) {
    return call("file_read", Map.of("path", path));
  }

  @Test
  void readsAreRepeatedInDoubt() {
    assertEquals(Policy.READ_ONLY, tools.policy("file_read"));
    assertEquals(Policy.READ_ONLY, tools.policy("file_list"));
  }

  @Test
  void whatIsMountedIsListedAndRead() {
    assertEquals(
        "{\"mounts\":[\"docs\",\"escape\",\"later\",\"one\"]}",
        call("file_list", Map.of()).text());
    assertEquals(
        "{\"path\":\"docs\",\"entries\":[{\"name\":\"a.md\",\"size\":5},{\"name\":\"sub/\"}]}",
        call("file_list", Map.of("path", "docs")).text());
    assertEquals(
        "{\"path\":\"one\",\"entries\":[{\"name\":\"a.md\",\"size\":5}]}",
        call("file_list", Map.of("path", "one")).text());
    assertEquals("first", read("docs/a.md").text());
    assertEquals("first", read("one").text());
    assertEquals("second", read("docs/in").text(), "a link that stays inside is followed");
    assertFalse(read("docs/in").error());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docs/../secret.txt",
        "docs/sub/../../secret.txt",
        "docs/..",
        "docs/./a.md",
        "docs//etc/passwd",
        "docs/.env",
        "docs/hidden",
        "docs/other.agent",
        "docs/up",
        "docs/out",
        "docs/all/outside.txt",
        "docs/loop",
        "docs/gone",
        "docs/a.md/b",
        "docs/nothing",
        "docs/\0",
        "docs",
        "docs/sub/",
        "escape/outside.txt",
        "escape",
        "later",
        "other",
        "/etc/hostname",
        "..",
        "",
        "docs/%2e%2e/secret.txt",
        "docs\\..\\secret.txt",
      })
  void anythingElseIsAnErrorInWords(String path) {
    Tool.Reply reply = read(path);
    assertTrue(reply.error(), reply.text());
    assertFalse(reply.text().contains(CANARY), reply.text());
    assertFalse(reply.text().contains(top.toString()), "where it lies is nobody's business");
  }

  @Test
  void aLinkThatIsPutThereMeanwhileLeadsNowhere() throws Exception {
    Path victim = root.resolve("docs/sub");
    Path decoy = Files.createDirectories(top.resolve("decoy"));
    Files.writeString(decoy.resolve("b.md"), CANARY);
    Thread swapper = new Thread(() -> {
      try {
        Path aside = root.resolve("docs/aside");
        Path link = root.resolve("docs/link");
        while (!Thread.currentThread().isInterrupted()) {
          Files.createSymbolicLink(link, decoy);
          Files.move(victim, aside);
          Files.move(link, victim, StandardCopyOption.ATOMIC_MOVE);
          Files.delete(victim);
          Files.move(aside, victim);
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
    swapper.start();
    int good = 0;
    for (int i = 0; i < 3_000; i++) {
      Tool.Reply reply = read("docs/sub/b.md");
      assertFalse(reply.text().contains(CANARY), "read through the link");
      good += reply.error() ? 0 : 1;
    }
    swapper.interrupt();
    swapper.join();
    assertTrue(good > 0, "it is read when it is there");
  }

  @Test
  void aLargeFileIsReadInPieces() throws IOException {
    String text = "aä🙂".repeat(10_000);
    write("docs/large.txt", text);
    StringBuilder all = new StringBuilder();
    long offset = 0;
    while (offset >= 0) {
      Tool.Reply reply =
          call("file_read", Map.of("path", "docs/large.txt", "offset", offset, "max_bytes", 1_000));
      int end = reply.text().lastIndexOf("\n[from byte " + offset + " of 70000; ");
      assertTrue(end >= 0, reply.text());
      all.append(reply.text(), 0, end);
      String rest = reply.text().substring(end);
      int next = rest.indexOf("next_offset ");
      offset = next < 0
          ? -1
          : Long.parseLong(rest.substring(next + "next_offset ".length(), rest.length() - 1));
    }
    assertEquals(text, all.toString());
    assertTrue(
        call("file_read", Map.of("path", "docs/large.txt", "offset", 2)).error(),
        "inside a character");
  }

  @Test
  void aHugeFileIsNeverReadWhole() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(root.resolve("docs/huge").toFile(), "rw")) {
      file.setLength(10L << 30);
      file.seek((10L << 30) - 3);
      file.write("end".getBytes(StandardCharsets.UTF_8));
    }
    Tool.Reply end = call("file_read", Map.of("path", "docs/huge", "offset", (10L << 30) - 3));
    assertTrue(end.text().startsWith("end\n[from byte 10737418237 of"), end.text());
    assertTrue(read("docs/huge").error(), "zeros are no text");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 6, Long.MAX_VALUE})
  void anOffsetOutsideIsRefused(long offset) {
    assertTrue(call("file_read", Map.of("path", "docs/a.md", "offset", offset)).error());
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 65_537, 1L << 40})
  void aPieceHasASize(long max) {
    assertTrue(call("file_read", Map.of("path", "docs/a.md", "max_bytes", max)).error());
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Files.write(root.resolve("docs/binary"), new byte[] {'a', (byte) 0xff, 'b'});
    Files.write(root.resolve("docs/half"), new byte[] {'a', (byte) 0xc3});
    assertTrue(read("docs/binary").text().contains("expected=text in UTF-8"));
    assertTrue(read("docs/half").error());
  }

  @Test
  void whatIsNoPlainFileIsNotThere() throws Exception {
    assertEquals(
        0,
        new ProcessBuilder("mkfifo", root.resolve("docs/pipe").toString())
            .start()
            .waitFor());
    assertTrue(read("docs/pipe").error());
    assertFalse(call("file_list", Map.of("path", "docs")).text().contains("pipe"));
  }

  @Test
  void aLongListIsCutAndSaysSo() throws IOException {
    for (int i = 0; i < MountedFiles.ENTRIES_MAX + 1; i++) {
      write("docs/sub/n" + i, "");
    }
    assertTrue(call("file_list", Map.of("path", "docs/sub")).text().endsWith("],\"more\":true}"));
  }

  @Test
  void aReadingThatHangsIsGivenUp() {
    FileTools.Worker hanging = new FileTools.Worker() {
      @Override
      public <T> Future<T> run(Callable<T> task) {
        return Promise.<T>promise().future();
      }
    };
    Tool tool = new FileTools.Host(new MountedFiles(root), hanging)
        .tools(Map.of("docs", "docs"))
        .get(1);
    CancelSignal cancel = new CancelSignal();
    Future<Tool.Reply> reading = tool.call(call(Json.of(Map.of("path", "docs/a.md")), cancel));
    assertFalse(reading.isComplete());
    cancel.cancel();
    assertTrue(reading.failed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc", "..", "a/../../b"})
  void aMountThatLeadsOutIsRefused(String path) {
    FileTools.Host host = new FileTools.Host(new MountedFiles(root), new Here());
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> host.tools(Map.of("m", path)));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(List.of(), host.tools(Map.of()));
  }
}
