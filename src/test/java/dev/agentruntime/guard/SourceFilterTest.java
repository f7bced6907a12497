package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceFilterTest {

  @ParameterizedTest(name = "{0} in {1}: {2}")
  @CsvSource({
    "10.1.2.3, 10.0.0.0/8, true",
    "11.1.2.3, 10.0.0.0/8, false",
    "192.168.1.129, 192.168.1.128/25, true",
    "192.168.1.127, 192.168.1.128/25, false",
    "1.2.3.4, 0.0.0.0/0, true",
    "1.2.3.4, 1.2.3.4, true",
    "1.2.3.5, 1.2.3.4/32, false",
    "::ffff:10.1.2.3, 10.0.0.0/8, true",
    "10.1.2.3, ::ffff:10.0.0.0/104, true",
    "::ffff:a01:203, 10.0.0.0/8, true",
    "10.1.2.3, ::/0, false",
    "::1, ::1, true",
    "0:0:0:0:0:0:0:1, ::1, true",
    "0:0:0:0:0:0:0:1%0, ::1, true",
    "2001:db8:1::7, 2001:db8::/32, true",
    "2001:db9::7, 2001:db8::/32, false",
    "fe80::1%eth0, fe80::/10, true",
    "::1, 127.0.0.0/8, false",
    "evil.example, 0.0.0.0/0, false",
    "'', 0.0.0.0/0, false"
  })
  void hears(String remote, String block, boolean expected) {
    assertEquals(expected, SourceFilter.of(List.of("203.0.113.7", block)).allows(remote));
  }

  @Test
  void hearsAllWhenNoneIsNamed() {
    assertTrue(SourceFilter.of(List.of()).allows("whatever"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/",
        "10.0.0.0/8/8",
        "10.0.0.1/8",
        "10.0.0",
        "10.0.0.256",
        "010.0.0.1",
        "1.2.3.4.5",
        "0x7f.0.0.1",
        "::/129",
        "1::2::3",
        "12345::",
        ":::",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7",
        "fe80::1%eth0",
        "::1.2.3.4.5",
        "1.2.3.4::"
      })
  void refusesWhatIsNoBlock(String text) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> SourceFilter.of(List.of(text)));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(fault.failure().message().contains("expected="), fault.failure().message());
  }

  @Test
  void knowsLoopback() {
    assertTrue(IpAddress.isLoopback("127.0.0.1"));
    assertTrue(IpAddress.isLoopback("127.9.9.9"));
    assertTrue(IpAddress.isLoopback("::1"));
    assertTrue(IpAddress.isLoopback("::ffff:127.0.0.1"));
    assertTrue(IpAddress.isLoopback("localhost"));
    assertFalse(IpAddress.isLoopback("0.0.0.0"));
    assertFalse(IpAddress.isLoopback("::"));
    assertFalse(IpAddress.isLoopback("example.org"));
  }
}
