package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.config.RuntimeConfig.HttpLimits;
import dev.agentruntime.config.RuntimeConfig.Tls;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.http.RawHttp;
import dev.agentruntime.time.Ids;
import dev.agentruntime.time.VertxTimers;
import dev.agentruntime.web.WebhookIngress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both listeners with TLS, spoken to by a client that trusts nobody but their certificate. */
class TlsTest {

  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();

  @SuppressWarnings("NullAway.Init") // made before each test
  private KeyStore store;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Tls tls;

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @BeforeEach
  void makeCertificate() throws Exception {
    Path file = directory.resolve("store.p12");
    Process keytool = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-keyalg",
            "EC",
            "-alias",
            "node",
            "-dname",
            "CN=localhost",
            "-storetype",
            "PKCS12",
            "-keystore",
            file.toString(),
            "-storepass",
            "changeit",
            "-ext",
            "SAN=IP:127.0.0.1,DNS:localhost")
        .redirectErrorStream(true)
        .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    Key key = store.getKey("node", PASSWORD);
    tls = new Tls(
        pem("cert.pem", "CERTIFICATE", store.getCertificate("node").getEncoded()),
        pem("key.pem", "PRIVATE KEY", key.getEncoded()));
  }

  private Path pem(String name, String type, byte[] content) throws Exception {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        directory.resolve(name),
        "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static HttpLimits with(Tls tls) {
    HttpLimits usual = HttpLimits.DEFAULT;
    return new HttpLimits(
        usual.bodyBytesMax(),
        usual.headerBytesMax(),
        usual.idleTimeout(),
        usual.bodyTimeout(),
        usual.connectionsMax(),
        0,
        0,
        false,
        tls);
  }

  private HttpClient client() throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("node", store.getCertificate("node"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private HttpResponse<String> get(int port, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/health"));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client().send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void theControlApiSpeaksTlsOnly() throws Exception {
    ApiServer server = new ApiServer(vertx, new HostPort("127.0.0.1", 0), with(tls), null);
    await(server.bind());
    HttpResponse<String> answer = get(server.port());
    assertEquals(503, answer.statusCode());
    assertEquals("{\"status\":\"recovering\"}", answer.body());
    assertEquals(HttpClient.Version.HTTP_1_1, answer.version(), "h2 is not offered");
    String own = "https://127.0.0.1:" + server.port();
    assertEquals(503, get(server.port(), "Origin", own).statusCode());
    assertEquals(403, get(server.port(), "Origin", own.replace("https", "http")).statusCode());
    String plain = RawHttp.exchangeAll(
        server.port(), "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    assertTrue(!plain.contains("recovering"), plain);
    assertEquals("https", server.scheme());
    await(server.stop());
  }

  @Test
  void theIngressSpeaksTlsToo() throws Exception {
    VertxTimers timers = new VertxTimers(vertx);
    WebhookIngress ingress = new WebhookIngress(
        vertx,
        timers,
        Ids.random(timers),
        new WebhookIngress.Settings(new HostPort("127.0.0.1", 0), with(tls), 1, Set.of()));
    await(ingress.bind());
    assertEquals(503, get(ingress.port()).statusCode());
    await(ingress.stop());
  }

  private String refused(Tls broken) {
    ApiServer server = new ApiServer(vertx, new HostPort("127.0.0.1", 0), with(broken), null);
    ExecutionException failed = assertThrows(ExecutionException.class, () -> await(server.bind()));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, failed.getCause());
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    return fault.failure().message();
  }

  @Test
  void filesThatAreNoneAreNamed() throws Exception {
    String cert = refused(new Tls(directory.resolve("none.pem"), tls.key()));
    assertTrue(cert.startsWith("tls.cert ") && cert.contains("none.pem"), cert);
    String key = refused(new Tls(tls.cert(), directory.resolve("none.pem")));
    assertTrue(key.startsWith("tls.key ") && key.contains("none.pem"), key);
    Path text = Files.writeString(directory.resolve("text.pem"), "no key\n");
    String wrong = refused(new Tls(tls.cert(), text));
    assertTrue(wrong.startsWith("tls.cert and tls.key cannot be used"), wrong);
  }
}
