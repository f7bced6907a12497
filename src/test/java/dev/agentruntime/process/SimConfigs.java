package dev.agentruntime.process;

import dev.agentruntime.config.OutboundConfig;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.policy.EscalationTarget;
import dev.agentruntime.policy.GovernanceConfig;
import dev.agentruntime.policy.HealthConfig;
import dev.agentruntime.policy.MissionConfig;
import java.math.BigDecimal;
import java.time.Duration;
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
        List.of(),
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
        Map.of(),
        null,
        OutboundConfig.NONE,
        Map.of(),
        run.inboxMax() % 3 == 0 ? watched() : GovernanceConfig.OFF);
  }

  /** Finds much, and changes nothing of what is done. */
  private static GovernanceConfig watched() {
    return GovernanceConfig.OFF
        .withHealth(new HealthConfig(
            2,
            4,
            2,
            2,
            100,
            2,
            500,
            Duration.ofSeconds(60),
            2,
            HealthConfig.Action.LOG,
            Duration.ofSeconds(1),
            EscalationTarget.NOBODY))
        .withMission(new MissionConfig(
            "Do it.",
            "",
            null,
            0,
            700,
            BigDecimal.ZERO,
            0,
            true,
            MissionConfig.OnComplete.CONTINUE,
            EscalationTarget.NOBODY,
            "len(payload) > 2"));
  }
}
