package dev.agentruntime.bus;

/**
 * Every address of the event bus. One a node is known in the whole cluster: registrations are
 * cluster state that is sent again at every change of members, so processes share their node's. The
 * others are heard within their JVM only.
 */
public final class Addresses {

  /**
   * Takes events from applications in this JVM: {@code {"type","data","source"?,"key"?}}, answered
   * with {@code {"id","takers"}} when durable.
   */
  public static final String EVENTS = "agentruntime.events";

  /**
   * Takes messages from applications in this JVM: {@code {"topic","content","priority"?,
   * "ttl_seconds"?,"ordering_key"?,"source"?,"key"?}}, answered as {@link #EVENTS}.
   */
  public static final String MESSAGES = "agentruntime.messages";

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
