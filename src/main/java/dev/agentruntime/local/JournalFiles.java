package dev.agentruntime.local;

import dev.agentruntime.audit.AnchorFile;
import dev.agentruntime.audit.JournalExport;
import dev.agentruntime.audit.JournalVerifier;
import dev.agentruntime.audit.OfflineImage;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.journal.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say where a node's journal files are, and what is read from them. */
public final class JournalFiles {

  @Option(names = "--data", paramLabel = "DIR", description = "The data directory of the node.")
  private @Nullable Path data;

  @Option(
      names = "--node",
      paramLabel = "ID",
      defaultValue = "node-1",
      description = "The node (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private String node;

  /** Whether somebody named them. */
  boolean given() {
    return data != null;
  }

  private Path root() {
    return (data == null ? Path.of("data") : data).resolve(new NodeId(node).value());
  }

  private Path journal() {
    if (data != null && java.nio.file.Files.isRegularFile(data)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "--data, expected=a directory, actual=" + data + ", which is a file");
    }
    Path journal = root().resolve("journal");
    if (!java.nio.file.Files.isDirectory(journal)) {
      throw new RuntimeFault(ErrorCode.NOT_FOUND, "there is no journal in " + journal);
    }
    return journal;
  }

  /** Where the node's anchors are, when its settings name no other directory. */
  private Path anchors(@Nullable Path anchorDir) {
    Path root = anchorDir == null ? root() : anchorDir.resolve(new NodeId(node).value());
    return root.resolve(AnchorFile.NAME);
  }

  /** Reads every entry that is in order. */
  JournalReader.Report read(Consumer<JournalReader.Line> sink) {
    Path journal = journal();
    return reading(journal, () -> new JournalReader(new RealDisk(), journal).read(sink));
  }

  /** Checks everything. */
  JournalVerifier.Report verify(@Nullable Path anchorDir) {
    Path journal = journal();
    return reading(
        journal, () -> new JournalVerifier(new RealDisk(), journal, anchors(anchorDir)).verify());
  }

  /** Folds a process. */
  OfflineImage fold(ProcessName name, long at) {
    Path journal = journal();
    return reading(journal, () -> OfflineImage.fold(new RealDisk(), journal, name, at));
  }

  /** Collects what an export of a process holds. */
  JournalExport export(
      ProcessName name, @Nullable InvocationId invocation, @Nullable Path anchorDir) {
    Path journal = journal();
    return reading(
        journal,
        () -> JournalExport.of(
            new RealDisk(),
            journal,
            anchors(anchorDir),
            new JournalExport.Wanted(name, invocation)));
  }

  private interface Read<T> {
    T run() throws IOException;
  }

  private static <T> T reading(Path journal, Read<T> read) {
    try {
      return read.run();
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.STORAGE, "cannot read " + journal + ": " + e.getMessage(), e);
    }
  }
}
