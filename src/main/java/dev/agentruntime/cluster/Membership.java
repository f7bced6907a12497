package dev.agentruntime.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import dev.agentruntime.bus.Addresses;
import dev.agentruntime.bus.Wire;
import dev.agentruntime.bus.WireCodec;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.DeliveryOptions;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who is there, as Hazelcast sees it right now. A hint: a member that is listed may be gone, frozen
 * or cut off, and nothing that must be right is decided by it alone.
 *
 * <p>Owned by: the cluster's context. {@link #peers()} and {@link #ask} may be called from any
 * thread.
 */
final class Membership {

  private static final Logger LOG = System.getLogger(Membership.class.getName());

  private final ClusterLoop loop;
  private final HazelcastInstance hazelcast;
  private final Identity self;
  private final List<Runnable> listeners = new ArrayList<>();
  private long changedNanos;

  Membership(ClusterLoop loop, HazelcastInstance hazelcast, Identity self) {
    this.loop = loop;
    this.hazelcast = hazelcast;
    this.self = self;
    this.changedNanos = loop.timers().nanos();
  }

  /**
   * Begins to follow changes.
   *
   * @param merged run when this node's part of a split cluster was merged into another
   */
  void follow(Runnable merged) {
    hazelcast.getCluster().addMembershipListener(new MembershipAdapter() {
      @Override
      public void memberAdded(MembershipEvent event) {
        changed("joined", event.getMember());
      }

      @Override
      public void memberRemoved(MembershipEvent event) {
        changed("left", event.getMember());
      }
    });
    hazelcast.getLifecycleService().addLifecycleListener(event -> {
      if (event.getState() == LifecycleState.MERGED) {
        changed("merged back into", hazelcast.getCluster().getLocalMember());
        merged.run();
      }
    });
  }

  private void changed(String how, Member member) {
    String who = peer(member, 0).map(Peer::toString).orElse("member " + member.getAddress());
    LOG.log(Level.INFO, "{0} {1} the cluster", who, how);
    loop.context().runOnContext(now -> {
      changedNanos = loop.timers().nanos();
      List.copyOf(listeners).forEach(Runnable::run);
    });
  }

  /** Runs something after every change, on the cluster's context. */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** The id of this run of this node, and what it says of itself. */
  Identity self() {
    return self;
  }

  /** The nodes there are, the oldest first, this one among them. */
  List<Peer> peers() {
    List<Peer> peers = new ArrayList<>();
    for (Member member : hazelcast.getCluster().getMembers()) {
      peer(member, peers.size()).ifPresent(peers::add);
    }
    return peers;
  }

  /** The other nodes, the oldest first. */
  List<Peer> others() {
    return peers().stream().filter(peer -> !peer.self()).toList();
  }

  /** The other nodes that keep their data elsewhere, the oldest first. */
  List<Peer> strangers() {
    return others().stream()
        .filter(peer -> !peer.identity().directory().equals(self.directory()))
        .toList();
  }

  /** The nodes that were there before this one. */
  List<Peer> older() {
    int rank = rank();
    return peers().stream().filter(peer -> peer.rank() < rank).toList();
  }

  /** The addresses of members that are no nodes of ours. */
  List<String> foreign() {
    return hazelcast.getCluster().getMembers().stream()
        .filter(member -> Identity.of(member).isEmpty())
        .map(member -> String.valueOf(member.getAddress()))
        .toList();
  }

  /** This node's place by age, 0 = the oldest. */
  int rank() {
    return peers().stream().filter(Peer::self).mapToInt(Peer::rank).findFirst().orElse(0);
  }

  private Optional<Peer> peer(Member member, int rank) {
    String address = member.getAddress().getHost() + ":" + member.getAddress().getPort();
    return Identity.of(member)
        .map(
            identity -> new Peer(identity, address, rank, identity.member().equals(self.member())));
  }

  /** Succeeds when no member came or went for a while; on the cluster's context. */
  Future<Void> calm(Duration quiet) {
    Promise<Void> promise = Promise.promise();
    awaitCalm(quiet.toNanos(), promise);
    return promise.future();
  }

  private void awaitCalm(long quietNanos, Promise<Void> promise) {
    long left = quietNanos - (loop.timers().nanos() - changedNanos);
    if (left <= 0) {
      promise.complete();
    } else {
      loop.after(Duration.ofNanos(left)).onSuccess(woken -> awaitCalm(quietNanos, promise));
    }
  }

  /**
   * Asks a node.
   *
   * @return its answer; fails with {@link ErrorCode#UNREACHABLE} when none came in time
   */
  Future<Wire> ask(Peer peer, Wire question, Duration timeout) {
    var options = new DeliveryOptions().setSendTimeout(timeout.toMillis());
    return loop.vertx()
        .eventBus()
        .<String>request(
            Addresses.node(peer.identity().member()), WireCodec.encode(question), options)
        .map(answer -> WireCodec.decode(answer.body()))
        .recover(cause -> Future.failedFuture(new RuntimeFault(
            ErrorCode.UNREACHABLE, "node " + peer + " did not answer: " + cause, cause)));
  }
}
