package dev.agentruntime.http;

import dev.agentruntime.time.Ids;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The id under which a request is found again: in its answer, in the log and in what is written
 * down of it. The sender's own where it can be one, so that it can be followed across programs.
 * Called on the request's event loop.
 */
public final class RequestId {

  /** Carries it, both ways. */
  public static final String HEADER = "X-Request-Id";

  /** Letters, digits and what ids of others have between them; no byte that a log could act on. */
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._~:/+=@-]{1,128}");

  private RequestId() {}

  /** Gives a request its id, and its answer the header. */
  public static void give(HttpServerRequest request, Ids ids) {
    List<String> asked = request.headers().getAll(HEADER);
    boolean sane = asked.size() == 1 && SANE.matcher(asked.get(0)).matches();
    request.response().putHeader(HEADER, sane ? asked.get(0) : ids.next());
  }

  /** The id that it was given, empty when it was given none. */
  public static String of(HttpServerRequest request) {
    String given = request.response().headers().get(HEADER);
    return given == null ? "" : given;
  }
}
