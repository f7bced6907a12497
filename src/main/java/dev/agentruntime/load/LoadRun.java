package dev.agentruntime.load;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One load run: connections ("lanes") that each carry one request at a time, and a schedule that
 * says which request is owed. Owned by: the event loop it was started on.
 */
final class LoadRun {

  /** How long answers are waited for after the last request was owed. */
  private static final long GRACE_NANOS = 5_000_000_000L;

  private static final Duration TICK = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration RECONNECT = Duration.ofMillis(100);

  private final Timers timers;
  private final LoadPlan plan;
  private final LoadPlan.Schedule schedule;
  private final LoadBody bodies;
  private final HttpClientAgent client;
  private final RequestOptions request;
  private final LoadTally tally = new LoadTally();
  private final List<Lane> lanes = new ArrayList<>();
  private final Deque<Lane> idle = new ArrayDeque<>();
  private final List<Timers.Armed> armed = new ArrayList<>();
  private final Promise<LoadReport> done = Promise.promise();
  private long number;
  private int underWay;
  private long startNanos;
  private long startMicros;
  private boolean ended;

  /** A connection and the request it carries. */
  private static final class Lane {
    private @Nullable HttpClientConnection connection;
    private long intended = LoadPlan.Schedule.NONE;
    private Timers.@Nullable Armed retry;
  }

  LoadRun(Vertx vertx, Timers timers, LoadPlan plan, String run) {
    this.timers = timers;
    this.plan = plan;
    this.schedule = new LoadPlan.Schedule(plan);
    this.bodies = new LoadBody(run, plan.bodyBytes(), plan.secret());
    this.client = vertx.createHttpClient();
    this.request = new RequestOptions()
        .setMethod(HttpMethod.POST)
        .setHost(plan.target().host())
        .setPort(plan.target().port())
        .setURI(plan.target().path());
  }

  Future<LoadReport> start(Consumer<LoadGenerator.Progress> progress) {
    List<Future<Void>> connecting = new ArrayList<>();
    for (int i = 0; i < plan.pace().connections(); i++) {
      Lane lane = new Lane();
      lanes.add(lane);
      connecting.add(connect(lane));
    }
    Future.all(connecting)
        .onSuccess(all -> begin(progress))
        .onFailure(cause -> done.tryFail(new RuntimeFault(
            ErrorCode.UNREACHABLE, plan.target() + " cannot be reached: " + cause.getMessage())));
    return done.future().eventually(client::close);
  }

  private Future<Void> connect(Lane lane) {
    HttpConnectOptions options = new HttpConnectOptions()
        .setHost(plan.target().host())
        .setPort(plan.target().port());
    return client.connect(options).map(connection -> {
      lane.connection = connection;
      connection.closeHandler(closed -> closedIdle(lane, connection));
      idle.push(lane);
      return null;
    });
  }

  /** A server may close a silent connection; that is no failure of a request. */
  private void closedIdle(Lane lane, HttpClientConnection connection) {
    if (lane.connection == connection && lane.intended == LoadPlan.Schedule.NONE) {
      lane.connection = null;
      idle.remove(lane);
      reconnect(lane);
    }
  }

  private void begin(Consumer<LoadGenerator.Progress> progress) {
    startNanos = timers.nanos();
    startMicros = ChronoUnit.MICROS.between(Instant.EPOCH, timers.now());
    armed.add(timers.every(TICK, this::pump));
    armed.add(timers.every(SECOND, () -> progress.accept(tally.progress(elapsed()))));
    pump();
  }

  private long elapsed() {
    return timers.nanos() - startNanos;
  }

  /** Sends what is owed as far as lanes are free; ends the run when nothing more can come. */
  private void pump() {
    while (!ended && !idle.isEmpty()) {
      long now = elapsed();
      long intended = schedule.take(now);
      if (intended == LoadPlan.Schedule.NONE) {
        break;
      }
      send(idle.pop(), intended, now);
    }
    long now = elapsed();
    boolean answered = underWay == 0 && schedule.ended(now);
    if (!ended && (answered || now >= plan.duration().toNanos() + GRACE_NANOS)) {
      end(now);
    }
  }

  private void send(Lane lane, long intended, long now) {
    HttpClientConnection connection = lane.connection;
    if (connection == null) {
      throw new IllegalStateException("an idle lane has a connection");
    }
    lane.intended = intended;
    underWay++;
    tally.sent(now - intended);
    long id = number++;
    connection
        .request(request)
        .compose(ready -> post(ready, id, startMicros + intended / 1_000))
        .compose(answer -> answer.end().map(answer.statusCode()))
        .onComplete(status -> answered(lane, status), cause -> broke(lane, connection, cause));
  }

  private Future<HttpClientResponse> post(HttpClientRequest ready, long id, long sentAtMicros) {
    byte[] body = bodies.bytes(id, sentAtMicros);
    String signature = bodies.signature(body);
    ready.putHeader("Content-Type", "application/json");
    if (signature == null) {
      ready.putHeader("Idempotency-Key", bodies.id(id));
    } else {
      ready
          .putHeader("X-Hub-Signature-256", signature)
          .putHeader("X-GitHub-Delivery", bodies.id(id))
          .putHeader("X-GitHub-Event", "push");
    }
    return ready.send(Buffer.buffer(body));
  }

  private void answered(Lane lane, int status) {
    if (ended) {
      return;
    }
    long now = elapsed();
    tally.answered(status, now, now - lane.intended);
    settle(lane);
    idle.push(lane);
    pump();
  }

  private void broke(Lane lane, HttpClientConnection connection, Throwable cause) {
    if (ended) {
      return;
    }
    tally.failed(cause);
    settle(lane);
    lane.connection = null;
    connection.close().onComplete(closed -> reconnect(lane));
  }

  private void settle(Lane lane) {
    lane.intended = LoadPlan.Schedule.NONE;
    underWay--;
  }

  private void reconnect(Lane lane) {
    if (ended || schedule.ended(elapsed())) {
      return;
    }
    lane.retry = timers.after(
        RECONNECT,
        () -> connect(lane).onFailure(cause -> {
          tally.failed(cause);
          reconnect(lane);
        }));
  }

  private void end(long now) {
    ended = true;
    armed.forEach(Timers.Armed::cancel);
    for (Lane lane : lanes) {
      if (lane.retry != null) {
        lane.retry.cancel();
      }
      if (lane.intended != LoadPlan.Schedule.NONE) {
        tally.unanswered(now - lane.intended);
      }
    }
    oweTheRest(now);
    done.complete(tally.report(plan, now));
  }

  /** What an open model never got to send was owed all the same. */
  private void oweTheRest(long now) {
    if (plan.pace() instanceof LoadPlan.Open) {
      for (long owed = schedule.take(now);
          owed != LoadPlan.Schedule.NONE;
          owed = schedule.take(now)) {
        tally.unanswered(now - owed);
      }
    }
  }
}
