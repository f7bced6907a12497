package dev.agentruntime.policy;

import dev.agentruntime.yaml.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes the sections of a manifest that govern its process. */
public final class GovernanceReader {

  /** The sections, as a manifest names them. */
  public static final List<String> KEYS = keys();

  private GovernanceReader() {}

  private static List<String> keys() {
    List<String> all = new ArrayList<>(
        List.of("budget", "inbox", "escalation", HealthReader.KEY, MissionReader.KEY));
    all.addAll(ApprovalReader.KEYS);
    return List.copyOf(all);
  }

  /**
   * Reads what a manifest asks for.
   *
   * @param all the manifest, mistakes are noted with their position
   */
  public static GovernanceConfig read(Section all) {
    return new GovernanceConfig(
        BudgetReader.read(all),
        PeopleReader.read(all),
        ApprovalReader.read(all),
        HealthReader.read(all),
        MissionReader.read(all));
  }

  /** The sections as the journal keeps them; what equals its default is left out. */
  public static Map<String, @Nullable Object> written(GovernanceConfig config) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("budget", BudgetReader.written(config.budget()));
    all.putAll(PeopleReader.written(config.people()));
    all.putAll(ApprovalReader.written(config.approval()));
    HealthConfig health = config.health();
    if (health != null) {
      all.put(HealthReader.KEY, HealthReader.written(health));
    }
    MissionConfig mission = config.mission();
    if (mission != null) {
      all.put(MissionReader.KEY, MissionReader.written(mission));
    }
    return all;
  }
}
