package dev.agentruntime.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EntryCodecTest {

  private static final byte[] START = HashChain.start();

  static List<EntryData> everyKind() {
    return Entries.everyKind();
  }

  private static JournalEntry entry(EntryData data) {
    return new JournalEntry(Entries.process("billing"), 17, 3, Entries.TIME, data);
  }

  private static byte[] line(EncodedEntry encoded) {
    Bytes out = new Bytes(256);
    EntryCodec.seal(out, encoded, 4711, 4702);
    return out.toByteArray();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void whatWasWrittenIsReadAndWrittenAgainEqual(EntryData data) {
    EncodedEntry encoded = EntryCodec.encode(entry(data), START);
    EntryCodec.Decoded decoded = EntryCodec.decode(line(encoded));
    assertEquals(entry(data), decoded.entry());
    assertArrayEquals(encoded.hash(), decoded.hash());
    assertArrayEquals(encoded.head(), EntryCodec.encode(decoded.entry(), START).head());
  }

  @Test
  void whoAnsweredAndWhatItCostIsKept() {
    EntryData reply = new EntryData.ModelReply(
        new InvocationId("R"),
        1,
        new Message.Assistant("yes", List.of(), "c2lnbmVk"),
        new Message.Usage(9, 3, 4, 12_345L),
        "ef",
        null,
        "openai:gpt-5-mini");
    EncodedEntry encoded = EntryCodec.encode(entry(reply), START);
    String line = new String(line(encoded), StandardCharsets.UTF_8);
    assertTrue(
        line.contains("\"signature\":\"c2lnbmVk\",\"usage\":{\"input\":9,\"output\":3,\"cached\":4,"
            + "\"cost\":12345},\"request\":\"ef\",\"model\":\"openai:gpt-5-mini\""),
        line);
    assertEquals(entry(reply), EntryCodec.decode(line(encoded)).entry());
  }

  @Test
  void theSamplesCoverEveryKind() {
    Set<Class<?>> missing = new HashSet<>(Entries.kinds());
    Entries.everyKind().forEach(data -> missing.remove(data.getClass()));
    // Read where the data of an entry is gone, and never written.
    assertEquals(Set.of(EntryData.Dropped.class), missing);
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void everyLineIsOneJsonObjectOnOneLine(EntryData data) {
    String line = new String(line(EntryCodec.encode(entry(data), START)), StandardCharsets.UTF_8);
    assertEquals(line.length() - 1, line.indexOf('\n'));
    Map<String, ?> fields = Json.parse(line).object();
    assertEquals(
        List.of("p", "s", "e", "t", "k", "d", "h", "n", "g", "c"), List.copyOf(fields.keySet()));
    assertEquals(data.kind(), fields.get("k"));
  }

  @Test
  void theLinkIsWhatTheDrawingSays() {
    byte[] previous = Hex.newSha256().digest(new byte[] {1});
    EncodedEntry encoded =
        EntryCodec.encode(entry(new DeployEntry.ProcessRemoved("gone")), previous);
    MessageDigest digest = Hex.newSha256();
    digest.update(previous);
    digest.update("billing#1\n17\n3\n2026-11-22T08:15:00.123Z\nprocess_removed\n"
        .getBytes(StandardCharsets.UTF_8));
    byte[] data = "{\"reason\":\"gone\"}".getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(digest.digest(Hex.newSha256().digest(data)), encoded.hash());
  }

  @Test
  void compactionKeepsTheChain() {
    EncodedEntry encoded = EntryCodec.encode(entry(new DeployEntry.ProcessRemoved("gone")), START);
    String head = new String(encoded.head(), StandardCharsets.UTF_8);
    String data = "{\"reason\":\"gone\"}";
    String compacted = head.replace(
        "\"d\":" + data, "\"x\":\"" + Hex.sha256(data.getBytes(StandardCharsets.UTF_8)) + "\"");
    byte[] line = line(new EncodedEntry(
        encoded.process(), 17, compacted.getBytes(StandardCharsets.UTF_8), encoded.hash()));
    LineView view = new LineView();
    assertEquals(LineView.Form.ENTRY, view.parse(line, 0, line.length - 1));
    assertTrue(view.compacted());
    assertTrue(view.follows(new HashChain(), START));
    assertEquals(
        ErrorCode.JOURNAL_CORRUPT,
        assertThrows(RuntimeFault.class, () -> EntryCodec.decode(line)).code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
        "1969-12-31T23:59:59.999Z",
        "2024-02-29T12:00:00.010Z"
      })
  void timesAreWrittenInFull(String text) {
    Instant time = Instant.parse(text);
    JournalEntry entry =
        new JournalEntry(Entries.process("a"), 1, 1, time, new DeployEntry.ProcessRemoved(""));
    assertEquals(
        time, EntryCodec.decode(line(EntryCodec.encode(entry, START))).entry().time());
  }

  @Test
  void aTimeOutsideTheFormIsRefused() {
    JournalEntry entry = new JournalEntry(
        Entries.process("a"), 1, 1, Instant.MAX, new DeployEntry.ProcessRemoved(""));
    assertThrows(RuntimeException.class, () -> EntryCodec.encode(entry, START));
    // The thread's encoder is sound again afterwards.
    JournalEntry good = entry(new EntryData.Restart(1, "", true));
    assertEquals(good, EntryCodec.decode(line(EntryCodec.encode(good, START))).entry());
  }

  @Test
  void unknownFieldsArePassedOver() {
    assertEquals(
        new DeployEntry.ProcessRemoved("x"),
        EntryCodec.decode(changed("{\"new\":[{\"a\":1}],\"reason\":\"x\",\"z\":1e9}"))
            .entry()
            .data());
  }

  @Test
  void anUnknownKindIsNamed() {
    byte[] line = changed("{\"reason\":\"x\"}", "process_removed", "process_cloned");
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> EntryCodec.decode(line));
    assertEquals(ErrorCode.JOURNAL_CORRUPT, fault.code());
    assertTrue(fault.failure().message().contains("process_cloned"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"reason\":",
        "[]",
        "{}",
        "{\"reason\":1}",
        "{\"reason\":\"x\"}}",
        "\"reason\"",
        "{\"reason\":\"x\"} 1",
        "{\"reason\":null}",
        "xyz"
      })
  void aValidCrcOverInvalidDataIsCorrupt(String data) {
    byte[] line = changed(data);
    assertEquals(
        ErrorCode.JOURNAL_CORRUPT,
        assertThrows(RuntimeFault.class, () -> EntryCodec.decode(line)).code());
  }

  private static byte[] changed(String data) {
    return changed(data, "", "");
  }

  private static byte[] changed(String data, String from, String to) {
    EncodedEntry encoded = EntryCodec.encode(entry(new DeployEntry.ProcessRemoved("gone")), START);
    String head = new String(encoded.head(), StandardCharsets.UTF_8)
        .replace("{\"reason\":\"gone\"}", data)
        .replace(from, to);
    return line(new EncodedEntry(
        encoded.process(), 17, head.getBytes(StandardCharsets.UTF_8), encoded.hash()));
  }

  @Test
  void theCheckSumIsCastagnolis() {
    // RFC 3720, appendix B.4: 32 bytes of zeros.
    Bytes out = new Bytes(64);
    out.raw(new byte[32]).seal(0);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.writeBytes(new byte[32]);
    expected.writeBytes(",\"c\":\"8a9136aa\"}\n".getBytes(StandardCharsets.UTF_8));
    assertArrayEquals(expected.toByteArray(), out.toByteArray());
  }
}
