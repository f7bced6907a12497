package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events on a thread of its own. */
final class EventReader implements AutoCloseable {

  /** An event; the last one, when the stream has ended, has the name {@code END}. */
  record Event(@Nullable String id, String name, String data) {}

  static final String END = "END";

  private final InputStream in;
  private final HttpResponse<InputStream> response;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  private EventReader(HttpResponse<InputStream> response) {
    this.response = response;
    this.in = response.body();
    Thread reader = new Thread(this::read, "events");
    reader.setDaemon(true);
    reader.start();
  }

  static EventReader open(HttpClient client, String url, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return new EventReader(client.send(request.build(), BodyHandlers.ofInputStream()));
  }

  /** The same of a request that asks something. */
  static EventReader post(HttpClient client, String url, String body, String... headers)
      throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url))
        .headers(headers)
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    return new EventReader(client.send(request, BodyHandlers.ofInputStream()));
  }

  int status() {
    return response.statusCode();
  }

  String type() {
    return response.headers().firstValue("content-type").orElse("");
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      String id = null;
      String name = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(":")) {
          events.add(new Event(null, ":", line.substring(1)));
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          events.add(new Event(id, name, line.substring(6)));
          id = null;
        }
      }
      events.add(new Event(null, END, "clean"));
    } catch (IOException | UncheckedIOException cut) {
      events.add(new Event(null, END, String.valueOf(cut.getMessage())));
    }
  }

  /** The next event like this; others before it are passed over. */
  @CanIgnoreReturnValue
  Event next(String what, Predicate<Event> wanted) throws InterruptedException {
    StringBuilder seen = new StringBuilder();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (System.nanoTime() < end) {
      Event event = events.poll(1, TimeUnit.SECONDS);
      if (event != null && wanted.test(event)) {
        return event;
      }
      if (event != null) {
        seen.append(event).append('\n');
        assertTrue(!event.name().equals(END), what + " did not come, but\n" + seen);
      }
    }
    throw new AssertionError(what + " did not come, but\n" + seen);
  }

  @CanIgnoreReturnValue
  Event named(String name) throws InterruptedException {
    return next(name, event -> event.name().equals(name));
  }

  /** The next entry, whichever it is. */
  @CanIgnoreReturnValue
  Event entry() throws InterruptedException {
    return next("an entry", event -> event.id() != null);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
