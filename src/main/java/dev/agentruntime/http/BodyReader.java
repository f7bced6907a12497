package dev.agentruntime.http;

import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of requests within the limits. Called on the server's event loop. */
public final class BodyReader {

  public static final String JSON = "application/json";
  public static final Set<String> YAML =
      Set.of("application/yaml", "application/x-yaml", "text/yaml");

  private final HttpLimits limits;
  private final Timers timers;

  public BodyReader(HttpLimits limits, Timers timers) {
    this.limits = limits;
    this.timers = timers;
  }

  /** Whether the request announces a body. */
  public static boolean announced(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.strip().equals("0"));
  }

  /**
   * Reads the whole body; it must be called before the request's handler returns.
   *
   * @return fails with PAYLOAD_TOO_LARGE before a longer one is read, with REQUEST_TIMEOUT when it
   *     does not arrive in time, and with UNSUPPORTED_MEDIA_TYPE when it is compressed
   */
  public Future<byte[]> read(HttpServerRequest request) {
    String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding, expected=none, for bodies"));
    }
    if (announcedLength(request.getHeader(HttpHeaders.CONTENT_LENGTH)) > limits.bodyBytesMax()) {
      return Future.failedFuture(tooLarge());
    }
    Future<Void> invited = "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))
        ? request.response().writeContinue()
        : Future.succeededFuture();
    return invited.isComplete() ? collect(request) : readLater(request, invited);
  }

  private Future<byte[]> readLater(HttpServerRequest request, Future<Void> invited) {
    request.pause();
    Future<byte[]> body = collect(request);
    return invited.compose(sent -> {
      request.resume();
      return body;
    });
  }

  private Future<byte[]> collect(HttpServerRequest request) {
    Promise<byte[]> body = Promise.promise();
    Buffer whole = Buffer.buffer();
    Timers.Armed patience = timers.after(
        limits.bodyTimeout(),
        () -> body.tryFail(new RuntimeFault(
            ErrorCode.REQUEST_TIMEOUT,
            "body, expected=whole within " + limits.bodyTimeout().toSeconds() + " s")));
    request.handler(chunk -> {
      if (whole.length() + chunk.length() > limits.bodyBytesMax()) {
        request.pause();
        body.tryFail(tooLarge());
      } else {
        whole.appendBuffer(chunk);
      }
    });
    request.endHandler(end -> body.tryComplete(whole.getBytes()));
    request.exceptionHandler(cut -> body.tryFail(
        new RuntimeFault(ErrorCode.INVALID_REQUEST, "the body ended before its end", cut)));
    return body.future().andThen(done -> patience.cancel());
  }

  private static long announcedLength(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw new RuntimeFault(ErrorCode.INVALID_REQUEST, "Content-Length, expected=a number", e);
    }
  }

  private RuntimeFault tooLarge() {
    return new RuntimeFault(
        ErrorCode.PAYLOAD_TOO_LARGE, "body, expected=at most " + limits.bodyBytesMax() + " bytes");
  }

  /**
   * The type without its parameters, lower case.
   *
   * @throws RuntimeFault UNSUPPORTED_MEDIA_TYPE when it is missing, not among {@code allowed}, or
   *     in another charset than UTF-8
   */
  public static String requireType(@Nullable String contentType, Set<String> allowed) {
    if (contentType == null) {
      throw refused("Content-Type is missing", allowed);
    }
    int semicolon = contentType.indexOf(';');
    String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
        .strip()
        .toLowerCase(Locale.ROOT);
    if (!allowed.contains(type)) {
      throw refused("Content-Type " + Json.quote(contentType) + " is not taken", allowed);
    }
    if (semicolon >= 0 && !isUtf8(contentType.substring(semicolon + 1))) {
      throw refused(
          "Content-Type " + Json.quote(contentType) + " is not taken, only charset=utf-8 is",
          allowed);
    }
    return type;
  }

  // The one parameter that means something here; anything else is a mistake worth telling.
  private static boolean isUtf8(String parameters) {
    String text = parameters.strip().toLowerCase(Locale.ROOT).replace("\"", "");
    return text.isEmpty() || text.equals("charset=utf-8");
  }

  private static RuntimeFault refused(String what, Set<String> allowed) {
    return new RuntimeFault(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        what + ", expected=" + String.join(" or ", new TreeSet<>(allowed)));
  }
}
