package dev.agentruntime.cluster;

import dev.agentruntime.bus.Wire.ClaimAnswer;
import dev.agentruntime.bus.Wire.ClaimAnswer.Word;
import dev.agentruntime.bus.Wire.ClaimRequest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Claims;
import dev.agentruntime.runtime.Placement;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides which node may deploy a name. Nodes that share a data directory ask its claims, and that
 * is all. Nodes with data directories of their own ask each other as well, once no member has come
 * or gone for a while; a refused node notes in its own claims who has the name, so that it keeps
 * refusing while that one is away.
 *
 * <p>Owned by: the cluster's context; its methods may be called from any thread.
 */
final class Ownership implements Placement {

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
  private static final Duration GIVE_UP = Duration.ofSeconds(60);

  /**
   * How it is set up.
   *
   * @param quiet how long no member may have come or gone before strangers are asked
   * @param quietAlone the same when there is nobody to ask
   * @param startCommand what starts a node, without its id
   */
  record Rules(Duration quiet, Duration quietAlone, String startCommand) {}

  private final ClusterLoop loop;
  private final Membership membership;
  private final NodeInfos infos;
  private final Claims claims;
  private final Rules rules;
  private final NodeId self;
  private final ClaimVotes votes = new ClaimVotes();

  Ownership(ClusterLoop loop, Membership membership, NodeInfos infos, Claims claims, Rules rules) {
    this.loop = loop;
    this.membership = membership;
    this.infos = infos;
    this.claims = claims;
    this.rules = rules;
    this.self = membership.self().node();
  }

  @Override
  public Future<Map<ProcessName, NodeId>> reclaim(Set<ProcessName> recovered) {
    return loop.on(() -> loop.blocking(() -> claims.reclaim(recovered, self)).map(lost -> {
      votes.recovered(recovered.stream().filter(name -> !lost.containsKey(name)).toList());
      return lost;
    }));
  }

  /** What this node has, known at the latest when it starts to serve; on the context. */
  void recovered(List<ProcessName> names) {
    votes.recovered(names);
  }

  @Override
  public Future<Boolean> claim(ProcessName name) {
    return loop.on(() -> votes.owns(name) ? Future.succeededFuture(true) : file(name));
  }

  private Future<Boolean> file(ProcessName name) {
    return loop.blocking(() -> claims.claim(name, self)).compose(holder -> {
      if (holder.equals(self)) {
        return voted(name);
      }
      return isStale(name, holder).compose(stale -> {
        if (!stale) {
          return Future.succeededFuture(false);
        }
        return loop.blocking(() -> claims.forget(name, holder)).compose(gone -> file(name));
      });
    });
  }

  /** Whether a note about a node with a directory of its own is no longer true. */
  private Future<Boolean> isStale(ProcessName name, NodeId holder) {
    for (Peer peer : membership.strangers()) {
      if (peer.identity().node().equals(holder)) {
        return word(peer, name).map(word -> word == Word.GRANTED);
      }
    }
    return Future.succeededFuture(false);
  }

  private Future<Boolean> voted(ProcessName name) {
    votes.want(name);
    long began = loop.timers().nanos();
    return vote(name, began)
        .onComplete(done -> votes.settle(name, done.succeeded() && done.result()))
        .recover(cause -> loop.blocking(() -> claims.release(name, self))
            .compose(released -> Future.failedFuture(cause)));
  }

  private Future<Boolean> vote(ProcessName name, long began) {
    if (loop.timers().nanos() - began > GIVE_UP.toNanos()) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.UNREACHABLE,
          "process " + name + ", expected every node to say whether it has that name,"
              + " actual=not all did within " + GIVE_UP.toSeconds() + " s",
          ASK_AGAIN));
    }
    List<Peer> others = membership.others();
    List<Peer> strangers = membership.strangers();
    if (strangers.isEmpty() && !others.isEmpty()) {
      return Future.succeededFuture(true);
    }
    return membership
        .calm(others.isEmpty() ? rules.quietAlone() : rules.quiet())
        .compose(calm -> askAll(name, membership.strangers(), began));
  }

  private Future<Boolean> askAll(ProcessName name, List<Peer> strangers, long began) {
    List<Future<Word>> words = new ArrayList<>();
    for (Peer peer : strangers) {
      words.add(word(peer, name));
    }
    return Future.all(words).compose(all -> {
      for (int i = 0; i < words.size(); i++) {
        if (words.get(i).result() == Word.OWNED) {
          return note(name, strangers.get(i).identity().node());
        }
      }
      boolean granted = words.stream().allMatch(word -> word.result() == Word.GRANTED);
      if (granted && membership.strangers().equals(strangers)) {
        return Future.succeededFuture(true);
      }
      return loop.after(ASK_AGAIN).compose(again -> vote(name, began));
    });
  }

  private Future<Boolean> note(ProcessName name, NodeId owner) {
    return loop.blocking(() -> {
          claims.release(name, self);
          return claims.claim(name, owner);
        })
        .map(noted -> false);
  }

  private Future<Word> word(Peer peer, ProcessName name) {
    return membership
        .ask(peer, new ClaimRequest(name, membership.self().member()), ANSWER_TIMEOUT)
        .map(answer -> answer instanceof ClaimAnswer claim ? claim.word() : Word.LATER)
        .otherwise(Word.LATER) // it does not listen yet, or no longer: both will show
        .map(word -> {
          if (word == Word.GRANTED) {
            votes.granted(name, peer.identity().member());
          }
          return word;
        });
  }

  /** Answers another node; on the cluster's context. */
  Word answer(ClaimRequest request) {
    int rank = membership.rank();
    boolean older = membership.peers().stream()
        .anyMatch(peer -> peer.identity().member().equals(request.member()) && peer.rank() < rank);
    return votes.answer(request.name(), request.member(), older);
  }

  @Override
  public Future<Void> release(ProcessName name) {
    return loop.on(() -> {
      votes.release(name);
      return loop.blocking(() -> claims.release(name, self)).mapEmpty();
    });
  }

  @Override
  public Future<List<Json>> nodes() {
    return infos.list();
  }

  /** After a copy yielded: notes who has the name. */
  Future<Void> yielded(ProcessName name, NodeId owner) {
    return loop.on(() -> {
      votes.release(name);
      return note(name, owner).mapEmpty();
    });
  }

  @Override
  public Future<Optional<Failure>> elsewhere(ProcessName name) {
    return loop.on(() -> loop.blocking(() -> claims.holder(name)).compose(holder -> {
      if (holder.isEmpty() || holder.get().equals(self)) {
        return Future.succeededFuture(Optional.empty());
      }
      return elsewhere(name, holder.get()).map(Optional::of);
    }));
  }

  private Future<Failure> elsewhere(ProcessName name, NodeId owner) {
    for (Peer peer : membership.others()) {
      if (peer.identity().node().equals(owner)) {
        return infos
            .of(peer)
            .map(info -> new Failure(
                ErrorCode.NOT_OWNER,
                "process " + name + " is on node " + owner
                    + (info.control() == null ? "" : ", ask it at http://" + info.control())));
      }
    }
    return Future.succeededFuture(new Failure(
        ErrorCode.UNREACHABLE,
        "process " + name + " is on node " + owner + ", which is away; start it with: "
            + rules.startCommand() + " --node " + owner));
  }
}
