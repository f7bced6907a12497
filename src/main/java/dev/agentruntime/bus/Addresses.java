package dev.agentruntime.bus;

/**
 * Every address of the clustered event bus. There is one a node: registrations are cluster state
 * that is sent again at every change of members, so processes share their node's.
 */
public final class Addresses {

  private Addresses() {}

  /**
   * Where one run of a node listens.
   *
   * @param member the id that the node drew when it joined; a restarted node has another
   */
  public static String node(String member) {
    return "agentruntime.node." + member;
  }
}
