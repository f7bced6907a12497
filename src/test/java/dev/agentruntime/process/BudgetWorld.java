package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ProcessState;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.governance.Purse;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.tool.Tool;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;

/** A process with a budget, wound by hand. */
final class BudgetWorld {

  private BudgetWorld() {}

  static ProcessConfig config(String budget, int concurrency) {
    GovernanceConfig governance = new ManifestReader(new HashMap<String, String>()::get)
        .readYaml("name: hand\nbudget: " + budget + "\n", "t.agent", null, false)
        .config()
        .governance();
    return HandProcess.config(HandProcess.run(concurrency, Duration.ZERO, Duration.ZERO))
        .withGovernance(governance);
  }

  static HandProcess with(String budget) {
    return HandProcess.running(config(budget, 1));
  }

  static void offer(HandProcess process, String payload) {
    SimWorld.later(process.offer(payload).mapEmpty());
    process.flush();
  }

  /** The model wants a tool that acts, and it does. */
  static void acts(HandProcess process, String tool) {
    process.want(tool, "{}");
    process.called.remove(0).promise().complete(Tool.Reply.ok("done"));
    process.flush();
  }

  static EntryData.ToolResult last(HandProcess process) {
    List<EntryData.ToolResult> all = process.entries(EntryData.ToolResult.class);
    return all.get(all.size() - 1);
  }

  static EntryData.InvocationResult outcome(HandProcess process) {
    List<EntryData.InvocationResult> all = process.entries(EntryData.InvocationResult.class);
    return all.get(all.size() - 1);
  }

  static List<String> notes(HandProcess process) {
    return process.entries(BudgetEntry.BudgetCharge.class).stream()
        .map(note -> note.why() + " " + note.limit())
        .toList();
  }

  static void assertHeld(HandProcess process) {
    assertEquals(ProcessState.SUSPENDED, process.state());
    assertEquals(List.of(Purse.CAUSE), process.image().causes());
  }

  static Purse purse(HandProcess process) {
    return process.image().governance().budget();
  }

  static long used(HandProcess process, BudgetLimit limit) {
    return purse(process)
        .used(
            limit,
            null,
            process.timers.now(),
            process.image().config().governance().budget());
  }
}
