package dev.agentruntime.runtime;

import dev.agentruntime.core.Json;
import dev.agentruntime.home.NodeHome;
import dev.agentruntime.journal.Keeping;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the node as a whole is doing. */
enum NodeState {
  RECOVERING("recovering"),
  RUNNING("running"),
  JOURNAL_CLOSED("journal-closed"),
  DRAINING("draining");

  private final String word;

  NodeState(String word) {
    this.word = word;
  }

  /** The status of a node in this state; {@code open} is null as long as its journal is not. */
  Json status(LocalRuntime runtime, @Nullable NodeHome open, Duration up) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("node", open == null ? null : open.node().value());
    all.put("state", word);
    all.put("processes", runtime.processes().size());
    all.put("uptime_seconds", up.toSeconds());
    String version = NodeState.class.getPackage().getImplementationVersion();
    all.put("version", version == null ? "dev" : version);
    if (open != null) {
      Map<String, @Nullable Object> journal = new LinkedHashMap<>();
      journal.put("backend", runtime.setup().config().journal().backend());
      journal.put("durable", open.journal().durable());
      journal.put("accepting", open.journal().accepting());
      journal.put("shortage", open.journal().shortage());
      Keeping keeping = open.journal().keeping();
      Keeping.Size size = keeping == null ? null : keeping.size();
      if (size != null) {
        journal.put("segments", size.segments());
        journal.put("bytes", size.bytes());
        journal.put("since", size.since() == null ? null : size.since().toString());
      }
      all.put("journal", journal);
    }
    if (runtime.killSwitch().isOn()) {
      all.put("killed", runtime.killSwitch().state());
    }
    Json observed = runtime.observers().status();
    if (observed != null) {
      all.put("observe", observed);
    }
    Json hooks = runtime.observers().hookStatus();
    if (hooks != null) {
      all.put("hooks", hooks);
    }
    all.put("warnings", runtime.warnings());
    return Json.of(all);
  }
}
