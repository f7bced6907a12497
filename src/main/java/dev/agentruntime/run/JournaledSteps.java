package dev.agentruntime.run;

import dev.agentruntime.agent.Repair;
import dev.agentruntime.agent.Steps;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.context.ConversationSummary;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Failpoints;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.live.Redaction;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.llm.ChatClient.ChatReply;
import dev.agentruntime.llm.ChatClient.ChatRequest;
import dev.agentruntime.llm.ReplyListener;
import dev.agentruntime.llm.Spending;
import dev.agentruntime.oversight.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one run against the journal: recorded ones are handed back, others are done once and
 * recorded. A step never completes after its run was abandoned. Owned by: the process's context.
 */
public final class JournaledSteps implements Steps {

  private final ProcessLog log;
  private final Gate gate;
  private final LiveRun live;
  private final InvocationId id;
  private final ChatClient model;
  private final EffectSteps effects;

  public JournaledSteps(
      ProcessLog log, Gate gate, LiveRun live, ChatClient model, EffectSteps effects) {
    this.log = log;
    this.gate = gate;
    this.live = live;
    this.id = live.id();
    this.model = model;
    this.effects = effects;
  }

  @Override
  public AgentContext state() {
    return run().view();
  }

  @Override
  public Future<Replied> model(
      int turn,
      Supplier<ChatRequest> request,
      Function<Message.Assistant, @Nullable String> check) {
    EntryData.ModelReply recorded = run().reply(turn);
    if (recorded != null) {
      return Future.succeededFuture(new Replied(recorded.reply(), recorded.usage()));
    }
    if (turn == ConversationSummary.TURN && run().reply(turn + 1) != null) {
      return Future.failedFuture(new RuntimeFault(
          ErrorCode.MODEL_UNAVAILABLE, "there was none when the run went on without it"));
    }
    List<String> rejected = run().rejections(turn);
    return rejected.size() >= Repair.REJECTED_MAX
        ? Future.failedFuture(malformed(turn, rejected.get(rejected.size() - 1)))
        : gate.pass(live)
            .compose(open -> allowed(turn, Redaction.of(request.get(), log.redactor()), check));
  }

  /** Asks first whether the model may be asked. */
  private Future<Replied> allowed(
      int turn, ChatRequest request, Function<Message.Assistant, @Nullable String> check) {
    int attempt = run().rejections(turn).size() + 1;
    ChatRequest asked = Repair.of(request, run().rejections(turn));
    Verdict verdict = effects.oversight().beforeTurn(run(), turn, attempt);
    if (verdict.equals(Verdict.GO)) {
      verdict = effects
          .oversight()
          .reserve(
              run(),
              turn,
              attempt,
              model.insideJvm(),
              () -> model.most(asked, before(turn, attempt)));
    }
    if (verdict instanceof Verdict.Go) {
      return ask(turn, request, check);
    } else if (verdict instanceof Verdict.Wait wait) {
      return effects.waitFor(
          wait.why(), () -> gate.pass(live).compose(open -> allowed(turn, request, check)));
    } else if (verdict instanceof Verdict.Soon soon) {
      return effects.whenTold(
          soon.told(), () -> gate.pass(live).compose(open -> allowed(turn, request, check)));
    } else if (verdict instanceof Verdict.End end) {
      return Future.failedFuture(end.why());
    } else if (verdict instanceof Verdict.Later) {
      return gate.pass(live).compose(open -> allowed(turn, request, check));
    }
    throw new IllegalStateException("no turn can be told " + verdict);
  }

  /** What the question used that this one goes on from, null when it is another one. */
  private Message.@Nullable Usage before(int turn, int attempt) {
    EntryData.ModelReply last = attempt == 1 ? run().reply(turn - 1) : null;
    return last == null || last.turn() == ConversationSummary.TURN ? null : last.usage();
  }

  @Override
  public Future<Acted> tool(int ordinal, Message.ToolRequest request) {
    EntryData.ToolResult recorded = run().result(ordinal);
    if (recorded != null) {
      return Future.succeededFuture(EffectSteps.acted(recorded));
    }
    return effects.act(ordinal, request);
  }

  private OpenRun run() {
    OpenRun run = log.image().runs().get(id);
    if (run == null) {
      throw new IllegalStateException("invocation " + id + " is not open");
    }
    return run;
  }

  private Future<Replied> ask(
      int turn, ChatRequest request, Function<Message.Assistant, @Nullable String> check) {
    if (model.insideJvm()) {
      return call(turn, request, check);
    }
    Promise<Replied> answer = Promise.promise();
    live.inFlight(true);
    // A failed journal abandons the run; then nobody waits for this answer any more.
    log.durable().onSuccess(done -> {
      if (!live.abandoned()) {
        call(turn, request, check).onComplete(answer);
      }
    });
    return answer.future();
  }

