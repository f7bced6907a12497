package dev.agentruntime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateInterfaceTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1",
        "169.254.1.1", "100.64.0.1", "100.127.255.254", "::1", "fd00::1", "fe80::1"
      })
  void aPrivateAddressWillDo(String host) {
    assertTrue(PrivateInterface.isPrivate(PrivateInterface.require(host)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "::",
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "192.169.0.1",
        "100.63.0.1",
        "100.128.0.1",
        "2001:db8::1",
        "fec0::1"
      })
  void anyOtherIsRefusedWithAWayOut(String host) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> PrivateInterface.require(host));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    String message = fault.failure().message();
    assertTrue(message.startsWith("cluster.host, expected a loopback or private"), message);
    assertTrue(message.contains("actual=" + host + ";"), message);
  }
}
