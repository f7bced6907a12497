package dev.agentruntime.process;

import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * An operator of a simulated world who ends all work of the node at once, now and then, and lets it
 * go on later: the node's part of the kill switch, which holds over crashes and restarts. He has a
 * chance of his own, so that worlds without him tell the story they always told.
 */
final class SimKiller {

  private final SimWorld world;
  private final Random random;
  private boolean on;
  private @Nullable Instant lifted;

  private SimKiller(SimWorld world, Random random) {
    this.world = world;
    this.random = random;
  }

  /** The operator of a world, null when it has none. */
  static @Nullable SimKiller of(SimWorld world, long seed) {
    long last = Math.floorMod(seed, 10L);
    return last == 4 || last == 6 || last == 9 ? new SimKiller(world, new Random(~seed)) : null;
  }

  /** Whether nothing may be done now. */
  boolean isOn() {
    return on;
  }

  /** When the work went on last, null when it was never ended, or is ended now. */
  @Nullable
  Instant lifted() {
    return lifted;
  }

  /** He may pull the switch, also when it is pulled already, or lift it. */
  void act() {
    int dice = random.nextInt(100);
    if (dice < 2) {
      on = true;
      lifted = null;
      SimWorld.later(world.kernel().kill());
    } else if (dice < 9) {
      lift();
    }
  }

  /** Lets the work go on, if it was ended. */
  void lift() {
    if (on) {
      Instant now = world.timers().now();
      on = false;
      lifted = now;
      SimWorld.later(world.kernel().revive(now));
    }
  }

  /** The node came back with a process; what was pulled before holds before anything goes on. */
  void back(boolean known) {
    on = on && known;
    if (on) {
      SimWorld.later(world.kernel().kill());
    }
  }
}
