package dev.agentruntime.cluster;

/**
 * A member of the cluster as this node sees it.
 *
 * @param identity what it says of itself
 * @param address {@code host:port} of its cluster port
 * @param rank its place by age, 0 = the oldest
 * @param self whether it is this node
 */
record Peer(Identity identity, String address, int rank, boolean self) {

  @Override
  public String toString() {
    return identity.node() + " at " + address;
  }
}
