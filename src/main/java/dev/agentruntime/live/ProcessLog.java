package dev.agentruntime.live;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.ImageWriter;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.history.Settlements;
import dev.agentruntime.history.Witness;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Keeping.SavedImage;
import dev.agentruntime.time.Timers;
import dev.agentruntime.trigger.TriggerSink.Settled;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one door to a process's state: builds an entry, enqueues it, applies it at once. Decisions
 * see what is enqueued; whatever leaves the process waits for {@link #durable()}. After the first
 * append that failed the image is worth nothing: the log refuses until it is given one rebuilt from
 * the journal. Owned by: the process's context.
 */
public final class ProcessLog {

  /** Longest entry that is built, just under what a journal takes. */
  static final int ENTRY_BYTES_MAX = (16 << 20) - 1_024;

  /** An image and the chain hash of its last entry, 32 bytes. */
  public record Recovered(ProcessImage image, byte[] hash, long bytes) {
    /** Without entries. */
    public Recovered(ProcessImage image, byte[] hash) {
      this(image, hash, 0);
    }
  }

  /**
   * An image as it was at one entry, to be written later.
   *
   * @param sequence of that entry
   * @param epoch of that entry
   * @param hash of that entry
   * @param bytes of all entries up to it
   * @param image writes it, on any thread, once
   * @param unsettled ids of its invocations and events that have not settled; null = all of it is
   *     kept
   */
  public record Captured(
      ProcessId process,
      long sequence,
      long epoch,
      byte[] hash,
      long bytes,
      Supplier<Json> image,
      @Nullable Set<String> unsettled) {

    /** Takes it, on the process's context. */
    public static Captured of(Recovered from) {
      ProcessImage image = from.image();
      return new Captured(
          image.id(),
          image.sequence(),
          image.epoch(),
          from.hash(),
          from.bytes(),
          ImageWriter.capture(image),
          unsettled(image));
    }

    /** What of an image has not settled. */
    public static @Nullable Set<String> unsettled(ProcessImage image) {
      if (image.deployment() == null || image.config().level() == ProcessConfig.Level.FULL) {
        return null;
      }
      Set<String> ids = new HashSet<>();
      image.queue().events().forEach(event -> ids.add(event.id()));
      image.runs().keySet().forEach(run -> ids.add(run.value()));
      return ids.isEmpty() ? Set.of() : ids;
    }

    /** Writes it. */
    public SavedImage saved() {
      return new SavedImage(process, sequence, epoch, hash, bytes, image.get());
    }
  }

  private final Journal journal;
  private final Timers timers;
  private final Consumer<RuntimeFault> onBroken;
  private final Settlements settlements;
  private final @Nullable Witness witness;
  private final LiveEntries followers = new LiveEntries();
  private final Reserves reserves = new Reserves();
  private ProcessImage image;
  private byte[] hash;
  private long bytes;
  private Future<Void> last = Future.succeededFuture();
  private Future<Void> taken = Future.succeededFuture();
  private @Nullable Watch watch;
  private Consumer<EntryData> observer = data -> {};
  private Supplier<Redactor> redactor = () -> Redactor.NONE;
  private BooleanSupplier secrets = () -> false;
  private @Nullable Object cleaned;
  private boolean broken;
  private int generation;

  /**
   * A log that continues a recovered image.
   *
   * @param from what was recovered, or nothing
   * @param onBroken told once per image, when an append failed
   */
  public ProcessLog(ProcessDeps deps, Recovered from, Consumer<RuntimeFault> onBroken) {
    this.journal = deps.journal();
    this.timers = deps.timers();
    this.witness = deps.witness();
    this.settlements = new Settlements(deps.timers());
    this.image = from.image();
    this.hash = from.hash();
    this.bytes = from.bytes();
    this.onBroken = onBroken;
  }

  /** Watches what entries bring about. */
  public interface Watch {
    /** The manifest in force or the state is another one. */
    void moved();

    /** Items that joined the outbox are durable. */
    void owed(List<String> items);
  }

  /** From now on told. */
  public void watch(Watch told) {
    watch = told;
  }

  /** From now on told of each entry, after it was applied. */
  public void observe(Consumer<EntryData> told) {
    observer = told;
  }

  /**
   * From now on secrets are taken out of what is written.
   *
   * @param hasSecrets whether the process has some itself: its model may know them
   */
  public void redacting(Supplier<Redactor> found, BooleanSupplier hasSecrets) {
    redactor = found;
    secrets = hasSecrets;
  }

  /** Whether the process has secrets of its own. */
  public boolean hasSecrets() {
    return secrets.getAsBoolean();
  }

  /** Takes secrets out of texts. */
  public Redactor redactor() {
    return redactor.get();
  }

  /** An entry as it is written: who goes on with what it says goes on with this. */
  public <T extends EntryData> T redacted(T data) {
    T clean = Redaction.of(data, redactor.get());
    cleaned = witness == null || clean.equals(data) ? cleaned : clean;
    return clean;
  }

  /** An event as it is written. */
  public TriggerEvent redacted(TriggerEvent event) {
    TriggerEvent clean = Redaction.of(event, redactor.get());
    cleaned = witness == null || clean.equals(event) ? cleaned : clean;
    return clean;
  }

  /** Whether a secret was just taken out of what is written now. */
  private boolean hid(EntryData given, EntryData written) {
    Object last = cleaned;
    cleaned = null;
    return last != null
        && (last == written
            || last == given
            || (given instanceof EntryData.TriggerAccepted in && in.event() == last));
  }

  /** What is said, as it is written. */
  public Emission redacted(Emission emission) {
    return Redaction.of(emission, redactor.get());
  }

  /** Who waits for the end of an event. */
  public Settlements settlements() {
    return settlements;
  }

  /** What calls beside its runs hold of its budget. */
  public Reserves reserves() {
    return reserves;
  }

  public ProcessImage image() {
    return image;
  }

  /** Bytes of all entries, without what the journal's writer adds to each. */
  public long bytes() {
    return bytes;
  }

  /** Whether the image holds entries that are not in the journal. */
  public boolean broken() {
    return broken;
  }

  /** Whether the journal has room for more than what must be finished. */
  public boolean accepting() {
    return !broken && journal.accepting();
  }

  /** Why it is not accepting although it is open. */
  public String pressure() {
    String shortage = journal.shortage();
    return shortage == null ? "the journal is three quarters full, come again" : shortage;
  }

  /** Whether an acknowledgement survives this JVM. */
  public boolean keeps() {
    return journal.durable();
  }

  /**
   * Appends and applies; the future completes when this entry and all before it are durable. An
   * entry that is too long is refused with PAYLOAD_TOO_LARGE, and nothing has happened.
   */
  public Future<Void> write(EntryData given) {
    if (broken) {
      return Future.failedFuture(closed());
    }
    EntryData data = redacted(given);
    JournalEntry entry = new JournalEntry(
        image.id(), image.sequence() + 1, Math.max(1, image.epoch()), timers.now(), data);
    EncodedEntry encoded = EntryCodec.encode(entry, hash);
    if (encoded.head().length > ENTRY_BYTES_MAX) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.PAYLOAD_TOO_LARGE,
          data.kind() + " of " + image.id().name() + ", expected<=" + ENTRY_BYTES_MAX
              + " bytes in the journal, actual=" + encoded.head().length));
    }
    Map<String, Settled> ends = settlements.endedBy(data, image);
    Witness.Sight sight = witness == null ? null : witness.sees(image, entry);
    image.apply(entry);
    hash = encoded.hash();
    bytes += encoded.head().length;
    int written = generation;
    last = journal.append(encoded);
    if (!last.failed()) {
      taken = last;
    }
    settlements.tell(ends, last);
    if (followers.listening()) {
      tellFollowers(entry, last);
    }
    if (sight != null) {
      sight.applied(image, hid(given, data));
      last.onSuccess(done -> {
        if (written == generation) {
          sight.durable();
        }
      });
    }
    last.onFailure(cause -> {
      if (written == generation && !broken) {
        broken = true;
        onBroken.accept(cause instanceof RuntimeFault fault ? fault : closed());
      }
    });
    Future<Void> durable = last;
    if (watch != null) {
      tell(watch, data, durable);
    }
    observer.accept(data);
    return durable;
  }

  private void tellFollowers(JournalEntry entry, Future<Void> durable) {
    int written = generation;
    durable.onSuccess(done -> {
      if (written == generation) {
        followers.durable(entry.sequence());
        if (entry.data() instanceof DeployEntry.ProcessRemoved) {
          followers.end();
        }
      }
    });
  }

  /** Lets somebody follow from now on, until the answer is run; what is durable is told at once. */
  public Future<Runnable> follow(LiveEntries.Follower follower, LiveReplies replies) {
    Runnable entries = followers.follow(follower);
    Runnable pieces = replies.follow(follower::heard);
    Runnable end = () -> {
      entries.run();
      pieces.run();
    };
    long now = image.sequence();
    return durable()
        .onSuccess(done -> follower.durable(now))
        .onFailure(cause -> end.run())
        .map(end);
  }

  /** Nobody waits for it or follows it any more. */
  public void release() {
    settlements.close();
    followers.end();
  }

  private void tell(Watch told, EntryData data, Future<Void> durable) {
    if (data instanceof EntryData.StateTransition
        || data instanceof DeployEntry.ProcessDeployed
        || data instanceof DeployEntry.ProcessRemoved) {
      told.moved();
    }
    List<String> fresh = image.outbox().takeFresh();
    if (!fresh.isEmpty()) {
      int written = generation;
      durable.onSuccess(done -> {
        if (written == generation && !broken) {
          told.owed(fresh);
        }
      });
    }
  }

  /** What the image holds now, once all of it is durable. */
  public Future<Captured> capture() {
    if (broken) {
      return Future.failedFuture(closed());
    }
    Captured taken = Captured.of(new Recovered(image, hash, bytes));
    return last.map(taken);
  }

  /** Completes when everything written so far is durable. */
  public Future<Void> durable() {
    return broken ? Future.failedFuture(closed()) : last;
  }

  /** Completes when nothing that the journal took is on its way, whatever became of it. */
  public Future<Void> landed() {
    return taken.transform(ended -> Future.succeededFuture());
  }

  /** Refuses everything until it is rebuilt: the journal closed under it. */
  public void close() {
    broken = true;
  }

  /** Goes on with an image rebuilt from the journal. */
  public void rebuilt(Recovered fresh) {
    image = fresh.image();
    hash = fresh.hash();
    bytes = fresh.bytes();
    last = Future.succeededFuture();
    broken = false;
    reserves.clear();
    generation++;
  }

  private static RuntimeFault closed() {
    return new RuntimeFault(
        ErrorCode.JOURNAL_CLOSED,
        "the journal is closed after a failed write; it is being re-opened");
  }
}
