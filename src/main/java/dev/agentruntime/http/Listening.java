package dev.agentruntime.http;

import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.config.RuntimeConfig.Tls;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;

/**
 * What the listeners of a node have in common: HTTP/1.1 only, bounded heads, TLS where it is
 * wanted, and a problem as answer also to a request whose head cannot be read. Safe on every
 * thread.
 */
public final class Listening {

  private Listening() {}

  /**
   * Options of a server.
   *
   * @param lineBytesMax longest request line
   */
  public static HttpServerOptions options(HttpLimits limits, int lineBytesMax) {
    HttpServerOptions options = new HttpServerOptions()
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setIdleTimeout((int) limits.idleTimeout().toMillis())
        .setMaxHeaderSize(limits.headerBytesMax())
        .setMaxInitialLineLength(lineBytesMax)
        .setHttp2ClearTextEnabled(false)
        .setCompressionSupported(false)
        .setDecompressionSupported(false)
        .setHandle100ContinueAutomatically(false);
    Tls tls = limits.tls();
    if (tls != null) {
      options
          .setSsl(true)
          .setUseAlpn(false)
          .setKeyCertOptions(new PemKeyCertOptions()
              .setCertPath(tls.cert().toString())
              .setKeyPath(tls.key().toString()));
    }
    return options;
  }

  /**
   * Looks at the files of TLS, so that the one that is missing is named. Blocks.
   *
   * @throws RuntimeFault INVALID_CONFIG
   */
  public static void check(HttpLimits limits) {
    Tls tls = limits.tls();
    if (tls != null) {
      if (!Files.isReadable(tls.cert())) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "tls.cert " + tls.cert() + " cannot be read, expected=a PEM file with a certificate");
      }
      if (!Files.isReadable(tls.key())) {
        throw new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "tls.key " + tls.key() + " cannot be read, expected=a PEM file with its private key");
      }
    }
  }

  /** What a request is told whose head cannot be read; nothing of it is told back. */
  public static Problem unreadable(HttpServerRequest request, HttpLimits limits, int lineBytesMax) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return Problem.of(
          ErrorCode.URI_TOO_LONG, "request line, expected=at most " + lineBytesMax + " bytes");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Problem.of(
          ErrorCode.HEADERS_TOO_LARGE,
          "headers, expected=at most " + limits.headerBytesMax() + " bytes together");
    }
    return Problem.of(
        ErrorCode.INVALID_REQUEST,
        "the head of the request is not HTTP/1.1, expected=lines that end with CR LF, none of them"
            + " folded");
  }
}
