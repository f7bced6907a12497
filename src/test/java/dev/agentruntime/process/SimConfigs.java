package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.policy.GovernanceConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What the process of a simulated world is set to. */
final class SimConfigs {

  private SimConfigs() {}

  static ProcessConfig any(Random random) {
    ProcessConfig.Run run = new ProcessConfig.Run(
        random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1,
        random.nextInt(3) == 0 ? Duration.ofSeconds(2) : Duration.ZERO,
        random.nextInt(3) == 0 ? Duration.ofSeconds(4) : Duration.ZERO,
        2 + random.nextInt(4),
        4 + random.nextInt(3),
        6 + random.nextInt(10),
        1_024,
        Duration.ofSeconds(2),
        true);
    return new ProcessConfig(
            SimWorld.ID.name(),
            "echo",
            null,
            "Do it.",
            List.of(new TriggerConfig.Cron("daily", "0 0 * * *", "UTC")),
            Map.of("k0", Json.of(1)),
            // Drawn from what is drawn anyway, so that older seeds tell the same story.
            new ProcessConfig.Context(
                List.of(), 4_000, true, 6, 0, run.inboxMax() % 2 == 0, "AGENT_", Map.of()),
            ProcessConfig.Level.CHECKPOINT,
            run,
            ProcessConfig.Delivery.DEFAULT,
            ProcessConfig.Restarts.DEFAULT,
            Map.of())
        .withGovernance(governance(run.inboxMax(), 3));
  }

  /** The same, but who may be asked has another time to decide: what was asked lapses. */
  static ProcessConfig underAnotherPolicy(ProcessConfig config) {
    return config.withGovernance(governance(config.run().inboxMax(), 4));
  }

  /**
   * A budget that is never used up, and watchers that find much and change nothing; people who are
   * asked about every charge; both, or neither.
   */
  private static GovernanceConfig governance(int inboxMax, int timeout) {
    String watched = inboxMax % 3 == 0
        ? "budget: {max_llm_turns_per_run: 1000, max_tool_calls_per_day: 1000000,"
            + " max_tokens_per_day: 1000000000, inject_remaining: false}\n"
            + "health: {stuck_threshold: 2, loop_window: 4, empty_threshold: 2,"
            + " empty_max_chars: 100, error_window: 2, no_progress_runs: 2, cooldown: 1}\n"
            + "mission: {objective: Do it., eval_every: 0, on_complete: continue,"
            + " success_check: len(payload) > 2}\n"
        : "";
    String asked = inboxMax % 5 == 2
        ? "approval: {tools: [charge], tainted: false, max_pending: 20, deny_window: 5, timeout: "
            + timeout + "}\n"
        : "";
    if (watched.isEmpty() && asked.isEmpty()) {
      return GovernanceConfig.OFF;
    }
    return new ManifestReader(new HashMap<String, String>()::get)
        .readYaml("name: a\n" + watched + asked, "t.agent", null, false)
        .config()
        .governance();
  }
}
