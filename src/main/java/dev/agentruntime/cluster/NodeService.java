package dev.agentruntime.cluster;

import dev.agentruntime.bus.Addresses;
import dev.agentruntime.bus.Wire;
import dev.agentruntime.bus.Wire.ClaimAnswer;
import dev.agentruntime.bus.Wire.ClaimRequest;
import dev.agentruntime.bus.Wire.Copies;
import dev.agentruntime.bus.Wire.CopiesFound;
import dev.agentruntime.bus.Wire.CopiesRequest;
import dev.agentruntime.bus.Wire.InfoRequest;
import dev.agentruntime.bus.WireCodec;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers the other nodes at this node's one address.
 *
 * <p>Owned by: the cluster's context.
 */
final class NodeService {

  private final ClusterLoop loop;
  private final Membership membership;
  private final Ownership ownership;
  private final NodeInfos infos;
  private @Nullable LiveCopies copies;
  private @Nullable Duplicates duplicates;
  private @Nullable MessageConsumer<String> consumer;

  NodeService(ClusterLoop loop, Membership membership, Ownership ownership, NodeInfos infos) {
    this.loop = loop;
    this.membership = membership;
    this.ownership = ownership;
    this.infos = infos;
  }

  /** Begins to answer; again after a merge, which loses registrations. */
  Future<Void> listen() {
    return loop.on(() -> {
      String address = Addresses.node(membership.self().member());
      MessageConsumer<String> fresh = loop.vertx().eventBus().consumer(address, this::answer);
      MessageConsumer<String> old = consumer;
      consumer = fresh;
      return fresh
          .completion()
          .compose(listening -> old == null ? Future.succeededFuture() : old.unregister());
    });
  }

  /** Knows the processes of this node from now on; on the context. */
  void serve(LiveCopies live, Duplicates looking) {
    copies = live;
    duplicates = looking;
  }

  /** Ends answering. */
  Future<Void> silence() {
    return loop.on(() -> consumer == null ? Future.succeededFuture() : consumer.unregister());
  }

  private void answer(Message<String> message) {
    Future.succeededFuture(message.body())
        .map(WireCodec::decode)
        .compose(this::answer)
        .onSuccess(answer -> message.reply(WireCodec.encode(answer)))
        .onFailure(cause -> {
          Failure failure = Failure.of(cause);
          message.fail(failure.code().status(), failure.toString());
        });
  }

  private Future<Wire> answer(Wire question) {
    if (question instanceof InfoRequest) {
      return Future.succeededFuture(infos.mine());
    }
    if (question instanceof ClaimRequest claim) {
      return Future.succeededFuture(new ClaimAnswer(ownership.answer(claim)));
    }
    if (question instanceof CopiesRequest request && copies != null) {
      return copies.live(request.names()).map(Copies::new);
    }
    if (question instanceof CopiesFound found && duplicates != null) {
      return duplicates.found(found).map(judged -> new Copies(List.of()));
    }
    return Future.failedFuture(new RuntimeFault(
        ErrorCode.INVALID_REQUEST, "no answer yet to " + question.getClass().getSimpleName()));
  }
}
