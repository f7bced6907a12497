package dev.agentruntime.time;

final class VertxTimersTest extends OnVertxContract {

  private final Timers timers = new VertxTimers(vertx);

  @Override
  Timers timers() {
    return timers;
  }
}
