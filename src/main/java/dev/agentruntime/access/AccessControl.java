package dev.agentruntime.access;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides for every request of the control API whether its sender may do that. Without a token a
 * caller on a loopback listener may read, operate and deploy manifests, where the settings do not
 * want one of everybody; everything else needs a token whose scope includes what is asked for. A
 * token that is wrong is refused, also where none was needed. Bearer tokens as RFC 6750 §2.1 has
 * them. Owned by: the server's context.
 */
public final class AccessControl {

  /** How long a token that was revoked in the file may still be let in. */
  static final Duration REREAD = Duration.ofSeconds(2);

  private static final Logger LOG = System.getLogger(AccessControl.class.getName());
  private static final String BEARER = "bearer ";

  private final Vertx vertx;
  private final @Nullable TokenFile file;
  private final boolean open;
  private final Timers timers;
  private final FailedLogins failures;
  private final CallerRates rates;
  private final Refusals refusals;
  private final AtomicLong looks = new AtomicLong();
  private final AtomicReference<Known> known = new AtomicReference<>(new Known(0, Map.of()));
  private Timers.@Nullable Armed reread;
  private Future<?> lastChange = Future.succeededFuture();

  /**
   * The tokens as they were when they were looked at.
   *
   * @param look counts the looks: what an earlier one saw never replaces what a later one saw
   */
  private record Known(long look, Map<String, Token> byDigest) {}

  /**
   * Describes who may come in.
   *
   * @param file null = there are no tokens here
   * @param open whether who has no token may operate and deploy: only where the listener can be
   *     reached from this machine alone
   */
  public AccessControl(Vertx vertx, @Nullable TokenFile file, boolean open, Timers timers) {
    this(vertx, file, open, timers, 0);
  }

  /**
   * Describes who may come in, and how often.
   *
   * @param rate requests a minute of one token, or of one address without; 0 = any number
   */
  public AccessControl(
      Vertx vertx, @Nullable TokenFile file, boolean open, Timers timers, int rate) {
    this.vertx = vertx;
    this.file = file;
    this.open = open;
    this.timers = timers;
    this.failures = new FailedLogins(timers);
    this.rates = new CallerRates(timers, rate);
    this.refusals = new Refusals(timers);
  }

