package dev.agentruntime.benchmarks;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.JournalSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Makes a journal of the echo process longer, without a runtime. For one thread. */
final class Grown {

  private static final ProcessId PROCESS = new ProcessId(new ProcessName(Bench.PROCESS), 1);
  private static final int GROUP = 10_000;
  private static final Json PAYLOAD = Json.of(Map.of("id", "0", "pad", "x".repeat(150)));

  private final FileJournal journal;
  private Instant time = Instant.EPOCH;
  private long sequence;
  private byte[] hash = new byte[32];
  private String tools = "";
  private Future<Void> last = Future.succeededFuture();

  private Grown(FileJournal journal) {
    this.journal = journal;
  }

  /** Adds runs of four entries each until there are so many. */
  static void by(Path directory, long entries) throws Exception {
    Vertx vertx = Vertx.vertx();
    FileJournal journal = now(FileJournal.open(
        vertx,
        new RealDisk(),
        new JournalSettings(directory, new NodeId("node-1"), 64 << 20, 4 * GROUP)));
    Grown grown = new Grown(journal);
    var unused = now(journal.replay(grown::known));
    for (int run = 0; grown.sequence < entries; run++) {
      grown.run(run);
      if (run % (GROUP / 4) == 0) {
        now(grown.last.map(true));
      }
    }
    now(grown.last.map(true));
    now(journal.close().map(true));
    now(vertx.close().map(true));
  }

  private static <T> T now(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(5, TimeUnit.MINUTES);
  }

  private void known(JournalEntry entry, byte[] link) {
    if (entry.process().equals(PROCESS)) {
      sequence = entry.sequence();
      hash = link;
      time = entry.time();
      if (entry.data() instanceof EntryData.ToolSet set) {
        tools = set.digest();
      }
    }
  }

  private void run(int number) {
    InvocationId id = new InvocationId("01GROWN" + String.format("%019d", number));
    String event = "01EVENT" + String.format("%019d", number);
    append(new EntryData.TriggerAccepted(new TriggerEvent(
        event, "hook", "webhook", time, PAYLOAD, Json.EMPTY, "key-" + number, false)));
    append(new EntryData.InvocationStart(id, List.of(event), 1, 1, tools, Map.of()));
    append(new EntryData.ModelReply(
        id,
        1,
        new Message.Assistant(PAYLOAD.toString(), List.of()),
        new Message.Usage(40, 40),
        "",
        null));
    append(new EntryData.InvocationResult(
        id, EntryData.Outcome.COMPLETED, new Message.Usage(40, 40), 1, null, List.of(sequence)));
  }

  private void append(EntryData data) {
    time = time.plusMillis(1);
    EncodedEntry encoded =
        EntryCodec.encode(new JournalEntry(PROCESS, ++sequence, 1, time, data), hash);
    hash = encoded.hash();
    last = journal.append(encoded);
  }
}
