package dev.agentruntime.hook;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.util.concurrent.atomic.AtomicLong;

/** Whether hooks may be called: not while all work of the node is ended. Safe on every thread. */
final class HookSwitch {

  /** Odd while it is off; another one than before, when it was off meanwhile. */
  private final AtomicLong turn = new AtomicLong();

  long turn() {
    return turn.get();
  }

  /** Whether it is on, and has been since {@link #turn} said that. */
  boolean isOn(long since) {
    return since % 2 == 0 && turn.get() == since;
  }

  void off() {
    long unused = turn.updateAndGet(now -> now % 2 == 0 ? now + 1 : now);
  }

  void on() {
    long unused = turn.updateAndGet(now -> now % 2 == 0 ? now : now + 1);
  }

  static RuntimeFault ended() {
    return new RuntimeFault(ErrorCode.KILLED, "an operator ended all work of this node");
  }
}
