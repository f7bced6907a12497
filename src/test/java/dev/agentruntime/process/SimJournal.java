package dev.agentruntime.process;

import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.journal.FileJournal;
import dev.agentruntime.journal.Journal;
import dev.agentruntime.journal.Keeping;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/** A journal that hands everything on, to be watched. */
class SimJournal implements Journal {

  private final FileJournal under;

  SimJournal(FileJournal under) {
    this.under = under;
  }

  final FileJournal under() {
    return under;
  }

  @Override
  public Future<Void> append(EncodedEntry entry) {
    return under.append(entry);
  }

  @Override
  public boolean accepting() {
    return under.accepting();
  }

  @Override
  public boolean durable() {
    return under.durable();
  }

  @Override
  public Future<Replayed> replay(EntrySink sink) {
    return under.replay(sink);
  }

  @Override
  public Future<Replayed> recover(Folding into) {
    return under.recover(into);
  }

  @Override
  public Future<Long> first(ProcessId process) {
    return under.first(process);
  }

  @Override
  public Keeping keeping() {
    return under.keeping();
  }

  @Override
  public Future<List<JournalLine>> read(ProcessId process, long from, int limit) {
    return under.read(process, from, limit);
  }

  @Override
  public void onFailure(Consumer<RuntimeFault> listener) {
    under.onFailure(listener);
  }

  @Override
  public Future<Void> reopen() {
    return under.reopen();
  }

  @Override
  public Future<Void> close() {
    return under.close();
  }
}
