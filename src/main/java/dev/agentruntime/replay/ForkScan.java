package dev.agentruntime.replay;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.ApprovalEntry;
import dev.agentruntime.entry.DeployEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.fold.ProcessImage;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a fork begins: the image there, under the fork's name, and what became of the run in the
 * original. Filled on a worker, read afterwards.
 */
public final class ForkScan {

  private final long at;
  private final ProcessImage image;
  private final List<JournalEntry> later = new ArrayList<>();
  private @Nullable InvocationId run;

  private ForkScan(ProcessName fork, long at) {
    this.at = at;
    this.image = new ProcessImage(new ProcessId(fork, 1));
  }

  /**
   * Reads a process up to where its copy begins, and that run to its end.
   *
   * @param fork the copy's name
   * @param position the last entry to look at
   * @return fails with NOT_FOUND when no run is open there and none began afterwards
   */
  public static Future<ForkScan> read(Past past, ProcessName fork, long at, long position) {
    ForkScan scan = new ForkScan(fork, at);
    return past.walk(1, position, scan::see).map(done -> {
      if (scan.run == null) {
        throw new RuntimeFault(
            ErrorCode.NOT_FOUND,
            "nothing to run again: no run of " + past.process().name() + " is open at entry " + at
                + ", and none began after it; name an earlier one");
      }
      return scan;
    });
  }

  private boolean see(JournalEntry entry) {
    EntryData data = entry.data();
    if (run != null) {
      if (run.equals(runOf(data))) {
        later.add(entry);
      }
      return !(data instanceof EntryData.InvocationResult result
          && result.invocation().equals(run));
    }
    image.apply(entry);
    if (entry.sequence() == at) {
      run = openAt(data);
    } else if (entry.sequence() > at && data instanceof EntryData.InvocationStart start) {
      run = start.invocation();
    }
    return true;
  }

  private @Nullable InvocationId openAt(EntryData data) {
    Map<InvocationId, OpenRun> open = image.runs();
    InvocationId named = runOf(data);
    return named != null && open.containsKey(named)
        ? named
        : open.isEmpty() ? null : open.keySet().iterator().next();
  }

  private static @Nullable InvocationId runOf(EntryData data) {
    if (data instanceof EntryData.InvocationStart start) {
      return start.invocation();
    } else if (data instanceof EntryData.ModelReply reply) {
      return reply.invocation();
    } else if (data instanceof EntryData.ToolCall call) {
      return call.invocation();
    } else if (data instanceof EntryData.ToolResult result) {
      return result.invocation();
    } else if (data instanceof EntryData.EffectResolved resolved) {
      return resolved.invocation();
    } else if (data instanceof ApprovalEntry approval) {
      return approval.invocation();
    } else if (data instanceof EntryData.InvocationResult result) {
      return result.invocation();
    }
    return data instanceof EntryData.ErrorNoted error ? error.invocation() : null;
  }

  /** The image that the copy begins with. */
  public ProcessImage image() {
    return image;
  }

  /** The run that goes on in the copy. */
  public OpenRun run() {
    OpenRun open = run == null ? null : image.runs().get(run);
    if (open == null) {
      throw new IllegalStateException("no run was found");
    }
    return open;
  }

  /** The manifest that the run is pinned to. */
  public DeployEntry.ProcessDeployed manifest() {
    int version = run().start().manifestVersion();
    ProcessImage.Deployment deployment = image.deployment(version);
    if (deployment == null) {
      throw new RuntimeFault(
          ErrorCode.INTERNAL, "version " + version + " of " + image.id() + " is not known");
    }
    return deployment.entry();
  }

  /** The whole run in the original, as far as it went. */
  RunStory original() {
    RunStory story = RunStory.of(run().steps());
    later.forEach(entry -> story.see(entry.data()));
    return story;
  }
}
