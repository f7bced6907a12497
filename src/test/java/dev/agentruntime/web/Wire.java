package dev.agentruntime.web;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** Sends bytes to a port and reads what comes back until the other side closes. */
final class Wire {

  private static final int PATIENCE_MS = 10_000;

  private Wire() {}

  /** The whole answer; a connection that is reset ends it. */
  static String exchange(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MS);
      StringBuilder answer = new StringBuilder();
      try {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[8_192];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          answer.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
        }
      } catch (SocketException e) {
        answer.append("<reset>");
      }
      return answer.toString();
    }
  }

  /** The status of an answer, 0 when there is none. */
  static int status(String answer) {
    return answer.startsWith("HTTP/") ? Integer.parseInt(answer.substring(9, 12)) : 0;
  }
}
