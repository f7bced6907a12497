package dev.agentruntime.load;

import dev.agentruntime.time.Ids;
import dev.agentruntime.time.Timers;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Sends POSTs to a webhook and measures the answers, on a Vert.x of its own with one event loop, so
 * that it costs no more than one core. Safe on every thread; one run at a time gives honest
 * figures.
 */
public final class LoadGenerator {

  private final Vertx vertx;
  private final Timers timers;
  private final Ids ids;

  private LoadGenerator(Vertx vertx) {
    this.vertx = vertx;
    this.timers = new VertxTimers(vertx);
    this.ids = Ids.random(timers);
  }

  /** A generator with a Vert.x of its own, until {@link #close}. */
  public static LoadGenerator open() {
    return new LoadGenerator(Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1)));
  }

  /**
   * Sends a load and measures it; ends at most 5 s after the plan's duration.
   *
   * @param progress told each second, on the generator's event loop
   * @return the report; fails with {@code UNREACHABLE} when nothing listens at the target
   */
  public Future<LoadReport> run(LoadPlan plan, Consumer<Progress> progress) {
    Context loop = vertx.getOrCreateContext();
    Promise<LoadReport> done = Promise.promise();
    LoadRun run = new LoadRun(vertx, timers, plan, ids.next());
    loop.runOnContext(started -> run.start(progress).onComplete(done));
    return done.future();
  }

  /** Ends its Vert.x. */
  public Future<Void> close() {
    return vertx.close();
  }

  /**
   * How far a load run is.
   *
   * @param elapsedNanos since its start
   * @param sent requests that left
   * @param accepted answered 202
   * @param refused answered 503
   * @param other answered otherwise
   * @param failed broken requests and connections
   */
  public record Progress(
      long elapsedNanos, long sent, long accepted, long refused, long other, long failed) {

    /** One line for a terminal. */
    String line() {
      return String.format(
          Locale.ROOT,
          "%5.1f s  sent %,d  accepted %,d  503 %,d  other %,d  failed %,d",
          elapsedNanos / 1e9,
          sent,
          accepted,
          refused,
          other,
          failed);
    }
  }
}
