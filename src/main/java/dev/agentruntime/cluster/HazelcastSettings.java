package dev.agentruntime.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.MultiMapConfig.ValueCollectionType;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.TcpIpConfig;
import dev.agentruntime.config.RuntimeConfig.ClusterConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Hazelcast as we run it: one address, named members, no discovery, no clients, no classes from
 * outside, and quick enough to notice that a member is gone.
 */
final class HazelcastSettings {

  /** How many ports after the first a member may take. */
  static final int PORTS_MAX = 100;

  private static final int DEFAULT_MEMBERS = 3;
  private static final Pattern MEMBER =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]\\s]+):(\\d{1,5})");

  /**
   * Unlike the defaults: 60 s to notice a dead member, 300 s and 120 s until halves merge, 60 s for
   * the answer to a call.
   */
  static final Map<String, String> PROPERTIES = Map.ofEntries(
      Map.entry("hazelcast.phone.home.enabled", "false"),
      Map.entry("hazelcast.logging.type", "jdk"),
      Map.entry("hazelcast.shutdownhook.enabled", "false"),
      // Without it the listener stays on every interface, whatever is configured below.
      Map.entry("hazelcast.socket.bind.any", "false"),
      Map.entry("hazelcast.socket.client.bind.any", "false"),
      Map.entry("hazelcast.wait.seconds.before.join", "0"),
      Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
      Map.entry("hazelcast.max.no.heartbeat.seconds", "5"),
      Map.entry("hazelcast.merge.first.run.delay.seconds", "5"),
      Map.entry("hazelcast.merge.next.run.delay.seconds", "5"),
      // An answer that went down with a connection is given up after this long twice, so that a
      // node whose address had another holder a moment ago fails to start instead of hanging.
      Map.entry("hazelcast.operation.call.timeout.millis", "15000"),
      // A leaving node has nothing to hand over that cannot be rebuilt.
      Map.entry("hazelcast.graceful.shutdown.max.wait", "10"));

  private HazelcastSettings() {}

  /**
   * The configuration of one member.
   *
   * @param settings the node's {@code cluster} section
   * @param self what the member says of itself
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} for an interface that is not private or a
   *     member that is not {@code host:port}
   */
  static Config of(ClusterConfig settings, Identity self) {
    InetAddress bind = PrivateInterface.require(settings.host());
    Config config = new Config().setClusterName(settings.name());
    PROPERTIES.forEach(config::setProperty);
    network(config.getAdvancedNetworkConfig(), settings, bind);
    config
        .getSerializationConfig()
        .setJavaSerializationFilterConfig(failuresOnly())
        .setAllowUnsafe(false);
    config.getJetConfig().setEnabled(false).setResourceUploadEnabled(false);
    config
        .getManagementCenterConfig()
        .setScriptingEnabled(false)
        .setConsoleEnabled(false)
        .setDataAccessEnabled(false);
    config.getMetricsConfig().setEnabled(false);
    self.writeTo(config.getMemberAttributeConfig());
    maps(config);
    return config;
  }

  private static void network(
      AdvancedNetworkConfig network, ClusterConfig settings, InetAddress bind) {
    ServerSocketEndpointConfig members =
        new ServerSocketEndpointConfig().setPort(settings.port()).setPortAutoIncrement(true);
    members.setPortCount(PORTS_MAX);
    members.getInterfaces().setEnabled(true).addInterface(bind.getHostAddress());
    // Only the members' endpoint exists: no clients, no REST, no memcache, no WAN.
    network.setEnabled(true).setMemberEndpointConfig(members);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    TcpIpConfig list = join.getTcpIpConfig().setEnabled(true);
    // One by one: a range of ports in a member is an error to Hazelcast.
    members(settings, bind).forEach(list::addMember);
  }

  /** The members to look for: those named, else the first ports of our own interface. */
  static List<String> members(ClusterConfig settings, InetAddress bind) {
    if (settings.members().isEmpty()) {
      String host =
          bind instanceof Inet6Address ? "[" + bind.getHostAddress() + "]" : bind.getHostAddress();
      return IntStream.range(0, DEFAULT_MEMBERS)
          .mapToObj(step -> host + ":" + (settings.port() + step))
          .toList();
    }
    settings.members().forEach(HazelcastSettings::check);
    return settings.members();
  }

  private static void check(String member) {
    var match = MEMBER.matcher(member);
    if (!match.matches() || Integer.parseInt(match.group(2)) > 65_535) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "cluster.members, expected=host:port, actual=" + member);
    }
  }

  /**
   * Members send each other failures, and nothing else, as serialized Java objects: so what
   * failures are made of is let in and no other class. One that is missing here is a response never
   * read, for which its caller waits until it times out.
   */
  private static JavaSerializationFilterConfig failuresOnly() {
    JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
    filter.setDefaultsDisabled(true);
    filter
        .getWhitelist()
        .addPrefixes("com.hazelcast.", "java.lang.", "[Ljava.lang.")
        .addClasses(
            "java.io.EOFException",
            "java.io.IOException",
            "java.io.InvalidClassException",
            "java.io.InterruptedIOException",
            "java.io.NotSerializableException",
            "java.io.ObjectStreamException",
            "java.io.UncheckedIOException",
            "java.net.BindException",
            "java.net.ConnectException",
            "java.net.SocketException",
            "java.net.SocketTimeoutException",
            "java.net.UnknownHostException",
            "java.nio.channels.ClosedChannelException",
            "java.util.ArrayList",
            "java.util.Collections$EmptyList",
            "java.util.Collections$UnmodifiableCollection",
            "java.util.Collections$UnmodifiableList",
            "java.util.Collections$UnmodifiableRandomAccessList",
            "java.util.ConcurrentModificationException",
            "java.util.NoSuchElementException",
            "java.util.UUID",
            "java.util.concurrent.CancellationException",
            "java.util.concurrent.CompletionException",
            "java.util.concurrent.ExecutionException",
            "java.util.concurrent.RejectedExecutionException",
            "java.util.concurrent.TimeoutException");
    return filter;
  }

  /** As Vert.x wants its own maps. */
  private static void maps(Config config) {
    config.addMultiMapConfig(new MultiMapConfig("__vertx.subs")
        .setBackupCount(1)
        .setValueCollectionType(ValueCollectionType.SET));
    config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
    config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
  }
}
