package dev.agentruntime.verticle;

/**
 * A verticle that brings something to agents: tools, types of triggers, models. A verticle that
 * does not implement this is deployed all the same, as any verticle of Vert.x is.
 *
 * <p>An implementation MUST NOT keep anything of itself in static fields of classes that do not
 * come from its own jar, and MUST end in its {@code stop} what it began by itself, such as threads
 * and thread-locals: then its class loader is freed when it is undeployed.
 */
public interface RuntimeExtension {

  /**
   * Called once per instance, before the instance is deployed, on a worker; it may block for a
   * while. Of what several instances register under one name, the first holds. What it throws
   * fails the deployment, and nothing was registered.
   */
  void extend(RuntimeAccess runtime) throws Exception;
}
