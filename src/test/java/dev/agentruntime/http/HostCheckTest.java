package dev.agentruntime.http;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostCheckTest {

  private final HostCheck check = new HostCheck(new HostPort("127.0.0.1", 9100), "http");

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:9100", "localhost:9100", "LocalHost:9100", "[::1]:9100"})
  void ownNamesPass(String host) {
    assertDoesNotThrow(() -> check.check(List.of(host), List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:9100",
        "localhost",
        "localhost:9090",
        "localhost.:9100",
        "localhost:9100:9100",
        "localhost.evil.example:9100",
        "127.0.0.1:9100.evil.example",
        "127.0.0.2:9100",
        "user@localhost:9100",
        " localhost:9100",
        "[::2]:9100",
        "0.0.0.0:9100",
        ""
      })
  void otherNamesAreMisdirected(String host) {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> check.check(List.of(host), List.of()));
    assertEquals(ErrorCode.MISDIRECTED, fault.code());
    assertTrue(
        fault.failure().message().contains("127.0.0.1:9100"), fault.failure().message());
  }

  @Test
  void noHostOrTwoAreRefused() {
    for (List<String> hosts :
        List.of(List.<String>of(), List.of("localhost:9100", "localhost:9100"))) {
      RuntimeFault fault = assertThrows(RuntimeFault.class, () -> check.check(hosts, List.of()));
      assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:9100", "http://localhost:9100", "http://[::1]:9100"})
  void ownPagesPass(String origin) {
    assertDoesNotThrow(() -> check.check(List.of("localhost:9100"), List.of(origin)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://evil.example",
        "http://localhost:3000",
        "https://localhost:9100",
        "http://localhost",
        "null",
        "file://",
        ""
      })
  void otherPagesAreForbidden(String origin) {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class, () -> check.check(List.of("localhost:9100"), List.of(origin)));
    assertEquals(ErrorCode.FORBIDDEN_ORIGIN, fault.code());
  }

  @Test
  void oneForeignOriginAmongTwoIsForbidden() {
    RuntimeFault fault = assertThrows(
        RuntimeFault.class,
        () -> check.check(
            List.of("localhost:9100"), List.of("http://localhost:9100", "http://evil.example")));
    assertEquals(ErrorCode.FORBIDDEN_ORIGIN, fault.code());
  }

  @Test
  void theBoundNameAndPort80AreKnownToo() {
    HostCheck bound = new HostCheck(new HostPort("127.0.0.5", 80), "http");
    assertDoesNotThrow(() -> bound.check(List.of("127.0.0.5"), List.of("http://127.0.0.5")));
    assertDoesNotThrow(() -> bound.check(List.of("127.0.0.5:80"), List.of()));
    HostCheck six = new HostCheck(new HostPort("::1", 9100), "http");
    assertDoesNotThrow(() -> six.check(List.of("[::1]:9100"), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST", "::1", "[::1]"})
  void loopbackIsLoopback(String host) {
    assertTrue(HostCheck.isLoopback(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "::",
        "[::]",
        "192.168.1.1",
        "example.com",
        "127.evil.example",
        "127.0.0.1.nip.io",
        "128.0.0.1",
        ""
      })
  void anythingElseIsNot(String host) {
    assertFalse(HostCheck.isLoopback(host));
  }

  @Test
  void aListenerWithTlsKnowsItsPagesByHttps() {
    HostCheck tls = new HostCheck(new HostPort("127.0.0.1", 443), "https");
    assertDoesNotThrow(() -> tls.check(List.of("localhost"), List.of("https://localhost")));
    assertThrows(
        RuntimeFault.class, () -> tls.check(List.of("localhost"), List.of("http://localhost")));
  }
}
