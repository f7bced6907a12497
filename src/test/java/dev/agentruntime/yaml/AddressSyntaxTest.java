package dev.agentruntime.yaml;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressSyntaxTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1", "0.0.0.0", "255.255.255.255", "10.0.0.0/8", "1.2.3.4/32", "1.2.3.4/0", "::",
        "::1", "fe80::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "2001:db8::/32", "::/0", "1::8/128",
        "1:2:3:4:5:6:1.2.3.4"
      })
  void isAnAddressOrABlock(String text) {
    assertTrue(AddressSyntax.isAddressOrBlock(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.4.",
        "1.2.3.4/33",
        "1.2.3.4/",
        "1.2.3.4/-1",
        "1.2.3.4/08",
        "1.2.3.4/8/8",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::g",
        "::12345",
        "::/129",
        "1.2.3.4::",
        "fe80::1%eth0",
        "[::1]",
        "1:2:3:4:5:6:7::8",
        " 1.2.3.4",
        "1.2.3.4\n"
      })
  void isNone(String text) {
    assertFalse(AddressSyntax.isAddressOrBlock(text), text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"})
  void staysOnThisMachine(String host) {
    assertTrue(AddressSyntax.isLoopback(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0.0.0.0", "::", "128.0.0.1", "127.evil.example", "localhost.example", "10.0.0.1"})
  void isReachedFromElsewhere(String host) {
    assertFalse(AddressSyntax.isLoopback(host));
  }
}
