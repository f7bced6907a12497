package dev.agentruntime.secret;

import dev.agentruntime.config.SecretHandles;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.config.SecretsConfig.Secret;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.Timers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of one process. Values are kept as Fernet tokens under a key that this vault alone
 * has and that is drawn anew when it is emptied; one is decrypted at the moment it is used, or
 * looked for in a text. A value that was replaced, revoked or is not declared any more is still
 * taken out of texts until then. Owned by: the process's context, which alone changes it; what it
 * holds is replaced as a whole, so any thread may ask for the {@link #redactor}.
 */
public final class SecretVault {

  /** Older values of one secret that are still taken out of texts. */
  private static final int RETIRED_MAX = 8;

  private final Timers timers;
  private final SecureRandom random = new SecureRandom();
  private final AtomicReference<Content> content;

  /** An empty vault; times to live are counted on the clock's monotonic time. */
  public SecretVault(Timers timers) {
    this.timers = timers;
    this.content = new AtomicReference<>(Content.of(random(Fernet.KEY_BYTES), Map.of()));
  }

  /** What is kept: the key of all tokens, the secrets by name, and what takes them out of texts. */
  private record Content(byte[] key, Map<String, Held> held, Redactor redactor) {
    static Content of(byte[] key, Map<String, Held> held) {
      return new Content(key, held, Redactor.of(() -> values(key, held, Held::hidden)));
    }

    private static Map<String, List<String>> values(
        byte[] key, Map<String, Held> held, Predicate<Held> which) {
      Map<String, List<String>> values = new LinkedHashMap<>();
      held.forEach((name, secret) -> {
        if (which.test(secret)) {
          List<String> all = new ArrayList<>(secret.retired());
          if (secret.value() != null) {
            all.add(secret.value().token());
          }
          values.put(name, all.stream().map(token -> text(key, token)).toList());
        }
      });
      return values;
    }
  }

  /**
   * A secret.
   *
   * @param declared null when the manifest in force does not name it
   * @param value null when it has none
   * @param retired tokens of values it had
   */
  private record Held(
      @Nullable Secret declared, @Nullable Value value, boolean revoked, List<String> retired) {

    /** Without its value, which is still to be found in texts. */
    Held without(boolean nowRevoked) {
      List<String> all = new ArrayList<>(retired);
      if (value != null) {
        all.add(value.token());
      }
      return new Held(declared, null, nowRevoked, newest(all));
    }

    /** Those of the tokens that are still taken out of texts. */
    static List<String> newest(List<String> tokens) {
      return List.copyOf(tokens.subList(Math.max(0, tokens.size() - RETIRED_MAX), tokens.size()));
    }

    boolean hidden() {
      return declared == null || !declared.expose();
    }
  }

  /** A value as a token, where it was found, and when it expires, null = never. */
  private record Value(
      String token, SecretRef source, @Nullable Long endNanos) {}

  /** How a secret is. */
  public enum Status {
    ACTIVE,
    EXPIRED,
    REVOKED,
    /** It has no value now. */
    ABSENT
  }

  /** What may be said of a secret. */
  public record Shown(
      String name,
      Status status,
      SecretRef source,
      @Nullable Duration left,
      boolean exposed) {}

  private byte[] random(int length) {
    byte[] fresh = new byte[length];
    random.nextBytes(fresh);
    return fresh;
  }

  private Content content() {
    return Objects.requireNonNull(content.get());
  }

  private Map<String, Held> held() {
    return content().held();
  }

  private void hold(Map<String, Held> held) {
    content.set(Content.of(content().key(), Collections.unmodifiableMap(held)));
  }

  private void hold(String name, Held secret) {
    Map<String, Held> all = new LinkedHashMap<>(held());
    all.put(name, secret);
    hold(all);
  }

  /**
   * Takes what a manifest declares.
   *
   * @param revoked those that may not be used until they are rotated
   */
  public void declare(SecretsConfig config, Set<String> revoked) {
    Map<String, Held> all = new LinkedHashMap<>();
    config.byName().forEach((name, declared) -> {
      Held known = held().getOrDefault(name, new Held(declared, null, false, List.of()));
      boolean gone = revoked.contains(name);
      Held kept = gone ? known.without(true) : known;
      all.put(name, new Held(declared, kept.value(), gone, kept.retired()));
    });
    held().forEach((name, known) -> {
      if (!all.containsKey(name) && known.hidden()) {
        Held kept = known.without(true);
        all.put(name, new Held(null, null, true, kept.retired()));
      }
    });
    hold(all);
  }

  /**
   * The sources to be read: of secrets that have no value, or one from elsewhere.
   *
   * @param moved where the value is found instead of where the manifest says
   */
  public Map<String, SecretRef> wanted(Map<String, SecretRef> moved) {
    Map<String, SecretRef> wanted = new LinkedHashMap<>();
    held().forEach((name, secret) -> {
      if (secret.declared() != null && !secret.revoked()) {
        SecretRef source = moved.getOrDefault(name, secret.declared().source());
        if (secret.value() == null || !secret.value().source().equals(source)) {
          wanted.put(name, source);
        }
      }
    });
    return wanted;
  }

  /** Whether a secret has a value, expired or not. */
  public boolean holds(String name) {
    return held(name).value() != null;
  }

  /** Whether a secret has a value, and that was found there. */
  public boolean holds(String name, SecretRef source) {
    Value value = held(name).value();
    return value != null && value.source().equals(source);
  }

  /** Puts a value in the place of the one before; its time to live begins now. */
  public void put(String name, String text, SecretRef source) {
    put(name, text, source, declared(name).ttl());
  }

  /**
   * Puts a value in the place of the one before.
   *
   * @param left how long it may still be used, null = always
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it is too short to be taken out of
   *     texts, {@link ErrorCode#NOT_FOUND} when no such secret is declared
   */
  public void put(String name, String text, SecretRef source, @Nullable Duration left) {
    Secret declared = declared(name);
    if (text.length() < Redactor.CHARS_MIN && !declared.expose()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "secret " + name + " is too short to be kept out of texts, expected at least "
              + Redactor.CHARS_MIN + " characters, or expose: true");
    }
    String token = token(text);
    Long end = left == null ? null : timers.nanos() + left.toNanos();
    Held known = held(name);
    List<String> retired = new ArrayList<>(known.retired());
    if (known.value() != null) {
      retired.add(known.value().token());
    }
    // A value that is read again pushes no other one out.
    retired.removeIf(old -> text(content().key(), old).equals(text));
    Value value = new Value(token, source, end);
    hold(name, new Held(declared, value, false, Held.newest(retired)));
  }

  /** Takes a secret out of use; its value is still kept out of texts. */
  public void revoke(String name) {
    Secret unused = declared(name);
    hold(name, held(name).without(true));
  }

  /**
   * Takes values out of texts from now on, that nobody may ask for.
   *
   * @param values by the name that stands for them; those too short to be told from other text are
   *     passed over
   */
  public void hide(Map<String, List<String>> values) {
    Map<String, Held> all = new LinkedHashMap<>(held());
    values.forEach((name, texts) -> {
      Held known = held(name);
      List<String> retired = new ArrayList<>(known.retired());
      for (String text : texts) {
        if (text.length() >= Redactor.CHARS_MIN
            && retired.stream().noneMatch(token -> text(content().key(), token).equals(text))) {
          retired.add(token(text));
        }
      }
      if (retired.size() > known.retired().size()) {
        all.put(
            name, new Held(known.declared(), known.value(), known.revoked(), Held.newest(retired)));
      }
    });
    if (!all.equals(held())) {
      hold(all);
    }
  }

  private String token(String text) {
    return Fernet.encrypt(
        content().key(),
        text.getBytes(StandardCharsets.UTF_8),
        timers.now(),
        random(Fernet.IV_BYTES));
  }

  /** Forgets every value and the key they were kept under. */
  public void empty() {
    Map<String, Held> all = new LinkedHashMap<>();
    held().forEach((name, secret) -> {
      if (secret.declared() != null) {
        all.put(name, new Held(secret.declared(), null, secret.revoked(), List.of()));
      }
    });
    content.set(Content.of(random(Fernet.KEY_BYTES), Collections.unmodifiableMap(all)));
  }

  /**
   * The value.
   *
   * @throws RuntimeFault {@link ErrorCode#SECRET_UNAVAILABLE} with the {@link #refusal}
   */
  public String value(String name) {
    String refusal = refusal(name);
    Value value = refusal == null ? held(name).value() : null;
    if (value == null) {
      throw new RuntimeFault(ErrorCode.SECRET_UNAVAILABLE, String.valueOf(refusal));
    }
    return text(content().key(), value.token());
  }

  /** The value for the vault in whose place this one was filled, also when its time is over. */
  public String handed(String name) {
    Value value = held(name).value();
    if (value == null) {
      throw new RuntimeFault(
          ErrorCode.SECRET_UNAVAILABLE, "secret " + name + " has no value to hand over");
    }
    return text(content().key(), value.token());
  }

  private static String text(byte[] key, String token) {
    return new String(Fernet.decrypt(key, token), StandardCharsets.UTF_8);
  }

  /** Why a secret cannot be used now, null when it can. */
  public @Nullable String refusal(String name) {
    if (!names().contains(name)) {
      return "there is no secret " + Json.quote(name) + ", expected one of " + names();
    }
    return switch (status(held(name))) {
      case ACTIVE -> null;
      case EXPIRED -> "secret " + name + " has expired, expected an operator to rotate it";
      case REVOKED -> "secret " + name + " is revoked, expected an operator to rotate it";
      case ABSENT -> "secret " + name + " has no value now";
    };
  }

  /** Why a secret may not be given to a tool in its arguments, null when it may. */
  public @Nullable String refusal(String name, String tool) {
    String refusal = refusal(name);
    if (refusal != null) {
      return refusal;
    }
    return declared(name).tools().stream().anyMatch(glob -> Glob.of(glob).matches(tool))
        ? null
        : "secret " + name + " is not for arguments of " + tool + ", expected the tool under its"
            + " 'tools' in the manifest";
  }

  /** Why one of the secrets that arguments name may not be given to a tool, null when all may. */
  public @Nullable String refusal(Json arguments, String tool) {
    for (String name : SecretHandles.in(arguments)) {
      String refusal = refusal(name, tool);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private Status status(Held secret) {
    Value value = secret.value();
    if (secret.revoked()) {
      return Status.REVOKED;
    }
    if (value == null) {
      return Status.ABSENT;
    }
    Long end = value.endNanos();
    return end != null && end - timers.nanos() <= 0 ? Status.EXPIRED : Status.ACTIVE;
  }

  /** The names that the manifest declares. */
  public List<String> names() {
    return held().entrySet().stream()
        .filter(entry -> entry.getValue().declared() != null)
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * What the manifest says of a secret.
   *
   * @throws RuntimeFault {@link ErrorCode#NOT_FOUND} when it says nothing
   */
  public Secret declared(String name) {
    Held secret = held().get(name);
    if (secret == null || secret.declared() == null) {
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND,
          "there is no secret " + Json.quote(name) + ", expected one of " + names());
    }
    return secret.declared();
  }

  private Held held(String name) {
    return held().getOrDefault(name, new Held(null, null, true, List.of()));
  }

  /** All, in the order of the manifest. */
  public List<Shown> shown() {
    List<Shown> all = new ArrayList<>();
    for (String name : names()) {
      Held secret = held(name);
      Value value = secret.value();
      Long end = value == null ? null : value.endNanos();
      all.add(new Shown(
          name,
          status(secret),
          value == null ? declared(name).source() : value.source(),
          end == null ? null : Duration.ofNanos(Math.max(0, end - timers.nanos())),
          declared(name).expose()));
    }
    return all;
  }

  /** Takes all values, earlier ones too, out of texts; but those that the model may see. */
  public Redactor redactor() {
    return content().redactor();
  }

  /** Takes also those values out that the model may see, but for the too short ones. */
  public Redactor strict() {
    Content now = content();
    return Redactor.of(() -> {
      Map<String, List<String>> values = Content.values(now.key(), now.held(), any -> true);
      values.replaceAll((name, all) ->
          all.stream().filter(text -> text.length() >= Redactor.CHARS_MIN).toList());
      return values;
    });
  }

  /** Takes those values out whose names begin so. */
  public Redactor redactor(String prefix) {
    Content now = content();
    return Redactor.of(() -> {
      Map<String, List<String>> values = Content.values(now.key(), now.held(), Held::hidden);
      values.keySet().removeIf(name -> !name.startsWith(prefix));
      return values;
    });
  }
}
