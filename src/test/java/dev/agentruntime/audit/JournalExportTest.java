package dev.agentruntime.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.sim.SimDisk;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is exported proves itself to the program of the manual, and nothing else does. */
final class JournalExportTest {

  private static final Path PROGRAM = Path.of("src/docs/verify/VerifyExport.java");
  private static final InvocationId ONE = new InvocationId("01JDABCDEFGHJKMNPQRSTVWXY1");
  private static final InvocationId TWO = new InvocationId("01JDABCDEFGHJKMNPQRSTVWXY2");

  private final Audited audited = new Audited(new SimDisk(1));

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // set before each
  private Method program;

  @BeforeEach
  void compile() throws Exception {
    int code = ToolProvider.getSystemJavaCompiler()
        .run(null, null, null, "-d", directory.toString(), PROGRAM.toString());
    assertEquals(0, code);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {directory.toUri().toURL()}, null)) {
      program =
          loader.loadClass("VerifyExport").getDeclaredMethod("verify", byte[].class, byte[].class);
      program.setAccessible(true);
    }
  }

  private String check(byte[] file, byte @Nullable [] anchors) throws Exception {
    try {
      return String.valueOf(program.invoke(null, file, anchors));
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        return "wrong: " + wrong.getMessage();
      }
      throw e;
    }
  }

  /** Two runs of "a", interleaved, beside another process; anchored but for the last entry. */
  private void story() throws Exception {
    event("e1");
    event("e2");
    audited.append("a", new EntryData.InvocationStart(ONE, List.of("e1"), 1, 1, "", Map.of()));
    audited.append("a", new EntryData.InvocationStart(TWO, List.of("e2"), 1, 1, "", Map.of()));
    audited.group("b", "c");
    audited.anchor();
    audited.append("a", result(ONE));
    audited.append("a", result(TWO));
    audited.group("b");
    audited.anchor();
    audited.group("a", "b");
  }

  private void event(String id) {
    audited.append(
        "a",
        new EntryData.TriggerAccepted(new TriggerEvent(
            id,
            "t1",
            "webhook",
            Audited.TIME,
            Json.parse("{\"secret of\":\"" + id + " \u20ac\u0085,\\\"h\\\":\\\"\"}"),
            Json.EMPTY,
            "key-" + id,
            false)));
  }

  private static EntryData result(InvocationId run) {
    return new EntryData.InvocationResult(
        run, EntryData.Outcome.COMPLETED, Message.Usage.NONE, 5, null, List.of());
  }

  private static JournalExport.Wanted wanted(InvocationId... run) {
    return new JournalExport.Wanted(new ProcessName("a"), run.length == 0 ? null : run[0]);
  }

  private static byte[] bytes(JournalExport export) {
    return (String.join("\n", export.lines()) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aProcessProvesItself() throws Exception {
    story();
    JournalExport export = audited.export(wanted());
    assertEquals(List.of(1L, 7L, false), List.of(export.from(), export.to(), export.anchored()));
    String said = check(bytes(export), audited.disk.bytes(Audited.ANCHORS));
    assertTrue(
        said.startsWith("a#1 entries 1 to 7, 7 of them whole, one chain; up to entry 6 "), said);
    assertTrue(said.endsWith(", as it should"), said);
  }

  @Test
  void aRunShowsNothingOfOthers() throws Exception {
    story();
    JournalExport export = audited.export(wanted(ONE));
    String text = String.join("\n", export.lines());
    assertTrue(text.contains("secret of\":\"e1") && !text.contains("secret of\":\"e2"), text);
    String said = check(bytes(export), audited.disk.bytes(Audited.ANCHORS));
    assertTrue(said.startsWith("a#1 entries 1 to 6, 3 of them whole"), said);
    assertTrue(export.anchored());
    JournalExport second = audited.export(wanted(TWO));
    assertEquals(2, second.from());
    assertTrue(check(bytes(second), audited.disk.bytes(Audited.ANCHORS)).endsWith("as it should"));
  }

  @Test
  void withoutAnchorsItAgreesWithItselfOnly() throws Exception {
    audited.group("a", "a");
    JournalExport export = audited.export(wanted());
    assertEquals(
        "a#1 entries 1 to 2, 2 of them whole, one chain; no anchor vouches for it",
        check(bytes(export), null));
    assertTrue(check(bytes(export), new byte[0]).contains("no anchor to compare"));
  }

  @Test
  void everyFlippedByteIsFound() throws Exception {
    story();
    for (JournalExport export : List.of(audited.export(wanted()), audited.export(wanted(ONE)))) {
      byte[] whole = bytes(export);
      for (int i = 0; i < whole.length; i++) {
        for (int bit : new int[] {1, 4, 32}) {
          byte[] bytes = whole.clone();
          bytes[i] ^= (byte) bit;
          String said = check(bytes, null);
          int at = i;
          assertTrue(said.startsWith("wrong: "), () -> "byte " + at + ": " + said);
        }
      }
    }
  }

  @Test
  void everyCutIsFound() throws Exception {
    story();
    byte[] whole = bytes(audited.export(wanted()));
    for (int length = 0; length < whole.length; length++) {
      String said = check(Arrays.copyOf(whole, length), null);
      assertTrue(said.startsWith("wrong: "), said);
    }
    assertTrue(check(Arrays.copyOf(whole, whole.length + 1), null).startsWith("wrong: "));
  }

  @Test
  void anotherHistoryHasAnotherAnchor() throws Exception {
    story();
    Audited other = new Audited(new SimDisk(2));
    other.group("a", "a", "a");
    other.anchor();
    byte[] forged = bytes(other.export(wanted()));
    assertTrue(check(forged, null).startsWith("a#1 entries 1 to 3"));
    assertTrue(
        check(forged, audited.disk.bytes(Audited.ANCHORS)).contains("none of those it should be"));
  }

  @Test
  void itRunsByItself() throws Exception {
    story();
    Path file = Files.write(directory.resolve("a.jsonl"), bytes(audited.export(wanted())));
    assertEquals(0, run(file));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertEquals(1, run(file));
  }

  private static int run(Path file) throws Exception {
    Process java = new ProcessBuilder(
            Objects.requireNonNull(System.getProperty("java.home")) + "/bin/java",
            PROGRAM.toString(),
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    assertTrue(java.waitFor(60, TimeUnit.SECONDS));
    return java.exitValue();
  }

  @Test
  void whatIsNotThereIsSaid() throws Exception {
    audited.group("a");
    assertEquals(
        ErrorCode.INVOCATION_NOT_FOUND,
        assertThrows(RuntimeFault.class, () -> audited.export(wanted(ONE))).code());
    assertEquals(
        ErrorCode.PROCESS_NOT_FOUND,
        assertThrows(
                RuntimeFault.class,
                () -> audited.export(new JournalExport.Wanted(new ProcessName("x"), null)))
            .code());
  }
}
