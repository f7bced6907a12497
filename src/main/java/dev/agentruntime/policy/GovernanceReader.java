package dev.agentruntime.policy;

import dev.agentruntime.yaml.Section;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes the sections of a manifest that govern its process. */
public final class GovernanceReader {

  /** The sections, as a manifest names them. */
  public static final List<String> KEYS = ApprovalReader.KEYS;

  private GovernanceReader() {}

  /**
   * Reads what a manifest asks for.
   *
   * @param all the manifest, mistakes are noted with their position
   */
  public static GovernanceConfig read(Section all) {
    return new GovernanceConfig(ApprovalReader.read(all));
  }

  /** The sections as the journal keeps them; what equals its default is left out. */
  public static Map<String, @Nullable Object> written(GovernanceConfig config) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.putAll(ApprovalReader.written(config.approval()));
    return out;
  }
}
