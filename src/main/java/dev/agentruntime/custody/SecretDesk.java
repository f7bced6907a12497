package dev.agentruntime.custody;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry.SecretAccess;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.live.ProcessLog;
import dev.agentruntime.secret.SecretAction;
import dev.agentruntime.secret.SecretVault;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may do with the secrets of a process. What is said here is in the journal: where
 * a value is found from then on, or that it may not be used; never the value. Owned by: the
 * process's context.
 */
public final class SecretDesk {

  private final ProcessLog log;
  private final SecretKeeper keeper;

  public SecretDesk(ProcessLog log, SecretKeeper keeper) {
    this.log = log;
    this.keeper = keeper;
  }

  /**
   * {@code {"secrets":[{name, status, source, expires_in?, exposed}]}}; fails with
   * SECRETS_DISABLED.
   */
  public Future<Json> list() {
    requireSecrets();
    Json view = view();
    return log.durable().map(view);
  }

  /**
   * Reads a value anew.
   *
   * @param source {@code ${VARIABLE}} or {@code file:PATH} to be read from now on, null = the same
   *     as before
   * @return {@link #list}; fails with NOT_FOUND for a secret that is not declared, as it does, and
   *     with INVALID_CONFIG when the source is none or cannot be read, and then the value before
   *     stays
   */
  public Future<Json> rotate(String name, @Nullable String source, String by) {
    requireSecrets();
    SecretRef moved = source == null ? null : source(source);
    return keeper
        .renew(log.image(), name, moved)
        .compose(read -> {
          String found = moved == null ? "" : moved.shown();
          Future<Void> durable =
              log.write(new SecretAccess(name, SecretAction.ROTATED.word(), by, "", found));
          return durable.isComplete() && durable.failed() ? durable : keeper.begun(name, read);
        })
        .map(done -> view());
  }

  private static SecretRef source(String text) {
    SecretRef source = SecretRef.parse(text);
    if (source == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "value, expected=${VARIABLE} or file:PATH, where it is found also after a restart,"
              + " actual=another text");
    }
    return source;
  }

  /** Takes secrets out of use until they are rotated; none named = all. Answers {@link #list}. */
  public Future<Json> revoke(List<String> names, String by) {
    requireSecrets();
    keeper.know();
    List<String> all = names.isEmpty() ? keeper.vault().names() : names;
    for (String name : all) {
      keeper.vault().revoke(name);
      Future<Void> ignored =
          log.write(new SecretAccess(name, SecretAction.REVOKED.word(), by, "", ""));
    }
    return list();
  }

  private void requireSecrets() {
    ProcessImage.Deployment now = log.image().deployment();
    if (now == null || now.config().outbound().secrets().byName().isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.SECRETS_DISABLED,
          "process " + log.image().id().name() + " has no secrets, expected=`secrets` in its"
              + " manifest");
    }
  }

  private Json view() {
    List<Object> all = new ArrayList<>();
    for (SecretVault.Shown secret : keeper.vault().shown()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("name", secret.name());
      one.put("status", secret.status().name().toLowerCase(Locale.ROOT));
      one.put("source", secret.source().shown());
      Duration left = secret.left();
      if (left != null) {
        one.put("expires_in", left.toSeconds());
      }
      one.put("exposed", secret.exposed());
      all.add(one);
    }
    return Json.of(Map.of("secrets", all));
  }
}
