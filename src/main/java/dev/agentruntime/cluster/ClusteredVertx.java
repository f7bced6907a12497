package dev.agentruntime.cluster;

import com.hazelcast.core.HazelcastInstance;
import dev.agentruntime.bus.Wire.Info;
import dev.agentruntime.bus.WireCodec;
import dev.agentruntime.config.RuntimeConfig.ClusterConfig;
import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Claims;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.Placement;
import dev.agentruntime.runtime.RuntimePart;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The Vert.x of a node in a cluster, made before everything else that lives on it, and the part
 * that answers the other nodes. Safe on every thread.
 */
public final class ClusteredVertx implements RuntimePart {

  private static final Logger LOG = System.getLogger(ClusteredVertx.class.getName());

  private final ClusterLoop loop;
  private final Membership membership;
  private final Patience patience;
  private final NodeInfos infos;
  private final Ownership ownership;
  private final NodeService service;
  private final AtomicReference<Listeners> listeners =
      new AtomicReference<>(new Listeners(() -> null, () -> null));
  private final AtomicReference<@Nullable Duplicates> duplicates = new AtomicReference<>();

  /** Where this node's listeners are, once they are bound; null = none. */
  private record Listeners(
      Supplier<@Nullable HostPort> control, Supplier<@Nullable HostPort> ingress) {}

  /**
   * Who joins.
   *
   * @param id the node's id; its directory is locked by the caller
   * @param dataDirectory the data directory, which nodes on one machine may share
   * @param disk how claims are written
   * @param journalFormat the version of the journal that the node writes
   */
  public record Node(NodeId id, Path dataDirectory, Disk disk, int journalFormat) {}

  /** How patient a node is; what production has is {@link #of}. */
  record Patience(Duration quiet, Duration quietAlone) {

    static Patience of(InetAddress bind) {
      // On loopback, whoever comes later finds our claim or our answer; on a network the others
      // may be there and just not seen yet.
      Duration quiet = Duration.ofSeconds(10);
      return new Patience(quiet, bind.isLoopbackAddress() ? Duration.ZERO : quiet);
    }
  }

  private ClusteredVertx(ClusterLoop loop, Membership membership, Joining joining) {
    this.loop = loop;
    this.membership = membership;
    this.patience = joining.patience();
    this.infos = new NodeInfos(loop, membership);
    var rules =
        new Ownership.Rules(patience.quiet(), patience.quietAlone(), startCommand(joining.node()));
    this.ownership = new Ownership(loop, membership, infos, joining.claims(), rules);
    this.service = new NodeService(loop, membership, ownership, infos);
  }

  /**
   * Joins the cluster, or forms it. Reads and may write the data directory's claims on the calling
   * thread, so not to be called on an event loop.
   *
   * @param node who joins
   * @param config how nodes find each other
   * @param options of the Vert.x to make; its event bus is bound to the cluster's interface
   * @return fails with INVALID_CONFIG for an interface that is not private or a member that is not
   *     {@code host:port}, with START_FAILED when the ports are taken, or when the members there
   *     already have another wire version or journal format, or one has the same node id
   */
  public static Future<ClusteredVertx> create(
      Node node, ClusterConfig config, VertxOptions options) {
    return create(node, config, options, null);
  }

  static Future<ClusteredVertx> create(
      Node node, ClusterConfig config, VertxOptions options, @Nullable Patience given) {
    try {
      InetAddress bind = PrivateInterface.require(config.host());
      Patience patience = given == null ? Patience.of(bind) : given;
      Claims claims = new Claims(node.disk(), node.dataDirectory());
      Identity self = new Identity(
          node.id(),
          fresh(),
          claims.directoryId(ClusteredVertx::fresh),
          node.journalFormat(),
          WireCodec.VERSION);
      Joining joining = new Joining(self, claims, node, patience);
      HazelcastClusterManager manager =
          new HazelcastClusterManager(HazelcastSettings.of(config, self));
      VertxOptions bound = new VertxOptions(options);
      bound.getEventBusOptions().setHost(bind.getHostAddress()).setPort(0);
      return Vertx.builder()
          .with(bound)
          .withClusterManager(manager)
          .buildClustered()
          .recover(cause -> Future.failedFuture(notFormed(config, cause)))
          .compose(vertx -> joined(vertx, manager.getHazelcastInstance(), joining));
    } catch (RuntimeFault refused) {
      return Future.failedFuture(refused);
    }
  }

