package dev.agentruntime.web;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.disk.Failpoints;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * One body on its way in: counted as it arrives, whatever its head said.
 *
 * <p>Owned by: the event loop of its request.
 */
final class BodyRead {

  private static final byte[] EMPTY = {};

  private final HttpServerRequest request;
  private final Listener.Registered target;
  private final RequestReader reader;
  private final long since;
  private @Nullable Buffer body;
  private boolean own;
  private boolean done;

  /**
   * A body.
   *
   * @param since when its head was complete, monotonic nanoseconds
   */
  BodyRead(
      HttpServerRequest request, Listener.Registered target, RequestReader reader, long since) {
    this.request = request;
    this.target = target;
    this.reader = reader;
    this.since = since;
  }

  long since() {
    return since;
  }

  void start() {
    request.handler(this::chunk);
    request.exceptionHandler(gone -> finish());
    request.endHandler(end -> whole());
  }

  private void chunk(Buffer chunk) {
    if (done) {
      return;
    }
    Failpoints.reach("http.body.mid");
    int length = chunk.length() + (body == null ? 0 : body.length());
    if (length > reader.bodyBytesMax()) {
      finish();
      reader.tooLarge(request);
    } else if (body == null) {
      body = chunk;
      Failpoints.reach("http.body.mid");
    } else {
      if (!own) {
        // The first chunk is the decoder's; most bodies have no second one.
        body = Buffer.buffer(2 * body.length()).appendBuffer(body);
        own = true;
      }
      body.appendBuffer(chunk);
    }
  }

  private void whole() {
    if (finish()) {
      reader.handle(request, target, body == null ? EMPTY : body.getBytes());
    }
  }

  /** Took too long. */
  void late() {
    if (finish()) {
      reader.tooSlow(request);
    }
  }

  @CanIgnoreReturnValue
  private boolean finish() {
    boolean first = !done;
    done = true;
    reader.done(this);
    return first;
  }
}
