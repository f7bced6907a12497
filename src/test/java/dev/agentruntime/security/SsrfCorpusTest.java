package dev.agentruntime.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.CancelSignal;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.IpAddress;
import dev.agentruntime.guard.UrlGuard;
import dev.agentruntime.outbound.Exchange;
import dev.agentruntime.outbound.GuardedClient;
import dev.agentruntime.outbound.Names;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * URLs that lead to where no agent may send: spellings of closed addresses, names that lead there,
 * names that lead elsewhere the second time, redirects; against real servers on loopback.
 */
@ExtendWith(VertxExtension.class)
final class SsrfCorpusTest {

  private static final String PUBLIC = "93.184.215.14";

  private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
  private final Deque<List<String>> answers = new ArrayDeque<>();
  private int lookedUp;
  private Vertx vertx;
  private HttpServer server;
  private @Nullable GuardedClient client;

  @BeforeEach
  void serve(Vertx started) {
    vertx = started;
    server = now(vertx
        .createHttpServer()
        .requestHandler(request -> {
          heard.add(request.authority() + request.uri());
          if (request.path().startsWith("/to/")) {
            request
                .response()
                .setStatusCode(302)
                .putHeader("location", "http://" + request.path().substring(4) + "/secret")
                .end();
          } else {
            request.response().end("reached");
          }
        })
        .listen(0, "127.0.0.1"));
  }

  @AfterEach
  void close() {
    if (client != null) {
      nothing(client.close());
    }
    nothing(server.close());
  }

  private int port() {
    return server.actualPort();
  }

  /** Sends with a resolver that gives one prepared answer after the other. */
  private Future<Exchange.Answer> send(String url, String... allow) {
    Names names = host -> {
      lookedUp++;
      List<String> next = answers.size() > 1 ? answers.remove() : answers.peek();
      return next == null
          ? Future.failedFuture(new RuntimeFault(ErrorCode.UNREACHABLE, "not known: " + host))
          : Future.succeededFuture(next.stream().map(SsrfCorpusTest::address).toList());
    };
    GuardedClient sender =
        new GuardedClient(vertx, new VertxTimers(vertx), UrlGuard.of(List.of(allow)), names);
    client = sender;
    return sender.send(
        new GuardedClient.Request("GET", url, Map.of(), new byte[0], false),
        new GuardedClient.Limits(1 << 16, Duration.ofSeconds(60)),
        new CancelSignal());
  }

  private static IpAddress address(String text) {
    IpAddress address = IpAddress.parse(text);
    if (address == null) {
      throw new AssertionError(text);
    }
    return address;
  }

