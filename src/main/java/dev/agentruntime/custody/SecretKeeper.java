package dev.agentruntime.custody;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.live.ProcessDeps;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.secret.NodeSecrets;
import dev.agentruntime.secret.SecretAction;
import dev.agentruntime.secret.SecretMarks;
import dev.agentruntime.secret.SecretVault;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills a process's vault when it starts and empties it when it stops. Owned by: the process's
 * context.
 */
public final class SecretKeeper {

  /** Who says that a value was read. */
  private static final String BY = "runtime";

  private final ProcessLog log;
  private final ProcessDeps deps;
  private final SecretVault vault;
  private Runnable onForget = () -> {};
  private ProcessConfig config = ProcessConfig.ofModel("echo");

  public SecretKeeper(ProcessLog log, ProcessDeps deps) {
    this.log = log;
    this.deps = deps;
    this.vault = new SecretVault(deps.timers());
  }

  /** Told before a stop forgets values: what is still under way could not be searched for them. */
  public void onForget(Runnable told) {
    onForget = told;
  }

  public SecretVault vault() {
    return vault;
  }

  /** How many can be used now; empty when none is declared. */
  public OptionalInt active() {
    List<SecretVault.Shown> all = vault.shown();
    return all.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of((int) all.stream()
            .filter(secret -> secret.status() == SecretVault.Status.ACTIVE)
            .count());
  }

  /**
   * What takes secrets out of what a process writes: its own and those of the settings; of a node's
   * own process, through which goes what comes from outside, everybody's.
   */
  public Supplier<Redactor> redactor(ProcessName process) {
    NodeSecrets all = deps.outbound().secrets();
    return process.isSystem() ? all::redactor : all.with(vault::redactor);
  }

  /**
   * Reads what a manifest declares and is not known yet.
   *
   * @return fails with INVALID_CONFIG naming the variable or file that is missing
   */
  public Future<Void> open(ProcessImage image, ProcessConfig wanted) {
    List<Future<Void>> read = new ArrayList<>();
    declare(image, wanted).forEach((name, source) -> read.add(read(name, source)));
    return read.isEmpty() ? Future.succeededFuture() : Future.all(read).mapEmpty();
  }

  /** A process that is not up yet has secrets too, which may be revoked before. */
  void know() {
    if (vault.names().isEmpty()) {
      Map<String, SecretRef> unused = declare(log.image(), log.image().config());
    }
  }

  /** Declares what a manifest does; answers what is to be read for it. */
  private Map<String, SecretRef> declare(ProcessImage image, ProcessConfig wanted) {
    SecretsConfig secrets = wanted.outbound().secrets();
    if (secrets.byName().isEmpty() && vault.names().isEmpty()) {
      return Map.of();
    }
    config = wanted;
    SecretMarks marks = SecretMarks.of(image.cursors());
    vault.declare(secrets, marks.revoked());
    deps.outbound().secrets().keep(wanted.name(), vault);
    return vault.wanted(marks.moved());
  }

  /**
   * Reads what a manifest declares that is not in force yet and is not known, beside what is used
   * now.
   *
   * @return what was read, for {@link #take}; fails as {@link #open} does
   */
  public Future<SecretVault> attempt(ProcessImage image, ProcessConfig next) {
    SecretMarks marks = SecretMarks.of(image.cursors());
    SecretVault beside = new SecretVault(deps.timers());
    beside.declare(next.outbound().secrets(), marks.revoked());
    List<Future<Void>> read = new ArrayList<>();
    beside.wanted(marks.moved()).forEach((name, source) -> {
      if (!vault.holds(name, source)) {
        read.add(deps.outbound().value(next, name, source).map(value -> {
          beside.put(name, value, source);
          return null;
        }));
      }
    });
    return (read.isEmpty() ? Future.succeededFuture() : Future.all(read)).map(beside);
  }

  /** The manifest is in force: what was read for it is used. */
  public void take(ProcessImage image, ProcessConfig next, SecretVault read) {
    declare(image, next).forEach((name, source) -> {
      if (read.holds(name, source)) {
        put(name, read.handed(name), source);
      }
    });
  }

  private Future<Void> read(String name, SecretRef source) {
    return deps.outbound().value(config, name, source).map(value -> {
      put(name, value, source);
      return null;
    });
  }

  /**
   * Puts a value that was not told to be another one: its time to live goes on where it was before
   * a restart, unless it is found elsewhere.
   */
  private void put(String name, String value, SecretRef source) {
    Duration ttl = vault.declared(name).ttl();
    SecretMarks marks = SecretMarks.of(log.image().cursors());
    // Of two literals, which look alike in the journal, the vault alone knows that they differ.
    boolean other = vault.holds(name) && !vault.holds(name, source);
    boolean anew = other || marks.unmarked(name, source);
    vault.put(
        name,
        value,
        source,
        ttl == null || anew ? ttl : marks.left(name, source, ttl, deps.timers().now()));
    if (anew) {
      begun(name, source);
    }
  }

  /** Journals that a time to live begins; one without end needs no mark. */
  @CanIgnoreReturnValue
  Future<Void> begun(String name, SecretRef source) {
    return vault.declared(name).ttl() == null
        ? log.durable()
        : log.write(new SecretAccess(name, SecretAction.LOADED.word(), BY, "", source.shown()));
  }

  /** A server of tools is about to be given these: they are taken out of texts from now on. */
  public void given(Map<String, List<String>> values) {
    vault.hide(values);
    deps.outbound().secrets().keep(log.image().id().name(), vault);
  }

  /** The process stopped. */
  public void stopped() {
    if (config.outbound().secrets().revokeOnStop()) {
      if (!vault.strict().isEmpty()) {
        onForget.run();
      }
      vault.empty();
    }
  }

  /**
   * Reads a value anew.
   *
   * @param moved where it is found from now on, null = where it was found before
   * @return where it was read; whoever journals that it was is to say {@link #begun} then
   */
  Future<SecretRef> renew(ProcessImage image, String name, @Nullable SecretRef moved) {
    SecretsConfig.Secret declared = vault.declared(name);
    SecretRef source = moved == null
        ? SecretMarks.of(image.cursors()).moved().getOrDefault(name, declared.source())
        : moved;
    return deps.outbound().value(config, name, source).map(value -> {
      vault.put(name, value, source);
      return source;
    });
  }

  /**
   * The value of a secret for one use. Of a process that is down, whose vault is empty and stays
   * so, it is read for that use alone.
   *
   * @return fails with SECRET_UNAVAILABLE when it may not be used, with INVALID_CONFIG when it is
   *     not where it should be
   */
  public Future<String> once(String name) {
    if (vault.holds(name)) {
      return Future.succeededFuture(name).map(vault::value);
    }
    ProcessConfig now = log.image().config();
    SecretMarks marks = SecretMarks.of(log.image().cursors());
    SecretVault beside = new SecretVault(deps.timers());
    beside.declare(now.outbound().secrets(), marks.revoked());
    SecretRef source = beside.wanted(marks.moved()).get(name);
    if (source == null) {
      return Future.succeededFuture(name).map(beside::value);
    }
    Duration ttl = beside.declared(name).ttl();
    Duration left =
        ttl == null ? null : marks.left(name, source, ttl, deps.timers().now());
    return deps.outbound().value(now, name, source).map(value -> {
      beside.put(name, value, source, left);
      return beside.value(name);
    });
  }

  /** The process is no more. */
  public void close() {
    vault.empty();
    deps.outbound().secrets().forget(log.image().id().name());
  }
}
