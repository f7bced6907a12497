package dev.agentruntime.access;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.time.Ids;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a node, in {@code <data>/<node>/tokens.json}:
 *
 * <pre>
 * {"format":1,"tokens":[
 *   {"id":"01KE...","name":"ops","scope":"admin","sha256":"ab12...",
 *    "created":"2026-11-26T08:00:00Z"}]}
 * </pre>
 *
 * <p>It is replaced whole (written beside, forced, renamed), so that a crash leaves the old one or
 * the new one. A file that cannot be understood lets nobody in rather than everybody. Blocks; never
 * called on an event loop. A change is made under the lock of a file beside it, so that none of
 * another process is lost.
 */
public final class TokenFile {

  /** Its name in the node's directory. */
  public static final String NAME = "tokens.json";

  private static final String LOCK = "tokens.lock";

  /** Who does something in the journal that no token did. */
  private static final Set<String> RESERVED =
      new TreeSet<>(Set.of(Caller.ANONYMOUS, "api", "code", "file", "lib", "manifest"));

  private static final int FORMAT = 1;
  private static final int TOKENS_MAX = 1_000;
  private static final int NAME_MAX = 64;
  private static final int BYTES_MAX = 1 << 20;

  private final Disk disk;
  private final Path file;
  private final InstantSource clock;
  private final Supplier<byte[]> random;

  /**
   * The tokens in a directory.
   *
   * @param node the node's directory
   * @param clock tells when a token was made
   * @param random draws 32 bytes that nobody can guess
   */
  public TokenFile(Disk disk, Path node, InstantSource clock, Supplier<byte[]> random) {
    this.disk = disk;
    this.file = node.resolve(NAME);
    this.clock = clock;
    this.random = random;
  }

  /** The node's directory. */
  Path home() {
    return Objects.requireNonNull(file.getParent());
  }

  /**
   * A token just made or rotated.
   *
   * @param token what is kept of it
   * @param secret the token itself, to be shown once
   */
  public record Made(Token token, String secret) {
    @Override
    public String toString() {
      return "Made[" + token.id() + "]";
    }
  }

