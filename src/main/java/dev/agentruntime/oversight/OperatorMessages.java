package dev.agentruntime.oversight;

import dev.agentruntime.context.OperatorBlock;
import dev.agentruntime.core.Json;
import dev.agentruntime.desk.MessageDesk;
import dev.agentruntime.entry.PeopleEntry;
import dev.agentruntime.governance.Messages.Waiting;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows a run that begins what operators have said. Owned by: the process's context. */
final class OperatorMessages implements Rule {

  private final ProcessLog log;
  private final ProcessDeps deps;

  OperatorMessages(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.deps = deps;
  }

  @Override
  public void blocks(Map<String, String> all) {
    List<Waiting> next = log.image().governance().messages().next(deps.timers().now());
    if (next.isEmpty()) {
      return;
    }
    String ids = next.stream().map(one -> one.said().id()).collect(Collectors.joining(" "));
    List<Json> lines = next.stream().map(OperatorMessages::line).toList();
    all.put(PeopleEntry.BLOCK, OperatorBlock.of(lines, ids));
  }

  private static Json line(Waiting one) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("type", MessageDesk.word(one.said().type()));
    line.put("priority", MessageDesk.word(one.said().priority()));
    if (!one.said().sender().isEmpty()) {
      line.put("from", one.said().sender());
    }
    line.put("time", one.at().toString());
    line.put("content", one.said().content());
    if (!one.said().metadata().equals(Json.EMPTY)) {
      line.put("metadata", one.said().metadata());
    }
    return Json.of(line);
  }
}
