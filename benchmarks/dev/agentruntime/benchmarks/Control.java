package dev.agentruntime.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The control API of a node, as far as a scenario needs it. For one thread. */
final class Control {

  /** Fine enough for rounds of seconds, and too rare to be seen in the figures. */
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI process;

  Control(int port, String name) {
    this.process = URI.create("http://127.0.0.1:" + port + "/api/v1/processes/" + name);
  }

  /** What the process says of its work. */
  ProcessStatus status() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(process).timeout(Duration.ofSeconds(10)).build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(
          "GET " + process + ", expected=200, actual=" + answer.statusCode() + " " + answer.body());
    }
    return ProcessStatus.of(answer.body());
  }

  /**
   * Waits until everything accepted so far has run and nothing is queued; fails when nothing moves
   * for a minute.
   */
  void drained(long invocations) throws IOException, InterruptedException {
    ProcessStatus last = status();
    long moved = System.nanoTime();
    while (!last.done(invocations)) {
      LockSupport.parkNanos(POLL_NANOS);
      ProcessStatus now = status();
      if (!now.equals(last)) {
        moved = System.nanoTime();
        last = now;
      } else if (System.nanoTime() - moved > STUCK_NANOS) {
        throw new IOException("the backlog does not move, expected=" + invocations
            + " invocations and an empty queue, actual=" + last);
      }
    }
  }
}
