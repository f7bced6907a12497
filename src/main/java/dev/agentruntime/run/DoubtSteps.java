package dev.agentruntime.run;

import dev.agentruntime.agent.Steps.Acted;
import dev.agentruntime.config.SecretHandles;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition.Policy;
import dev.agentruntime.entry.BudgetEntry;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.ToolOutcome;
import dev.agentruntime.fold.OpenRun;
import dev.agentruntime.live.Gate;
import dev.agentruntime.live.LiveRun;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.oversight.Act;
import dev.agentruntime.oversight.Oversight;
import dev.agentruntime.oversight.Verdict;
import dev.agentruntime.secret.SecretAction;
import dev.agentruntime.tool.Arguments;
import dev.agentruntime.tool.AskTool;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.tool.Toolbox;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that were announced and have no answer. One that may be made again is, under the same key,
 * when whoever is asked before a call lets it under the rules of now; for any other the run waits
 * for the word of a probe or of somebody. Owned by: the process's context.
 */
final class DoubtSteps {

  /** Longest reason of a call that waits for a word, in characters. */
  private static final int WHY_MAX = 1_000;

  private final ProcessLog log;
  private final Gate gate;
  private final LiveRun live;
  private final Toolbox tools;
  private final EffectSteps effects;

  DoubtSteps(ProcessLog log, Gate gate, LiveRun live, Toolbox tools, EffectSteps effects) {
    this.log = log;
    this.gate = gate;
    this.live = live;
    this.tools = tools;
    this.effects = effects;
  }

  /** The answer of a call that was announced. */
  Future<Acted> answer(EntryData.ToolCall call) {
    EntryData.ToolResult recorded = run().result(call.ordinal());
    if (recorded != null) {
      // It came while somebody was asked whether the call may be made again.
      return Future.succeededFuture(EffectSteps.acted(recorded));
    }
    EntryData.EffectResolved word = run().resolution(call.key());
    if (word != null) {
      return resolved(call, word);
    }
    return call.policy().mayRepeat() ? again(new Again(call, 1, false)) : park(call, "");
  }

  private Future<Acted> resolved(EntryData.ToolCall call, EntryData.EffectResolved word) {
    String result = word.result();
    return switch (word.resolution()) {
      case LANDED -> record(call, ToolOutcome.OK, result == null ? "It took effect." : result);
      case DID_NOT_HAPPEN ->
        record(
            call,
            ToolOutcome.ERROR,
            "The call did not take effect. " + (result == null ? "" : result));
      case RETRY -> again(new Again(call, 1, true));
    };
  }

  // --- Again

  /**
   * A call that is to be made again.
   *
   * @param count how often it was made in this JVM, with this one
   * @param told whether somebody said so, whose word counts for one call only
   */
  record Again(EntryData.ToolCall call, int count, boolean told) {}

  /** Makes a call again, when the process may run and nobody has anything against it. */
  Future<Acted> again(Again again) {
    oversight().again(run());
    return pass(again);
  }

  private Future<Acted> pass(Again again) {
    return gate.pass(live).transform(passed -> {
      EntryData.ToolResult recorded = run().result(again.call().ordinal());
      if (recorded != null) {
        // Such as the reply to a question, which came while the process was suspended.
        return Future.succeededFuture(EffectSteps.acted(recorded));
      }
      return passed.succeeded() ? ask(again) : unknown(again.call());
    });
  }

  private Future<Acted> ask(Again again) {
    EntryData.ToolCall call = again.call();
    Tool tool = tools.find(call.request().tool());
    Json arguments = tool == null ? null : arguments(call, tool);
    if (tool == null || arguments == null) {
      // The tool of today does not take what the tool of then was told.
      String why = "the tool of now does not take what it was told then";
      return again.told() ? announced(call, null, () -> park(call, why)) : park(call, why);
    }
    Act act = act(call, tool, arguments);
    Verdict verdict = oversight().beforeTool(act);
    if (verdict instanceof Verdict.Go) {
      String refusal = tool.refusal(arguments);
      return refusal == null ? go(again, act, tool) : denied(again, act, tool, refusal);
    } else if (verdict instanceof Verdict.Refuse refused) {
      return refused(again, refused);
    } else if (verdict instanceof Verdict.End end) {
      return Future.failedFuture(end.why());
    } else if (verdict instanceof Verdict.Soon soon) {
      return effects.whenTold(soon.told(), () -> pass(again));
    } else if (verdict instanceof Verdict.Wait wait) {
      return effects.waitFor(wait.why(), () -> {
        oversight().goesOn(run(), live.over() != null);
        return pass(again);
      });
    }
    return pass(again);
  }

