package dev.agentruntime.verticle;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Waits for what a verticle does, but not for ever: one that hangs holds up no other, and no node
 * that starts or stops.
 *
 * @param most how long
 */
record Patience(Timers timers, Duration most) {

  /**
   * The same, or a failure with START_FAILED when it takes too long.
   *
   * @param what of whom, as in {@code verticle greeter did not start}
   * @param late takes what comes after that
   */
  <T> Future<T> within(String what, Future<T> work, Consumer<T> late) {
    Promise<T> answer = Promise.promise();
    Timers.Armed limit = timers.after(
        most,
        () -> answer.tryFail(
            new RuntimeFault(ErrorCode.START_FAILED, what + " within " + most.toSeconds() + " s")));
    work.onComplete(done -> {
      limit.cancel();
      if (done.failed()) {
        answer.tryFail(done.cause());
      } else if (!answer.tryComplete(done.result())) {
        late.accept(done.result());
      }
    });
    return answer.future();
  }
}
