package dev.agentruntime.guard;

import java.util.List;

/** The addresses from which a source is heard. Immutable; safe on every thread. */
public final class SourceFilter {

  private final List<CidrBlock> blocks;

  private SourceFilter(List<CidrBlock> blocks) {
    this.blocks = blocks;
  }

  /**
   * Hears the named addresses and blocks only; none named: all.
   *
   * @throws dev.agentruntime.core.RuntimeFault {@code INVALID_CONFIG} as {@link CidrBlock#parse}
   */
  public static SourceFilter of(List<String> sources) {
    return new SourceFilter(sources.stream().map(CidrBlock::parse).toList());
  }

  /** Whether an address is heard; what is no address is heard only when all are. */
  public boolean allows(String remote) {
    if (blocks.isEmpty()) {
      return true;
    }
    IpAddress address = IpAddress.parse(remote);
    return address != null && blocks.stream().anyMatch(block -> block.contains(address));
  }
}
