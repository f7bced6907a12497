package dev.agentruntime.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An HTTP client that sends whatever it is told, byte for byte. */
public final class RawHttp implements AutoCloseable {

  /** What came back; the head includes the status line. */
  public record Reply(int status, String head, String body) {
    public String header(String name) {
      for (String line : head.split("\r\n", -1)) {
        if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
          return line.substring(name.length() + 1).strip();
        }
      }
      return "";
    }
  }

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  public RawHttp(int port) throws IOException {
    this(port, null);
  }

  /**
   * A connection.
   *
   * @param from the address it comes from, null = whichever
   */
  public RawHttp(int port, @Nullable InetAddress from) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port, from, 0);
    socket.setSoTimeout(10_000);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** One request on a connection of its own. */
  public static Reply exchange(int port, String request) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      return http.send(request).reply();
    }
  }

  /** All that comes back until the other side closes; a connection that is reset ends it. */
  public static String exchangeAll(int port, String request) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      StringBuilder answer = new StringBuilder();
      try {
        http.send(request);
        for (int next = http.in.read(); next >= 0; next = http.in.read()) {
          answer.append((char) next);
        }
      } catch (SocketException reset) {
        answer.append("<reset>");
      }
      return answer.toString();
    }
  }

  /** The status of an answer, 0 when there is none. */
  public static int status(String answer) {
    return answer.startsWith("HTTP/") ? Integer.parseInt(answer.substring(9, 12)) : 0;
  }

  @CanIgnoreReturnValue
  public RawHttp send(String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
    return this;
  }

  /** The next reply; status 0 when the connection ended without one. */
  public Reply reply() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return new Reply(0, head.toString(ISO_8859_1), "");
      }
      head.write(next);
    }
    String text = head.toString(ISO_8859_1);
    int status = status(text);
    Reply reply = new Reply(status, text, "");
    String length = reply.header("content-length");
    int size = length.isEmpty() || status == 100 ? 0 : Integer.parseInt(length);
    return new Reply(status, text, new String(in.readNBytes(size), ISO_8859_1));
  }

  /** Whether the other side ends the connection before the time-out. */
  public boolean ended() {
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