  private Future<Replied> call(
      int turn, ChatRequest request, Function<Message.Assistant, @Nullable String> check) {
    Failpoints.reach("llm.before");
    Promise<Replied> answer = Promise.promise();
    live.inFlight(true);
    ChatRequest asked = Repair.of(request, run().rejections(turn));
    Attempts attempts = new Attempts(turn, request);
    safely(asked.heardBy(listener(turn)).countedBy(attempts)).onComplete(result -> {
      if (live.abandoned()) {
        return;
      }
      live.inFlight(false);
      if (result.failed() && result.cause() == attempts.refusal) {
        // Whoever let it not be asked again says now what becomes of the run.
        gate.pass(live).compose(open -> allowed(turn, request, check)).onComplete(answer);
      } else if (result.failed()) {
        if (!attempts.lost && !live.cancel().isCancelled()) {
          effects.oversight().unused(run());
        }
        RuntimeFault over = live.over();
        answer.fail(over == null ? result.cause() : over);
      } else {
        Failpoints.reach("llm.afterAnswer");
        record(turn, request, digest(asked), result.result(), check).onComplete(answer);
      }
    });
    return answer.future();
  }

  /** Attempts within one call: one after an answer that was lost is reserved for like another. */
  private final class Attempts implements Spending {

    private final int turn;
    private final ChatRequest request;
    private boolean lost;
    private @Nullable RuntimeFault refusal;

    Attempts(int turn, ChatRequest request) {
      this.turn = turn;
      this.request = request;
    }

    @Override
    public void lost() {
      lost = true;
    }

    @Override
    public Future<Void> again() {
      if (!lost || live.abandoned()) {
        return Future.succeededFuture();
      }
      int attempt = run().rejections(turn).size() + 1;
      Verdict verdict = effects
          .oversight()
          .reserve(
              run(),
              turn,
              attempt,
              model.insideJvm(),
              () -> model.most(Repair.of(request, run().rejections(turn)), before(turn, attempt)));
      if (verdict.equals(Verdict.GO)) {
        lost = false;
        return log.durable();
      }
      RuntimeFault why = new RuntimeFault(
          ErrorCode.BUDGET_EXCEEDED, "an answer was lost, and the budget lets nobody ask again");
      refusal = why;
      return Future.failedFuture(why);
    }
  }

  private Future<Replied> record(
      int turn,
      ChatRequest request,
      String digest,
      ChatReply reply,
      Function<Message.Assistant, @Nullable String> check) {
    String unusable = check.apply(reply.message());
    EntryData.ModelReply entry = log.redacted(new EntryData.ModelReply(
        id, turn, reply.message(), reply.usage(), digest, unusable, reply.model()));
    Future<Void> written = log.write(entry);
    if (written.failed() && !log.broken()) {
      return Future.failedFuture(written.cause());
    }
    if (live.abandoned() || (written.isComplete() && written.failed())) {
      return Promise.<Replied>promise().future();
    }
    if (unusable == null) {
      return Future.succeededFuture(new Replied(entry.reply(), entry.usage()));
    }
    if (run().rejections(turn).size() >= Repair.REJECTED_MAX) {
      return Future.failedFuture(malformed(turn, unusable));
    }
    ReplyListener listener = listener(turn);
    if (listener.listening()) {
      listener.hear(new ReplyListener.Again(unusable));
    }
    return gate.pass(live).compose(open -> allowed(turn, request, check));
  }

  /** A secret cannot be seen in pieces of a reply, so with secrets nobody hears them. */
  private ReplyListener listener(int turn) {
    return log.hasSecrets() ? ReplyListener.NOBODY : gate.replies().of(id, turn);
  }

  private static RuntimeFault malformed(int turn, String why) {
    return new RuntimeFault(
        ErrorCode.MODEL_MALFORMED,
        "the model gave " + Repair.REJECTED_MAX + " replies in turn " + turn
            + " that cannot be used, the last because " + why);
  }

  /** A model that throws instead of failing its future is a model that failed. */
  private Future<ChatReply> safely(ChatRequest request) {
    try {
      return model.chat(request, live.cancel());
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** Identifies what left the JVM; a request that did not leave has no digest. */
  private String digest(ChatRequest request) {
    if (model.insideJvm()) {
      return "";
    }
    MessageDigest sha = Hex.newSha256();
    request.messages().forEach(message -> add(sha, message));
    request.tools().forEach(tool -> add(sha, tool));
    return HexFormat.of().formatHex(sha.digest());
  }

  private static void add(MessageDigest sha, Object part) {
    sha.update(part.toString().getBytes(StandardCharsets.UTF_8));
    sha.update((byte) '\n');
  }
}