  private static String refusal(Future<?> sent) {
    return String.valueOf(
        assertThrows(RuntimeException.class, () -> nothing(sent)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // This machine.
        "http://127.0.0.1/",
        "http://127.0.0.2:80/",
        "http://127.255.255.254/",
        "http://0.0.0.0/",
        "http://0.1.2.3/",
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::]/",
        // The same in the spellings of inet_aton and of browsers.
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://0/",
        "http://00000000/",
        "http://127.0.0.256/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://ｌocalhost/",
        // Mapped, compatible, translated.
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[64:ff9b:1::a00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[2001:0:7f00:1::1]/",
        // Private, shared, link-local, reserved, documentation, multicast.
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.1.1/",
        "http://192.0.0.8/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        "http://198.51.100.1/",
        "http://203.0.113.1/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://[fc00::1]/",
        "http://[fd12:3456::1]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[100::1]/",
        // Metadata services.
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://192.0.0.192/",
        // Who is the host here?
        "http://user@127.0.0.1/",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1@example.com/",
        "http://user:pass@example.com/",
        "http://@example.com/",
        "http://example.com:80@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com\\.evil.example/",
        "http://127.0.0.1%2f@example.com/",
        "http://example.com%00.evil.example/",
        "http://exam ple.com/",
        "http://example.com/\r\nHost: evil",
        "http://example.com\t/",
        "http://example.com#@127.0.0.1/",
        "http://127.0.0.1 /",
        "http:///127.0.0.1/",
        "http:127.0.0.1/",
        "http://",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
        "http://[127.0.0.1]/",
        "http://[::1/",
        "http://-example.com/",
        "http://example..com/",
        "http://xn--/../",
        // Other schemes.
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com:6379/_INFO",
        "jar:http://example.com/a!/b",
        "unix:/var/run/docker.sock",
        "javascript:alert(1)",
        // Ports.
        "http://example.com:22/",
        "http://example.com:6379/",
        "http://example.com:9100/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:-1/",
        "https://example.com:8443/"
      })
  void isRefusedBeforeAnythingIsLookedUp(String url) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      UrlGuard.Target unused = UrlGuard.STRICT.check(url);
    });
    assertEquals(ErrorCode.FORBIDDEN, fault.code());
    assertTrue(!fault.failure().message().contains("user:pass"), fault.getMessage());

    assertEquals(fault.getMessage(), refusal(send(url)));
    assertEquals(0, lookedUp);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com/",
        "HTTP://EXAMPLE.COM/",
        "https://example.com:443/a/b?c=d",
        "http://93.184.215.14/",
        "http://[2606:2800:21f:cb07::1]/",
        "http://xn--bcher-kva.example/"
      })
  void passesTheFirstCheck(String url) {
    UrlGuard.Target target = UrlGuard.STRICT.check(url);
    assertEquals(target.ssl() ? 443 : 80, target.port());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:192.168.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "0.0.0.0",
        "168.63.129.16"
      })
  void aNameThatLeadsThereIsRefused(String leadsTo) {
    answers.add(List.of(leadsTo));
    String why = refusal(send("http://metadata.example/"));
    assertTrue(why.contains("which is not a public address"), why);
    assertEquals(1, lookedUp);
  }

  @Test
  void oneBadAddressAmongGoodOnesIsRefused() {
    answers.add(List.of(PUBLIC, "127.0.0.1"));
    assertTrue(refusal(send("http://mixed.example/")).contains("127.0.0.1"));
    assertEquals(List.of(), List.copyOf(heard));
  }

  @Test
  void theAddressThatWasCheckedIsTheOneConnectedTo() {
    // A rebinding server: the checked answer first, then one that leads to another listener.
    HttpServer other = now(vertx
        .createHttpServer()
        .requestHandler(request -> {
          heard.add("the other one");
          request.response().end();
        })
        .listen(port(), "127.0.0.2"));
    answers.add(List.of("127.0.0.1"));
    answers.add(List.of("127.0.0.2"));
    String host = "rebind.example:" + port();

    Exchange.Answer answer = now(send("http://" + host + "/a?b=c", "127.0.0.1:" + port()));

    assertEquals("reached", new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(List.of(host + "/a?b=c"), List.copyOf(heard));
    assertEquals(1, lookedUp);
    assertTrue(refusal(send("http://" + host + "/", "127.0.0.1:" + port())).contains("127.0.0.2"));
    assertEquals(1, heard.size());
    nothing(other.close());
  }

  @Test
  void aRedirectIsAnAnswerAndNotFollowed() {
    String here = "127.0.0.1:" + port();
    Exchange.Answer answer = now(send("http://" + here + "/to/" + here, here));

    assertEquals(302, answer.status());
    assertEquals("http://" + here + "/secret", answer.location());
    assertEquals(List.of(here + "/to/" + here), List.copyOf(heard));
  }

  @Test
  void theListOpensWhatItNamesAndNoMore() {
    String here = "http://127.0.0.1:" + port() + "/";
    assertEquals(200, now(send(here, "127.0.0.0/8")).status());
    assertEquals(200, now(send(here, "127.0.0.0/8:" + port())).status());
    assertTrue(refusal(send(here, "127.0.0.1:1")).contains("is not open"));
    assertTrue(refusal(send(here, "127.0.0.2:" + port())).contains("is not open"));
    assertTrue(refusal(send(here, "10.0.0.0/8")).contains("is not open"));

    answers.add(List.of("127.0.0.1"));
    String named = "http://intern.example:" + port() + "/";
    assertEquals(200, now(send(named, "intern.example")).status());
    assertEquals(200, now(send(named, "intern.example:" + port())).status());
    assertTrue(refusal(send(named, "intern.example:1")).contains("is not open"));
    assertTrue(refusal(send(named, "example:" + port())).contains("is not open"));
    assertTrue(refusal(send("http://x.intern.example:" + port() + "/", "intern.example"))
        .contains("is not open"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "fe80::1", "168.63.129.16", "64:ff9b::a00:1"})
  void aNameOnTheListOpensNoMetadata(String leadsTo) {
    answers.add(List.of(leadsTo));
    assertTrue(
        refusal(send("http://intern.example/", "intern.example")).contains("not a public address"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "*.example",
        "http://example.com",
        "example.com:0",
        "example.com:70000",
        "example.com:x",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "127.1",
        "0x7f.1",
        "[::1",
        "[::1]:x",
        "a b",
        "user@example.com",
        "10.0.0.0/8:"
      })
  void entriesOfTheListAreChecked(String entry) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      UrlGuard unused = UrlGuard.of(List.of(entry));
    });
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
  }

  @Test
  void nobodyIsTrustedUnseen(@TempDir Path directory) throws IOException, InterruptedException {
    Path store = directory.resolve("own.p12");
    Process keytool = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "own",
            "-keyalg",
            "EC",
            "-storetype",
            "PKCS12",
            "-keystore",
            store.toString(),
            "-storepass",
            "changeit",
            "-dname",
            "CN=127.0.0.1",
            "-ext",
            "SAN=IP:127.0.0.1")
        .inheritIO()
        .start();
    assertEquals(0, keytool.waitFor());
    HttpServer tls = now(vertx
        .createHttpServer(new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(new PfxOptions().setPath(store.toString()).setPassword("changeit")))
        .requestHandler(request -> {
          heard.add("over TLS");
          request.response().end();
        })
        .listen(0, "127.0.0.1"));

    String why = refusal(send("https://127.0.0.1:" + tls.actualPort() + "/", "127.0.0.1"));

    assertTrue(why.contains("SSL") || why.contains("certif"), why);
    assertEquals(List.of(), List.copyOf(heard));
    nothing(tls.close());
  }

  private static <T> T now(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(90, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException fault) {
        throw fault;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static void nothing(Future<?> future) {
    Object ignored = now(future.map("done"));
    assertTrue(ignored != null);
  }
}