  /** Such as a secret that was revoked: what it wants says nothing of what it did before. */
  private Future<Acted> denied(Again again, Act act, Tool tool, String refusal) {
    effects.note(tool, act.arguments(), SecretAction.DENIED);
    return refused(again, new Verdict.Refuse(ToolOutcome.ERROR, refusal));
  }

  private static @Nullable Json arguments(EntryData.ToolCall call, Tool tool) {
    try {
      return Arguments.parse(call.request().arguments(), tool.definition().parameters());
    } catch (RuntimeFault changed) {
      return null;
    }
  }

  private Act act(EntryData.ToolCall call, Tool tool, Json arguments) {
    Message.ToolRequest asked = run().request(call.ordinal());
    return new Act(
        run(),
        call.ordinal(),
        asked == null ? call.request() : asked,
        tool.definition(),
        tools.policy(call.request().tool()),
        arguments,
        tool.isOutbound(),
        true);
  }

  private Future<Acted> go(Again again, Act act, Tool tool) {
    EntryData.ToolCall call = again.call();
    // Of two calls that somebody wanted both may cost. A budget that came later is charged now.
    boolean charged = !again.told() && run().charges(call.ordinal()) > 0;
    BudgetEntry.Reserve charge = charged ? null : oversight().charge(act);
    if (again.count() == 1) {
      effects.note(tool, act.arguments(), SecretAction.USED);
    }
    if (again.told() || charge != null || run().isParked()) {
      return announced(call, charge, () -> make(again, act, tool));
    }
    if (again.count() > 1 || tool instanceof AskTool) {
      return make(again, act, tool);
    }
    return durable(log.durable(), () -> make(again, act, tool));
  }

  /** Goes on when what was written is durable. */
  private Future<Acted> durable(Future<Void> written, Supplier<Future<Acted>> then) {
    Promise<Acted> answer = Promise.promise();
    live.inFlight(true);
    written.onSuccess(durable -> {
      if (!live.abandoned()) {
        then.get().onComplete(answer);
      }
    });
    return answer.future();
  }

  private Future<Acted> make(Again again, Act act, Tool tool) {
    // A secret may have expired, or was revoked, while the journal was waited for.
    String late = tool instanceof AskTool ? null : tool.refusal(act.arguments());
    if (late == null) {
      return effects.invoke(again.call(), tool, act.arguments(), again.count());
    }
    live.inFlight(false);
    return denied(again, act, tool, late);
  }

  /** Announced anew. */
  private Future<Acted> announced(
      EntryData.ToolCall call, BudgetEntry.@Nullable Reserve charge, Supplier<Future<Acted>> then) {
    EntryData.ToolCall anew = new EntryData.ToolCall(
        call.invocation(), call.ordinal(), call.request(), call.key(), call.policy(), charge);
    return durable(log.write(anew), then);
  }

  /** It may not be made again, and what became of it is as open as before. */
  private Future<Acted> refused(Again again, Verdict.Refuse refused) {
    EntryData.ToolCall call = again.call();
    if (call.policy() == Policy.READ_ONLY) {
      // It changed nothing, so there is nothing to ask anybody about.
      return record(call, refused.outcome(), "No answer came. " + refused.text());
    }
    return again.told()
        ? record(
            call,
            ToolOutcome.UNKNOWN,
            "It is not known whether the call took effect. Somebody said to make it again: "
                + refused.text())
        : park(call, refused.text());
  }

  /** The run is over, and nobody need be asked about a call that may be made again. */
  Future<Acted> unknown(EntryData.ToolCall call) {
    return record(call, ToolOutcome.UNKNOWN, "The run was over before the outcome was known.");
  }

  // --- A word

