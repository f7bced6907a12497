package dev.agentruntime.cluster;

import dev.agentruntime.bus.Wire.Copies;
import dev.agentruntime.bus.Wire.CopiesFound;
import dev.agentruntime.bus.Wire.CopiesRequest;
import dev.agentruntime.bus.Wire.Copy;
import dev.agentruntime.core.ProcessName;
import io.vertx.core.Future;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks for processes that are live on two nodes, whenever members have come or gone and it has
 * been calm again for a while, and does to this node's copies what {@link DuplicateOwner} says.
 * Nodes that share a data directory need no looking: there the claim decides.
 *
 * <p>Owned by: the cluster's context.
 */
final class Duplicates {

  private static final Logger LOG = System.getLogger(Duplicates.class.getName());
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private final ClusterLoop loop;
  private final Membership membership;
  private final LiveCopies mine;
  private final Ownership ownership;
  private final Duration quiet;
  private boolean waiting;
  private boolean stopped;

  Duplicates(
      ClusterLoop loop,
      Membership membership,
      LiveCopies mine,
      Ownership ownership,
      Duration quiet) {
    this.loop = loop;
    this.membership = membership;
    this.mine = mine;
    this.ownership = ownership;
    this.quiet = quiet;
  }

  /** Looks once the cluster is calm; what changes meanwhile only makes it wait longer. */
  void arm() {
    if (waiting || stopped) {
      return;
    }
    waiting = true;
    membership
        .calm(quiet)
        .compose(calm -> {
          waiting = false;
          return stopped ? Future.succeededFuture(true) : look();
        })
        .onFailure(cause -> LOG.log(Level.WARNING, "cannot look for duplicates", cause))
        .otherwise(false)
        .onSuccess(complete -> {
          if (!complete) {
            loop.after(quiet).onSuccess(again -> arm());
          }
        });
  }

  /** Looks no more. */
  void stop() {
    stopped = true;
  }

  /** Another node says which of our names are live there too. */
  Future<Void> found(CopiesFound found) {
    return membership.strangers().stream()
        .filter(peer -> peer.identity().member().equals(found.member()))
        .findFirst()
        .map(peer -> judge(List.of(new Theirs(peer, found.copies()))))
        .orElseGet(Future::succeededFuture);
  }

  private record Theirs(Peer peer, List<Copy> copies) {}

  /** Succeeds with whether everybody answered. */
  private Future<Boolean> look() {
    List<ProcessName> names = mine.names();
    if (names.isEmpty()) {
      return Future.succeededFuture(true);
    }
    List<Future<Theirs>> asked = new ArrayList<>();
    for (Peer peer : membership.strangers()) {
      asked.add(membership
          .ask(peer, new CopiesRequest(names), ANSWER_TIMEOUT)
          .map(answer ->
              new Theirs(peer, answer instanceof Copies copies ? copies.copies() : List.of())));
    }
    return Future.join(asked).transform(done -> {
      List<Theirs> answers =
          asked.stream().filter(Future::succeeded).map(Future::result).toList();
      return tell(answers)
          .compose(told -> judge(answers))
          .map(judged -> answers.size() == asked.size());
    });
  }

  /** Lets the others judge what we judge. Whoever does not hear it finds no live copy here. */
  private Future<Void> tell(List<Theirs> answers) {
    List<Future<Void>> told = new ArrayList<>();
    for (Theirs theirs : answers) {
      told.add(mine.live(names(theirs))
          .compose(copies -> copies.isEmpty()
              ? Future.succeededFuture()
              : membership
                  .ask(
                      theirs.peer(),
                      new CopiesFound(membership.self().member(), copies),
                      ANSWER_TIMEOUT)
                  .<Void>mapEmpty()
                  .otherwiseEmpty()));
    }
    return Future.all(told).mapEmpty();
  }

  private static List<ProcessName> names(Theirs theirs) {
    return theirs.copies().stream().map(Copy::name).toList();
  }

  private Future<Void> judge(List<Theirs> answers) {
    Map<ProcessName, Map<Peer, DuplicateOwner.Copy>> others = new HashMap<>();
    for (Theirs theirs : answers) {
      for (Copy copy : theirs.copies()) {
        var known = others.computeIfAbsent(copy.name(), name -> new HashMap<>());
        known.put(
            theirs.peer(),
            new DuplicateOwner.Copy(copy.accepted(), theirs.peer().rank()));
      }
    }
    return mine.live(others.keySet()).compose(copies -> {
      List<Future<Void>> done = new ArrayList<>();
      for (Copy copy : copies) {
        done.add(judge(copy, others.getOrDefault(copy.name(), Map.of())));
      }
      return Future.all(done).mapEmpty();
    });
  }

  private Future<Void> judge(Copy copy, Map<Peer, DuplicateOwner.Copy> others) {
    var own = new DuplicateOwner.Copy(copy.accepted(), membership.rank());
    var verdict = DuplicateOwner.decide(own, others.values());
    LOG.log(
        Level.WARNING,
        "process {0} is also live on {1}: {2} here",
        copy.name(),
        others.keySet(),
        verdict);
    return switch (verdict) {
      case KEEP -> Future.succeededFuture();
      case SUSPEND -> mine.suspend(copy.name(), others.keySet().toString());
      case YIELD -> {
        Peer owner = Collections.min(others.entrySet(), FIRST).getKey();
        yield mine.withdraw(copy.name(), owner.toString())
            .compose(gone -> ownership.yielded(copy.name(), owner.identity().node()));
      }
    };
  }

  // Who keeps a name that others yield: one that accepted a trigger, then the oldest.
  private static final Comparator<Map.Entry<Peer, DuplicateOwner.Copy>> FIRST =
      Comparator.comparing(
              (Map.Entry<Peer, DuplicateOwner.Copy> entry) -> !entry.getValue().accepted())
          .thenComparing(entry -> entry.getValue().rank());
}
