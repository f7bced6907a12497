package dev.agentruntime.governance;

import dev.agentruntime.codec.Fields;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.policy.BudgetConfig;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What an image knows for governance: every part of it moves over every entry. */
public final class GovernanceState {

  private final Purse budget = new Purse();
  private final HealthTrack health = new HealthTrack();
  private final MissionTrack mission = new MissionTrack();
  private final Approvals approvals = new Approvals();
  private final Messages messages = new Messages();
  private final List<Governed> parts = List.of(budget, health, mission, approvals, messages);

  /** What is used up of the budget. */
  public Purse budget() {
    return budget;
  }

  /** What is known of its health. */
  public HealthTrack health() {
    return health;
  }

  /** How far it is with its mission. */
  public MissionTrack mission() {
    return mission;
  }

  /** Moves all parts over one entry. */
  public void apply(JournalEntry entry, @Nullable ProcessConfig config) {
    for (Governed part : parts) {
      part.apply(entry, config);
    }
  }

  /** Another manifest takes the place of one, with the entry that is applied next. */
  public void redeployed(ProcessConfig before, ProcessConfig config) {
    if (!before.governance().equals(config.governance())) {
      budget.redeployed();
    }
  }

  /** What was asked of people. */
  public Approvals approvals() {
    return approvals;
  }

  /** What operators have said. */
  public Messages messages() {
    return messages;
  }

  /**
   * What the model of a run is told is left of the budget, before the run's first entry is applied;
   * empty when it is not told, or told by that entry, as in journals of before.
   */
  public String remaining(
      EntryData.InvocationStart start, Instant time, @Nullable ProcessConfig config) {
    BudgetConfig limits =
        config == null ? BudgetConfig.OFF : config.governance().budget();
    return limits.enabled() && limits.injectRemaining() && !start.blocks().containsKey(Purse.BLOCK)
        ? budget.remaining(time, limits)
        : "";
  }

  /** The parts that hold something, by name. */
  public Map<String, Object> toValues() {
    Map<String, Object> all = new TreeMap<>();
    for (Governed part : parts) {
      Map<String, Object> values = part.toValues();
      if (!values.isEmpty()) {
        all.put(part.name(), values);
      }
    }
    return all;
  }

  /** Takes what {@link #toValues} gave. */
  public void read(Fields values) {
    for (Governed part : parts) {
      Fields kept = values.optionalObject(part.name());
      if (kept != null) {
        part.read(kept);
      }
    }
  }
}