  /**
   * All tokens, oldest first; none when there is no file.
   *
   * @throws RuntimeFault INVALID_CONFIG naming file and mend when it cannot be understood, STORAGE
   *     when it cannot be read
   */
  public List<Token> read() {
    if (!disk.exists(file)) {
      return List.of();
    }
    byte[] bytes;
    try (Disk.DiskFile open = disk.openRead(file)) {
      bytes = new byte[(int) Math.min(open.size(), BYTES_MAX)];
      int at = 0;
      while (at < bytes.length) {
        int read = open.read(at, bytes, at, bytes.length - at);
        if (read < 0) {
          break;
        }
        at += read;
      }
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.STORAGE, file + " cannot be read: " + e.getMessage(), e);
    }
    try {
      return parse(Json.parse(bytes).object());
    } catch (RuntimeFault | DateTimeParseException | ClassCastException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          file + " holds no tokens that this version understands (" + e.getMessage() + "); nobody"
              + " is let in by token until it is mended, or deleted and its tokens made anew",
          e);
    }
  }

  /**
   * Makes a token.
   *
   * @throws RuntimeFault INVALID_NAME for a name that is empty, too long or not printable ASCII;
   *     TOKEN_EXISTS when one that was not revoked has it, for by its name the journal says who did
   *     something; INVALID_REQUEST when there are a thousand already
   */
  public Made create(String name, Scope scope) {
    if (!name.matches("[ -~]{1," + NAME_MAX + "}") || name.isBlank()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_NAME,
          "token name, expected=1 to " + NAME_MAX + " printable ASCII characters, actual="
              + Json.quote(name));
    }
    if (RESERVED.contains(name) || name.startsWith("@")) {
      throw new RuntimeFault(
          ErrorCode.INVALID_NAME,
          "token name, expected=one that the runtime does not use for itself, as " + RESERVED
              + " and names that begin with @, actual=" + Json.quote(name));
    }
    return change(all -> {
      all.stream().filter(token -> token.name().equals(name)).findFirst().ifPresent(other -> {
        throw new RuntimeFault(
            ErrorCode.TOKEN_EXISTS,
            "token " + Json.quote(name) + " exists as " + other.id() + ", expected=another name;"
                + " token rotate gives that one a new secret, token revoke sets the name free");
      });
      if (all.size() >= TOKENS_MAX) {
        throw new RuntimeFault(
            ErrorCode.INVALID_REQUEST,
            "tokens, expected<=" + TOKENS_MAX + "; revoke those that nobody uses");
      }
      Made made = made(null, name, scope);
      all.add(made.token());
      return made;
    });
  }

  /**
   * Gives a token a new secret; the old one is worth nothing from now on.
   *
   * @throws RuntimeFault NOT_FOUND when there is no such token
   */
  public Made rotate(String id) {
    return change(all -> {
      Token old = find(all, id);
      Made made = made(old.id(), old.name(), old.scope());
      all.replaceAll(token -> token.id().equals(id) ? made.token() : token);
      return made;
    });
  }

  /**
   * Takes a token away.
   *
   * @throws RuntimeFault NOT_FOUND when there is no such token
   */
  public void revoke(String id) {
    boolean unused = change(all -> all.remove(find(all, id)));
  }

  /**
   * Reads, changes and writes while nobody else does.
   *
   * @throws RuntimeFault STORAGE when another process changes them at this moment
   */
  private <T> T change(Function<List<Token>, T> what) {
    Path lock = file.resolveSibling(LOCK);
    try {
      disk.createDirectories(file.resolveSibling("."));
      Disk.Lock held = disk.lock(lock);
      try {
        List<Token> all = new ArrayList<>(read());
        T done = what.apply(all);
        write(all);
        return done;
      } finally {
        held.close();
      }
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.STORAGE, lock + " cannot be locked: " + e.getMessage(), e);
    } catch (RuntimeFault e) {
      throw e.code() == ErrorCode.DIRECTORY_LOCKED
          ? new RuntimeFault(
              ErrorCode.STORAGE,
              file + " is being changed by somebody else; nothing was changed here, try again",
              e)
          : e;
    }
  }

  private Token find(List<Token> all, String id) {
    return all.stream()
        .filter(token -> token.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new RuntimeFault(
            ErrorCode.NOT_FOUND, "there is no token " + Json.quote(id) + " in " + file));
  }

  private Made made(@Nullable String known, String name, Scope scope) {
    String secret =
        Token.PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random.get());
    String digest = Token.digest(secret);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    String id = known == null ? Ids.derived(now, digest) : known;
    return new Made(new Token(id, name, scope, digest, now), secret);
  }

  private static List<Token> parse(Map<String, @Nullable Object> content) {
    if (!Long.valueOf(FORMAT).equals(content.get("format"))) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "format, expected=" + FORMAT + ", actual=" + content.get("format"));
    }
    if (!(content.get("tokens") instanceof List<?> list)) {
      throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "tokens, expected=a list");
    }
    List<Token> tokens = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof Map<?, ?> token)) {
        throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "a token, expected=an object");
      }
      tokens.add(new Token(
          text(token, "id"),
          text(token, "name"),
          Scope.of(text(token, "scope")),
          text(token, "sha256"),
          Instant.parse(text(token, "created"))));
    }
    return tokens;
  }

  private static String text(Map<?, ?> token, String key) {
    if (token.get(key) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new RuntimeFault(ErrorCode.INVALID_CONFIG, key + ", expected=a text");
  }

  private void write(List<Token> tokens) {
    List<Object> list = new ArrayList<>();
    for (Token token : tokens) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("id", token.id());
      one.put("name", token.name());
      one.put("scope", token.scope().word());
      one.put("sha256", token.digest());
      one.put("created", token.created().toString());
      list.add(one);
    }
    byte[] bytes = Json.of(Map.of("format", FORMAT, "tokens", list)).bytes();
    Path parent = file.toAbsolutePath().normalize().getParent();
    Path next = file.resolveSibling(NAME + ".new");
    try {
      disk.delete(next);
      boolean mine = disk.createNew(next, bytes);
      if (!mine) {
        throw new IOException(next + " was made by somebody else at the same time");
      }
      disk.rename(next, file);
      if (parent != null) {
        disk.forceDirectory(parent);
      }
    } catch (IOException e) {
      throw new RuntimeFault(ErrorCode.STORAGE, file + " cannot be written: " + e.getMessage(), e);
    }
  }
}
