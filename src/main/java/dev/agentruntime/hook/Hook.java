package dev.agentruntime.hook;

/** Code that is called at a point in the life of a process. */
@FunctionalInterface
public interface Hook {

  /**
   * Is asked or told, on a worker. It may block up to its time-out; after that it is not waited
   * for, and not called again before it has come back.
   *
   * @throws HookBlocked when it must not happen; where nothing can be blocked this ends the chain
   * @throws Exception when the hook is broken: it is recorded, and the chain goes on
   */
  void call(HookCall call) throws Exception;
}