  // An id that exists before there is a Vert.x to take the time from.
  private static String fresh() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private static RuntimeFault notFormed(ClusterConfig config, Throwable cause) {
    return new RuntimeFault(
        ErrorCode.START_FAILED,
        "cannot form the cluster " + config.name() + " on " + config.host() + ", ports from "
            + config.port() + ": " + cause,
        cause);
  }

  /** What a node brings along. */
  private record Joining(Identity self, Claims claims, Node node, Patience patience) {}

  private static Future<ClusteredVertx> joined(
      Vertx vertx, HazelcastInstance hazelcast, Joining joining) {
    ClusterLoop loop = new ClusterLoop(vertx, vertx.getOrCreateContext(), new VertxTimers(vertx));
    Membership membership = new Membership(loop, hazelcast, joining.self());
    return JoinCheck.refusal(joining.self(), membership.older(), membership.foreign())
        .map(refusal -> vertx
            .close()
            .<ClusteredVertx>transform(closed -> Future.failedFuture(new RuntimeFault(refusal))))
        .orElseGet(() -> {
          ClusteredVertx made = new ClusteredVertx(loop, membership, joining);
          return made.listen().map(made);
        });
  }

  private static String startCommand(Node node) {
    Path data = node.dataDirectory();
    return "java -jar target/runtime.jar -cluster"
        + (data.equals(Path.of("data")) ? "" : " --data " + data);
  }

  private Future<Void> listen() {
    membership.follow(this::merged);
    return service.listen();
  }

  private void merged() {
    JoinCheck.refusal(membership.self(), membership.older(), membership.foreign())
        .ifPresent(refusal -> LOG.log(Level.ERROR, "{0}; end this node", refusal.message()));
    service
        .listen()
        .onFailure(cause ->
            LOG.log(Level.ERROR, "cannot listen to the other nodes again after a merge", cause));
  }

  /** The Vert.x to build the runtime on. */
  public Vertx vertx() {
    return loop.vertx();
  }

  /** Decides who owns what. */
  public Placement placement() {
    return ownership;
  }

  /** {@code host:port} of the cluster's own listener. */
  public String address() {
    return membership.peers().stream()
        .filter(Peer::self)
        .map(Peer::address)
        .findFirst()
        .orElse("unknown");
  }

  /**
   * Tells where the other nodes find this node's listeners.
   *
   * @param control gives the bound address of the control API, null while there is none
   * @param ingress gives the bound address of the webhook ingress, null while there is none
   */
  public void advertise(
      Supplier<@Nullable HostPort> control, Supplier<@Nullable HostPort> ingress) {
    listeners.set(new Listeners(control, ingress));
  }

  @Override
  public Future<Void> start(AgentRuntime runtime) {
    infos.say(() -> info(runtime));
    return start(new RuntimeCopies(runtime));
  }

  Future<Void> start(LiveCopies copies) {
    return loop.on(() -> {
      Duplicates looking = new Duplicates(loop, membership, copies, ownership, patience.quiet());
      service.serve(copies, looking);
      ownership.recovered(copies.names());
      duplicates.set(looking);
      membership.onChange(looking::arm);
      looking.arm();
      return Future.succeededFuture();
    });
  }

  private Info info(AgentRuntime runtime) {
    Listeners at = Objects.requireNonNull(listeners.get());
    return new Info(
        String.valueOf(runtime.status().object().get("state")),
        runtime.processes().size(),
        text(at.control().get()),
        text(at.ingress().get()));
  }

  private static @Nullable String text(@Nullable HostPort address) {
    return address == null ? null : address.toString();
  }

  @Override
  public Future<Void> stop() {
    Duplicates looking = duplicates.getAndSet(null);
    return loop.on(() -> {
      if (looking != null) {
        looking.stop();
      }
      return service.silence();
    });
  }

  /** Leaves the cluster and ends the Vert.x; the last thing a node does. Takes a second or two. */
  public Future<Void> close() {
    return loop.vertx().close();
  }
}
