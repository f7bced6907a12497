package dev.agentruntime.cluster;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.instance.EndpointQualifier;
import dev.agentruntime.config.RuntimeConfig.ClusterConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HazelcastSettingsTest {

  private static final Identity SELF = new Identity(new NodeId("node-1"), "run", "dir", 1, 1);

  // The first two are what a member hears that joins and leaves quickly.
  private static final List<String> FAILURES = List.of(
      "com.hazelcast.spi.exception.CallerNotMemberException",
      "com.hazelcast.internal.partition.PartitionStateVersionMismatchException",
      "java.lang.IllegalStateException",
      "[Ljava.lang.StackTraceElement;",
      "java.util.concurrent.TimeoutException");

  private static Config config(String host, List<String> members) {
    return HazelcastSettings.of(new ClusterConfig(true, "tests", host, 25701, members), SELF);
  }

  @Test
  void noticesADeadMemberInSecondsAndMergesHalvesSoon() {
    Config config = config("127.0.0.1", List.of());
    assertEquals("1", config.getProperty("hazelcast.heartbeat.interval.seconds"));
    assertEquals("5", config.getProperty("hazelcast.max.no.heartbeat.seconds"));
    assertEquals("5", config.getProperty("hazelcast.merge.first.run.delay.seconds"));
    assertEquals("5", config.getProperty("hazelcast.merge.next.run.delay.seconds"));
    assertEquals("0", config.getProperty("hazelcast.wait.seconds.before.join"));
    assertEquals("10", config.getProperty("hazelcast.graceful.shutdown.max.wait"));
  }

  @Test
  void listensForMembersOnlyAndOnOneAddress() {
    Config config = config("127.0.0.1", List.of());
    assertEquals("tests", config.getClusterName());
    assertEquals("false", config.getProperty("hazelcast.socket.bind.any"));
    assertTrue(config.getAdvancedNetworkConfig().isEnabled());
    var endpoints = config.getAdvancedNetworkConfig().getEndpointConfigs();
    assertEquals(Set.of(EndpointQualifier.MEMBER), endpoints.keySet());
    var endpoint =
        (ServerSocketEndpointConfig) requireNonNull(endpoints.get(EndpointQualifier.MEMBER));
    assertEquals(25701, endpoint.getPort());
    assertTrue(endpoint.getInterfaces().isEnabled());
    assertEquals(List.of("127.0.0.1"), List.copyOf(endpoint.getInterfaces().getInterfaces()));
  }

  @Test
  void findsMembersByNameOnly() {
    var join = config("127.0.0.1", List.of()).getAdvancedNetworkConfig().getJoin();
    assertFalse(join.getMulticastConfig().isEnabled());
    assertFalse(join.getAutoDetectionConfig().isEnabled());
    assertTrue(join.getTcpIpConfig().isEnabled());
    assertEquals(
        List.of("127.0.0.1:25701", "127.0.0.1:25702", "127.0.0.1:25703"),
        join.getTcpIpConfig().getMembers());

    var named = List.of("10.0.0.1:25701", "ten-two.lan:25701", "[fd00::3]:25701");
    var tcp = config("10.0.0.1", named).getAdvancedNetworkConfig().getJoin().getTcpIpConfig();
    assertEquals(named, tcp.getMembers());
  }

  @Test
  void letsNothingInAndNothingOut() {
    Config config = config("127.0.0.1", List.of());
    assertEquals("false", config.getProperty("hazelcast.phone.home.enabled"));
    assertEquals("jdk", config.getProperty("hazelcast.logging.type"));
    assertFalse(config.getJetConfig().isEnabled());
    assertFalse(config.getManagementCenterConfig().isScriptingEnabled());
    assertFalse(config.getManagementCenterConfig().isConsoleEnabled());
    assertFalse(config.getMetricsConfig().isEnabled());
    var filter = config.getSerializationConfig().getJavaSerializationFilterConfig();
    assertTrue(filter.isDefaultsDisabled());
    for (String failure : FAILURES) {
      assertTrue(filter.getWhitelist().isListed(failure), failure);
    }
    for (String other : List.of("java.util.HashMap", "java.util.PriorityQueue", "java.net.URL")) {
      assertFalse(filter.getWhitelist().isListed(other), other);
    }
  }

  @Test
  void keepsTheMapsOfVertxTwice() {
    Config config = config("127.0.0.1", List.of());
    assertEquals(1, config.getMultiMapConfig("__vertx.subs").getBackupCount());
    assertEquals(1, config.getMapConfig("__vertx.nodeInfo").getBackupCount());
    assertEquals("node-1", config.getMemberAttributeConfig().getAttribute("agentruntime.node"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.1:5701-5703", "host:99999", "a b:1", ":1", "h:"})
  void refusesAMemberThatIsNoAddress(String member) {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> config("127.0.0.1", List.of(member)));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(
        "cluster.members, expected=host:port, actual=" + member, fault.failure().message());
  }

  @Test
  void refusesAnInterfaceThatIsNotPrivate() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> config("0.0.0.0", List.of()));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
  }
}
