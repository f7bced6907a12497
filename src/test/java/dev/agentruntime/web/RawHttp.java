package dev.agentruntime.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Locale;

/** An HTTP client that sends whatever it is told, byte for byte. */
final class RawHttp implements AutoCloseable {

  /** What came back; the head includes the status line. */
  record Reply(int status, String head, String body) {
    String header(String name) {
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

  RawHttp(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /** One request on a connection of its own. */
  static Reply exchange(int port, String request) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      return http.send(request).reply();
    }
  }

  @CanIgnoreReturnValue
  RawHttp send(String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
    return this;
  }

  /** The next reply; status 0 when the connection ended without one. */
  Reply reply() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return new Reply(0, head.toString(ISO_8859_1), "");
      }
      head.write(next);
    }
    String text = head.toString(ISO_8859_1);
    int status = Integer.parseInt(text.substring(9, 12));
    Reply reply = new Reply(status, text, "");
    String length = reply.header("content-length");
    int size = length.isEmpty() || status == 100 ? 0 : Integer.parseInt(length);
    return new Reply(status, text, new String(in.readNBytes(size), ISO_8859_1));
  }

  /** Whether the other side ends the connection before the time-out. */
  boolean ended() {
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
