package dev.agentruntime.journal;

import dev.agentruntime.codec.Bytes;
import dev.agentruntime.codec.LineReader;
import dev.agentruntime.codec.LineView;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.Failpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a segment anew in which the data of settled work is its hash: steps of invocations and
 * events that have settled. All else stays as it is, header, order, n, h and the chain included,
 * and what was void is gone. A segment in which anything cannot be read is left as it is.
 *
 * <p>For one segment and one thread.
 */
final class Compaction {

  private static final int CHUNK = 1 << 20;

  /** Kinds whose data goes when their invocation has settled. */
  private static final Set<String> STEPS =
      Set.of("model_reply", "tool_call", "tool_result", "effect_resolved");

  private final Disk disk;
  private final Segment segment;
  private final Keeping.Rule rule;
  private final LineView view = new LineView();
  private final Bytes out = new Bytes(CHUNK);
  private final Map<String, Optional<Set<String>>> open = new HashMap<>();
  private final Segment.Index index = new Segment.Index();
  private long position;
  private int dropped;

  Compaction(Disk disk, Segment segment, Keeping.Rule rule) {
    this.disk = disk;
    this.segment = segment;
    this.rule = rule;
  }

  /**
   * Does it.
   *
   * @return why it was left as it is, null when it was not
   */
  @Nullable
  String run(Path directory) throws IOException {
    Path draft = directory.resolve(segment.file().getFileName() + ".new");
    disk.createZeroed(draft, 0);
    String problem;
    try (Disk.DiskFile to = disk.openWrite(draft);
        Disk.DiskFile from = disk.openRead(segment.file())) {
      problem = copy(new LineReader(from, 0, Long.MAX_VALUE), to);
      if (problem == null && dropped > 0) {
        flush(to);
        to.force();
      }
    }
    if (problem != null || dropped == 0) {
      disk.delete(draft);
      return problem;
    }
    Failpoints.hit("compaction.beforeRename");
    segment.hide();
    disk.rename(draft, segment.file());
    Failpoints.hit("compaction.afterRename");
    disk.forceDirectory(directory);
    segment.show(index, position);
    return null;
  }

  private @Nullable String copy(LineReader reader, Disk.DiskFile to) throws IOException {
    long next = segment.first();
    while (next < segment.bound() && reader.next()) {
      LineView.Form form = reader.whole()
          ? view.parse(reader.buffer(), reader.from(), reader.to())
          : LineView.Form.BAD;
      boolean entry = form == LineView.Form.ENTRY;
      if (form == LineView.Form.BAD || (entry && view.n() != next)) {
        return segment.file().getFileName() + ":" + reader.lineNumber() + ": byte " + reader.start()
            + ": not compacted, expected=entry n=" + next;
      }
      if (entry) {
        entry(reader);
        next++;
      } else {
        keep(reader);
      }
      if (out.size() >= CHUNK) {
        flush(to);
      }
    }
    return next == segment.bound()
        ? null
        : segment.file().getFileName() + ": not compacted, it ends before n=" + segment.bound();
  }

  private void entry(LineReader reader) {
    String process = view.process();
    try {
      index.note(ProcessId.parse(process), view.sequence(), position + out.size());
    } catch (RuntimeFault e) {
      // Nobody's: a reading calls it damage, and nobody reads it by its process.
      keep(reader);
      return;
    }
    if (!view.compacted() && drops(process)) {
      view.compact(out);
      dropped++;
    } else {
      keep(reader);
    }
  }

  private boolean drops(String process) {
    String kind = view.kind();
    boolean event = kind.equals("trigger_event");
    if (!event && !STEPS.contains(kind)) {
      return false;
    }
    Optional<Set<String>> ids = open.computeIfAbsent(
        process, name -> Optional.ofNullable(rule.open(ProcessId.parse(name))));
    if (ids.isEmpty()) {
      return false;
    }
    if (ids.get().isEmpty()) {
      return true;
    }
    String id = view.first(event ? "id" : "invocation");
    return id != null && !ids.get().contains(id);
  }

  private void keep(LineReader reader) {
    out.write(reader.buffer(), reader.from(), reader.to() - reader.from());
    out.write('\n');
  }

  private void flush(Disk.DiskFile to) throws IOException {
    to.write(position, out.array(), 0, out.size());
    position += out.size();
    out.reset();
  }
}
