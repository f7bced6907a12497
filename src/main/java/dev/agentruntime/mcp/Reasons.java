package dev.agentruntime.mcp;

import io.modelcontextprotocol.spec.McpTransportSessionClosedException;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** Why something failed, in one line for a person. */
final class Reasons {

  private static final int LENGTH_MAX = 300;

  private Reasons() {}

  /** The innermost cause that says something. */
  static String of(Throwable cause) {
    String said = null;
    int depth = 0;
    for (Throwable at = cause; at != null && depth < 20; at = at.getCause(), depth++) {
      if (at.getMessage() != null && !at.getMessage().isBlank()) {
        said = at.getMessage();
      }
    }
    if (find(cause, UnresolvedAddressException.class) != null
        || find(cause, UnknownHostException.class) != null) {
      return "its host name is not known";
    }
    if (find(cause, ConnectException.class) != null && said == null) {
      return "connection refused";
    }
    String text = said == null ? cause.getClass().getSimpleName() : said;
    String plain = Chatter.plain(text.replace('\n', ' ').replace('\r', ' '));
    return plain.length() <= LENGTH_MAX ? plain : plain.substring(0, LENGTH_MAX) + "...";
  }

  /** Whether the request surely did not reach the part of a server that acts. */
  static boolean notSent(Throwable cause) {
    return find(cause, NotSentException.class) != null
        || find(cause, ConnectException.class) != null
        || find(cause, HttpConnectTimeoutException.class) != null
        || find(cause, UnresolvedAddressException.class) != null
        || find(cause, McpTransportSessionNotFoundException.class) != null
        || find(cause, McpTransportSessionClosedException.class) != null;
  }

  static <T extends Throwable> @Nullable T find(Throwable cause, Class<T> type) {
    int depth = 0;
    for (Throwable at = cause; at != null && depth < 20; at = at.getCause(), depth++) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
    }
    return null;
  }
}
