package dev.agentruntime.hook;

import dev.agentruntime.child.Child;
import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A program that is asked. It reads one JSON object and may write another one:
 *
 * <pre>
 * in   {"event","process_id","timestamp","data","metadata"}
 * out  {"block":true,"reason":TEXT,"data":{...},"log":TEXT}      all of it optional, or nothing
 * </pre>
 *
 * <p>It is broken when it cannot be started, ends with another code than 0, takes too long, writes
 * too much or something else. When it takes too long, or all work of the node is ended, it is
 * killed, with all it has started.
 */
final class ShellHook implements Hook {

  /** Longest answer that is read, in bytes. */
  static final int OUTPUT_MAX = 64 << 10;

  /** A pipe holds so much before anybody reads; so nobody ever waits for a program to read. */
  static final int INPUT_MAX = 60_000;

  /** Longest value in a message that is too long. */
  static final int VALUE_MAX = 4_000;

  private static final int SPAWNS = 3;
  private static final long LOOK_MS = 10;

  /** It ends itself before nobody waits for it any more. */
  private static final Duration EARLY = Duration.ofMillis(5);

  private static final System.Logger LOG = System.getLogger("dev.agentruntime.hooks");

  private final HookConfig config;
  private final Function<SecretRef, String> secrets;
  private final UnaryOperator<String> redact;
  private final Timers timers;
  private final HookSwitch power;

  ShellHook(
      HookConfig config,
      Function<SecretRef, String> secrets,
      UnaryOperator<String> redact,
      Timers timers,
      HookSwitch power) {
    this.timers = timers;
    this.power = power;
    this.config = config;
    this.secrets = secrets;
    this.redact = redact;
  }

  @Override
  public void call(HookCall call) throws IOException, InterruptedException {
    long turn = power.turn();
    long end = timers.nanos() + config.timeout().minus(EARLY).toNanos();
    byte[] input = input(call);
    Child child = start();
    try {
      write(child, input);
      String answer = answer(child, end, turn);
      int code = child.process().exitValue();
      if (code != 0) {
        throw broken("it ended with exit code " + code);
      }
      obey(answer, call);
    } finally {
      child.kill();
    }
  }

  private Child start() throws IOException {
    Map<String, String> env = new HashMap<>();
    config.env().forEach((name, secret) -> env.put(name, secrets.apply(secret)));
    Path cwd = Path.of(config.cwd() == null ? "" : config.cwd()).toAbsolutePath();
    IOException last = new IOException("it was never tried");
    for (int i = 0; i < SPAWNS; i++) {
      try {
        return Child.silent(config.command(), env, cwd);
      } catch (IOException e) {
        last = e;
      }
    }
    throw last;
  }

  /** A program that ends without reading is none the worse for it. */
  private static void write(Child child, byte[] input) {
    try (OutputStream out = child.process().getOutputStream()) {
      out.write(input);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a hook did not read its input: {0}", e.getMessage());
    }
  }

  /** What it writes until it ends; never waits for a pipe that somebody else holds open. */
  private String answer(Child child, long end, long turn) throws IOException, InterruptedException {
    InputStream in = child.process().getInputStream();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean ended = false;
    while (true) {
      int ready = in.available();
      while (ready > 0) {
        out.writeBytes(in.readNBytes(Math.min(ready, OUTPUT_MAX + 1)));
        if (out.size() > OUTPUT_MAX) {
          throw broken("it wrote more than " + OUTPUT_MAX + " bytes");
        }
        ready = in.available();
      }
      if (ended) {
        return out.toString(StandardCharsets.UTF_8);
      }
      if (!power.isOn(turn)) {
        throw HookSwitch.ended();
      }
      if (timers.nanos() >= end) {
        throw broken("no answer in time; it was killed");
      }
      ended = child.process().waitFor(LOOK_MS, TimeUnit.MILLISECONDS);
    }
  }

  private void obey(String answer, HookCall call) {
    if (answer.isBlank()) {
      return;
    }
    Map<String, @Nullable Object> said;
    try {
      said = Json.parse(answer.strip()).object();
    } catch (RuntimeException e) {
      throw broken("it did not write a JSON object");
    }
    if (said.get("log") instanceof String text) {
      LOG.log(
          System.Logger.Level.INFO,
          "{0} of {1}: {2}",
          call.event().word(),
          call.process(),
          redact.apply(text));
    }
    if (said.get("data") instanceof Map<?, ?> data) {
      data.forEach((key, value) -> call.data().put(String.valueOf(key), value));
    }
    if (Boolean.TRUE.equals(said.get("block"))) {
      Object reason = said.get("reason");
      throw new HookBlocked(reason == null ? "no reason was given" : String.valueOf(reason));
    }
  }

  /**
   * One line; where it would be too long, the longest values are cut and named.
   *
   * @throws RuntimeFault where it is too long all the same, for hooks before it added too much
   */
  static byte[] input(HookCall call) {
    byte[] whole = input(call, call.data(), List.of());
    if (whole.length <= INPUT_MAX) {
      return whole;
    }
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    List<String> cut = new ArrayList<>();
    call.data().forEach((key, value) -> {
      String text = value == null ? "null" : Json.of(value).toString();
      boolean isLong = text.length() > VALUE_MAX;
      data.put(key, isLong ? text.substring(0, VALUE_MAX) : value);
      if (isLong) {
        cut.add(key);
      }
    });
    byte[] rest = input(call, data, cut);
    if (rest.length > INPUT_MAX) {
      throw broken("its message is too long, expected<=" + INPUT_MAX + " bytes, actual="
          + rest.length + ", because hooks before it added to data");
    }
    return rest;
  }

  private static byte[] input(HookCall call, Map<String, @Nullable Object> data, List<String> cut) {
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>(call.metadata());
    if (!cut.isEmpty()) {
      metadata.put("cut", cut);
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("event", call.event().word());
    all.put("process_id", call.process().value());
    all.put("timestamp", call.time().toString());
    all.put("data", data);
    all.put("metadata", metadata);
    return (Json.of(all) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static RuntimeFault broken(String why) {
    return new RuntimeFault(ErrorCode.TOOL_FAILED, why);
  }
}
