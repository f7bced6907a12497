package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.custody.SecretDesk;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.outbound.Outbound;
import dev.agentruntime.process.HandProcess.Called;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A process wound by hand whose tools may be given the secret {@code LOGIN}, for tests. */
final class SecretWorld {

  static final String FIRST = "first-value-of-login";
  static final String SECOND = "second-value-of-login";
  static final String HANDLE = "{\"key\":\"{{secret:LOGIN}}\"}";

  /** What is found where. */
  final Map<String, String> values = new HashMap<>(Map.of("${LOGIN}", FIRST, "${OTHER}", SECOND));

  final HandProcess hand;

  /** Starts it, with a time to live and more keys of the manifest, both JSON. */
  SecretWorld(@Nullable String ttl, String more) {
    hand = HandProcess.running(config(ttl, more), this::around);
  }

  private SecretWorld(List<EntryData> durable) {
    hand = CutJournal.after(durable, this::around);
  }

  /** One whose JVM ended when these entries were durable, and that goes on now. */
  static SecretWorld after(List<EntryData> durable) {
    return new SecretWorld(durable);
  }

  static ProcessConfig config(@Nullable String ttl, String more) {
    return ApprovalWorld.config("{\"secrets\":{\"secrets\":{\"LOGIN\":{\"value\":\"${LOGIN}\","
        + "\"tools\":[\"*\"]" + (ttl == null ? "" : ",\"ttl\":" + ttl) + "}}}" + more + "}");
  }

  private ProcessDeps around(ProcessDeps deps) {
    Outbound outbound = Outbound.of((process, secret, source) -> {
      String value = values.get(source.shown());
      return value == null
          ? Future.failedFuture(
              new RuntimeFault(ErrorCode.INVALID_CONFIG, "nothing at " + source.shown()))
          : Future.succeededFuture(value);
    });
    return new ProcessDeps(
        deps.journal(),
        deps.timers(),
        deps.ids(),
        deps.models(),
        deps.triggers(),
        deps.tools(),
        deps.bus(),
        deps.memories(),
        outbound,
        deps.surroundings(),
        deps.servers());
  }

  /** What an operator does with the secrets, without waiting for the journal. */
  Future<Json> secrets(Function<SecretDesk, Future<Json>> command) {
    return hand.kernel().oversee(all -> command.apply(all.secrets()));
  }

  void rotate() {
    Future<Json> done = secrets(desk -> desk.rotate("LOGIN", "${OTHER}", "alice"));
    hand.flush();
    assertTrue(done.succeeded(), () -> "" + done.cause());
  }

  void revoke() {
    Future<Json> done = secrets(desk -> desk.revoke(List.of("LOGIN"), "alice"));
    hand.flush();
    assertTrue(done.succeeded(), () -> "" + done.cause());
  }

  /** A run wants a tool with the secret. */
  void wants(String tool) {
    assertFalse(hand.offer("go").failed());
    hand.flush();
    hand.want(tool, HANDLE);
  }

  /** What the only call that is out was given. */
  static String given(Called call) {
    return String.valueOf(call.call().arguments().object().get("key"));
  }

  /** No value is in the journal. */
  void assertKept() {
    String all = hand.entries().toString();
    assertFalse(all.contains(FIRST) || all.contains(SECOND), "a value is in the journal");
  }
}
