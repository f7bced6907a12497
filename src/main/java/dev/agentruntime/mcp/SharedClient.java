package dev.agentruntime.mcp;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * Hands one client to every connection: each client has a thread of its own. Whatever else it is
 * asked for stays as it is: hosts are verified, and no redirect is followed, so that no server
 * sends our secrets elsewhere.
 */
final class SharedClient implements HttpClient.Builder {

  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

  private final HttpClient client;

  SharedClient(Executor executor) {
    client = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(CONNECT_MAX)
        .executor(executor)
        .build();
  }

  @Override
  public HttpClient build() {
    return client;
  }

  @Override
  public HttpClient.Builder cookieHandler(CookieHandler unused) {
    return this;
  }

  @Override
  public HttpClient.Builder connectTimeout(Duration unused) {
    return this;
  }

  @Override
  public HttpClient.Builder sslContext(SSLContext unused) {
    return this;
  }

  @Override
  public HttpClient.Builder sslParameters(SSLParameters unused) {
    return this;
  }

  @Override
  public HttpClient.Builder executor(Executor unused) {
    return this;
  }

  @Override
  public HttpClient.Builder followRedirects(HttpClient.Redirect unused) {
    return this;
  }

  @Override
  public HttpClient.Builder version(HttpClient.Version unused) {
    return this;
  }

  @Override
  public HttpClient.Builder priority(int unused) {
    return this;
  }

  @Override
  public HttpClient.Builder proxy(ProxySelector unused) {
    return this;
  }

  @Override
  public HttpClient.Builder authenticator(Authenticator unused) {
    return this;
  }
}