  /**
   * Reads the tokens, and again every two seconds, so that what the command line made or revoked
   * holds without a restart. Fails with INVALID_CONFIG when everybody needs a token and there
   * is none, naming the command that makes one.
   */
  public Future<Void> start() {
    return load().compose(loaded -> {
      if (!open && Objects.requireNonNull(known.get()).byDigest().isEmpty()) {
        return Future.failedFuture(new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "the control address can be reached from other machines, or http.require_token is set,"
                + " and there is no token, expected=a token, or a loopback address such as"
                + " 127.0.0.1 without http.require_token: make a token with"
                + " java -jar target/runtime.jar token create NAME --scope admin " + where()));
      }
      if (file != null) {
        reread = timers.every(
            REREAD,
            () ->
                load().onFailure(cause -> LOG.log(Level.WARNING, "tokens: " + cause.getMessage())));
      }
      return Future.succeededFuture();
    });
  }

  /** Reads no more. */
  public void stop() {
    Timers.Armed armed = reread;
    if (armed != null) {
      armed.cancel();
    }
  }

  /**
   * Who asks, if it may.
   *
   * @param needed what the request needs
   * @param authorization the values of all {@code Authorization} headers
   * @param address where it came from
   * @throws RuntimeFault UNAUTHORIZED without a token that is good, FORBIDDEN when it is too weak,
   *     RATE_LIMITED after ten wrong ones within a minute, or with more requests than it may make
   */
  public Caller admit(Scope needed, List<String> authorization, String address) {
    if (authorization.isEmpty()) {
      rates.take("address " + address);
      if (open && Scope.DEPLOY.includes(needed)) {
        return new Caller(Caller.ANONYMOUS, Scope.DEPLOY, address);
      }
      throw new RuntimeFault(
          ErrorCode.UNAUTHORIZED,
          "this needs a token of scope " + needed.word() + ", expected=Authorization: Bearer TOKEN;"
              + " make one with the command token create NAME --scope " + needed.word()
              + " --data DIR");
    }
    Duration wait = failures.wait(address);
    if (!wait.isZero()) {
      throw new RuntimeFault(ErrorCode.RATE_LIMITED, "too many wrong tokens from " + address, wait);
    }
    Token token = authorization.size() == 1 ? find(authorization.get(0)) : null;
    if (token == null) {
      failures.failed(address);
      throw new RuntimeFault(
          ErrorCode.UNAUTHORIZED,
          "the token is not known here, expected=Authorization: Bearer and a token that was not"
              + " revoked");
    }
    rates.take("token " + token.name());
    if (!token.scope().includes(needed)) {
      throw new RuntimeFault(
          ErrorCode.FORBIDDEN,
          "token " + token.name() + " has scope " + token.scope().word() + ", expected="
              + needed.word());
    }
    return new Caller(token.name(), token.scope(), address, token.digest());
  }

  /** Whether one that was let in would be still: its token was neither revoked nor rotated. */
  public boolean stillAdmits(Caller caller) {
    String digest = caller.digest();
    return digest == null || Objects.requireNonNull(known.get()).byDigest().containsKey(digest);
  }

  /** Those who were not let in. */
  public Refusals refusals() {
    return refusals;
  }

  /** Whose token was shown, {@code anonymous} when there was none that is known. */
  public String who(List<String> authorization) {
    Token token = authorization.size() == 1 ? find(authorization.get(0)) : null;
    return token == null ? Caller.ANONYMOUS : token.name();
  }

  /** All tokens as they may be shown. */
  public Future<List<Token>> list() {
    return onWorker(TokenFile::read);
  }

  /** Makes a token; it is good at once. */
  public Future<TokenFile.Made> create(String name, Scope scope) {
    return change(tokens -> tokens.create(name, scope));
  }

  /** Gives a token a new secret; the old one is refused at once. */
  public Future<TokenFile.Made> rotate(String id) {
    return change(tokens -> tokens.rotate(id));
  }

  /** Takes a token away; it is refused at once. */
  public Future<Void> revoke(String id) {
    return change(tokens -> {
          tokens.revoke(id);
          return true;
        })
        .mapEmpty();
  }

  /** One change after the other: each reads what the one before it wrote. */
  private <T> Future<T> change(Function<TokenFile, T> work) {
    Future<T> mine =
        lastChange.transform(before -> onWorker(work)).compose(done -> load().map(done));
    lastChange = mine;
    return mine;
  }

  /** The flags that lead the command line to the tokens of this node. */
  private String where() {
    Path home = file == null ? null : file.home();
    return home == null || home.getParent() == null
        ? "--data DIR"
        : "--data " + home.getParent() + " --node " + home.getFileName();
  }

  private Future<Void> load() {
    if (file == null) {
      return Future.succeededFuture();
    }
    long look = looks.incrementAndGet();
    return onWorker(TokenFile::read).onFailure(cause -> saw(look, List.of())).map(tokens -> {
      saw(look, tokens);
      return null;
    });
  }

  private void saw(long look, List<Token> tokens) {
    Map<String, Token> found = new HashMap<>();
    tokens.forEach(token -> found.put(token.digest(), token));
    known.updateAndGet(before -> before.look() > look ? before : new Known(look, found));
  }

  private @Nullable Token find(String header) {
    Known now = Objects.requireNonNull(known.get());
    return header.toLowerCase(Locale.ROOT).startsWith(BEARER)
        ? now.byDigest().get(Token.digest(header.substring(BEARER.length()).strip()))
        : null;
  }

  private <T> Future<T> onWorker(Function<TokenFile, T> work) {
    TokenFile tokens = file;
    return tokens == null
        ? Future.failedFuture(new RuntimeFault(
            ErrorCode.NOT_FOUND, "this node keeps no tokens, because it has no data directory"))
        : vertx.executeBlocking(() -> work.apply(tokens), false);
  }
}
