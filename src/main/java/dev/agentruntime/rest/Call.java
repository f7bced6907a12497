package dev.agentruntime.rest;

import dev.agentruntime.access.AccessControl;
import dev.agentruntime.access.Caller;
import dev.agentruntime.access.Scope;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request as a resource sees it: routed, within the limits, its body read.
 *
 * @param runtime whom it is about
 * @param access who may come in, for the resource that changes that
 * @param caller who asks
 * @param path the variable parts of the path, decoded once
 * @param query the parameters, each at most once
 * @param headers lower-case names, the first value of each
 * @param body the raw bytes, empty when there are none
 * @param note what is written down of it, unless it only looks
 */
public record Call(
    AgentRuntime runtime,
    AccessControl access,
    Caller caller,
    Map<String, String> path,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body,
    Note note) {

  public static final int LIMIT_MAX = 500;
  public static final int LIMIT_DEFAULT = 50;
  private static final int CURSOR_LENGTH_MAX = 512;
  private static final String FILE = "file:";

  /**
   * Lets a request name secrets: only with a token, also on loopback, and files elsewhere than in
   * the agents directory only with one of scope admin. Whoever could name any would have the node
   * read its environment and its disk to him.
   *
   * @param secrets as manifests write them, {@code ${VARIABLE}} or {@code file:PATH}
   * @throws RuntimeFault UNAUTHORIZED or FORBIDDEN
   */
  public void requireSecretsAllowed(Collection<String> secrets) {
    if (!secrets.isEmpty() && caller.digest() == null) {
      throw new RuntimeFault(
          ErrorCode.UNAUTHORIZED,
          "secrets need a token of scope deploy, also on loopback, expected=Authorization: Bearer"
              + " TOKEN; make one with the command token create NAME --scope deploy --data DIR, or"
              + " put the manifest into the agents directory");
    }
    for (String secret : secrets) {
      boolean outside = secret.startsWith(FILE)
          && (secret.startsWith("/", FILE.length())
              || List.of(secret.substring(FILE.length()).split("[/\\\\]", -1)).contains(".."));
      if (outside && !caller.scope().includes(Scope.ADMIN)) {
        throw new RuntimeFault(
            ErrorCode.FORBIDDEN,
            "secret " + Json.quote(secret)
                + " is outside the agents directory, expected=a file in it, or a token of scope"
                + " admin");
      }
    }
  }

  /** The process the path names. */
  public AgentProcess process() {
    return runtime.require(processName().value());
  }

  /** The name in the path; one that no process can have is one that no process has. */
  public ProcessName processName() {
    String name = pathPart("name");
    try {
      return new ProcessName(name);
    } catch (RuntimeFault e) {
      throw new RuntimeFault(
          ErrorCode.PROCESS_NOT_FOUND, "there is no process " + Json.quote(name), e);
    }
  }

  /** A variable part of the path. */
  public String pathPart(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalStateException("no path part " + name);
    }
    return value;
  }

  /** {@code limit}: how many items at most, 1..500, 50 when the caller does not say. */
  public int limit() {
    return limit(query.get("limit"));
  }

  public static int limit(@Nullable String text) {
    if (text == null) {
      return LIMIT_DEFAULT;
    }
    if (text.matches("[0-9]{1,3}")) {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= LIMIT_MAX) {
        return limit;
      }
    }
    throw new RuntimeFault(
        ErrorCode.INVALID_TYPE, "limit, expected=1.." + LIMIT_MAX + ", actual=" + Json.quote(text));
  }

  /** {@code cursor}: where to go on, null = at the beginning. */
  public @Nullable String cursor() {
    return cursor(query.get("cursor"));
  }

  public static @Nullable String cursor(@Nullable String text) {
    if (text != null && (text.isEmpty() || text.length() > CURSOR_LENGTH_MAX)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE, "cursor, expected=the next_cursor of an earlier answer");
    }
    return text;
  }

  /** A parameter that is {@code true} or {@code false}. */
  public boolean flag(String name, boolean missing) {
    return flag(name, query.get(name), missing);
  }

  public static boolean flag(String name, @Nullable String text, boolean missing) {
    if (text == null) {
      return missing;
    }
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
        throw new RuntimeFault(
            ErrorCode.INVALID_TYPE, name + ", expected=true or false, actual=" + Json.quote(text));
    };
  }

  /** The body as an object with no other fields than these. */
  public Fields fields(String... known) {
    return Fields.of(body, known);
  }

  /** Checks that the body says nothing. */
  public void requireNoFields() {
    Fields unused = fields();
  }
}