  /**
   * A probe is asked first, if there is one; then somebody.
   *
   * @param why it is not made again, of a call that may be
   */
  Future<Acted> park(EntryData.ToolCall call, String why) {
    Tool probe = tools.probe(call.request().tool());
    if (probe == null || live.over() != null) {
      return waitForWord(call, why);
    }
    Promise<Acted> answer = Promise.promise();
    new Probe(
            probe.definition().name(),
            call,
            gate.timers(),
            arguments -> probe(call, probe, arguments))
        .run()
        .onComplete(word -> {
          if (live.abandoned()) {
            return;
          }
          live.inFlight(false);
          if (word.failed()) {
            waitForWord(call, why).onComplete(answer);
          } else {
            written(word.result(), () -> resolved(call, word.result()).onComplete(answer));
          }
        });
    return answer.future();
  }

  /** It is a step as any other: a suspension holds it up, and a rule may be against it. */
  private Future<Tool.Reply> probe(EntryData.ToolCall call, Tool probe, Json wanted) {
    live.inFlight(false);
    return gate.pass(live).compose(open -> {
      String name = probe.definition().name();
      Verdict verdict = oversight()
          .beforeProbe(new Act(
              run(),
              call.ordinal(),
              new Message.ToolRequest(call.request().callId(), name, wanted.toString()),
              probe.definition(),
              tools.policy(name),
              wanted,
              probe.isOutbound(),
              false));
      if (verdict instanceof Verdict.Soon soon) {
        return effects.whenTold(soon.told(), () -> probe(call, probe, wanted));
      }
      live.inFlight(true);
      return verdict instanceof Verdict.Refuse refused
          ? Future.succeededFuture(Tool.Reply.error(refused.text()))
          : given(probe, wanted);
    });
  }

  /** It is given what is for it; of other secrets of the call, what stands for them. */
  private Future<Tool.Reply> given(Tool probe, Json wanted) {
    boolean theirs = probe.refusal(wanted) == null;
    Json arguments = theirs ? wanted : SecretHandles.fill(wanted, name -> "[secret:" + name + "]");
    if (probe.secrets(arguments).isEmpty()) {
      return made(probe, arguments);
    }
    effects.note(probe, arguments, SecretAction.USED);
    Promise<Tool.Reply> answer = Promise.promise();
    log.durable().onSuccess(durable -> made(probe, arguments).onComplete(answer));
    return answer.future();
  }

  private Future<Tool.Reply> made(Tool probe, Json arguments) {
    String refusal = live.abandoned() ? null : probe.refusal(arguments);
    if (refusal != null) {
      return Future.succeededFuture(Tool.Reply.error(refusal));
    }
    return live.abandoned()
        ? Promise.<Tool.Reply>promise().future()
        : effects.safely(
            probe,
            new Tool.Call(
                log.image().id().name(),
                live.id(),
                // A read: it needs no key of its own, and nothing repeats it.
                "",
                arguments,
                run().view(),
                live.cancel(),
                effects.source()));
  }

  private void written(EntryData.EffectResolved word, Runnable then) {
    log.write(word).onSuccess(durable -> {
      if (!live.abandoned()) {
        then.run();
      }
    });
  }

  private Future<Acted> waitForWord(EntryData.ToolCall call, String why) {
    if (run().result(call.ordinal()) != null) {
      // Such as the reply to a question, which came while the probe was asked.
      return answer(call);
    }
    if (live.over() != null && call.policy().mayRepeat()) {
      // It was over while the probe was asked.
      return unknown(call);
    }
    if (call.policy().mayRepeat() && !run().isParked()) {
      // Nothing else says that it is not at work: were it blamed for an end of the JVM, it would
      // be given up for what another run does.
      Future<Void> ignored = log.write(new EntryData.ErrorNoted(
          ErrorCode.TOOL_FAILED,
          call.request().tool() + " may have acted, and waits for a word on that: "
              + cut(log.redactor().redact(why)),
          live.id()));
    }
    return effects.waitFor(LiveRun.Wait.RESOLUTION, () -> answer(call));
  }

  private static String cut(String why) {
    return why.length() <= WHY_MAX ? why : why.substring(0, WHY_MAX) + "...";
  }

  private Future<Acted> record(EntryData.ToolCall call, ToolOutcome outcome, String text) {
    return effects.record(new EntryData.ToolResult(
        live.id(),
        call.ordinal(),
        call.request().tool(),
        outcome,
        text,
        List.of(),
        List.of(),
        null));
  }

  private Oversight oversight() {
    return effects.oversight();
  }

  private OpenRun run() {
    return effects.run();
  }
}
