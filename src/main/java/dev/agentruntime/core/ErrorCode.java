package dev.agentruntime.core;

/**
 * Every way in which the runtime refuses or fails, with the HTTP status that says it (RFC 9110) and
 * whether trying the same again later can succeed. Names are stable: they are the {@code code} of
 * problem JSON and of journaled errors.
 */
public enum ErrorCode {
  INVALID_JSON(400, false),
  INVALID_REQUEST(400, false),
  HEALTH_DISABLED(400, false),
  MISSION_DISABLED(400, false),
  /** The manifest has no inbox for messages of operators. */
  INBOX_DISABLED(400, false),
  /** The manifest names no secrets. */
  SECRETS_DISABLED(400, false),
  INVALID_SIGNATURE(401, false),
  UNAUTHORIZED(401, false),
  FORBIDDEN(403, false),
  FORBIDDEN_SOURCE(403, false),
  FORBIDDEN_ORIGIN(403, false),
  WRITE_DENIED(403, false),
  /** Code that is not on the allow-list of the node. */
  NOT_ALLOWED(403, false),
  NOT_FOUND(404, false),
  PROCESS_NOT_FOUND(404, false),
  INVOCATION_NOT_FOUND(404, false),
  EFFECT_NOT_FOUND(404, false),
  DEAD_LETTER_NOT_FOUND(404, false),
  MEMORY_NOT_FOUND(404, false),
  FORK_NOT_FOUND(404, false),
  TRIGGER_NOT_FOUND(404, false),
  VERTICLE_NOT_FOUND(404, false),
  APPROVAL_NOT_FOUND(404, false),
  METHOD_NOT_ALLOWED(405, false),
  REQUEST_TIMEOUT(408, true),
  PROCESS_EXISTS(409, false),
  PROCESS_STOPPED(409, false),
  VERTICLE_EXISTS(409, false),
  TOKEN_EXISTS(409, false),
  /** Processes that are up cannot do without it. */
  IN_USE(409, false),
  ILLEGAL_TRANSITION(409, false),
  /** An open run has seen what is to be taken back. */
  RUN_OPEN(409, true),
  VERSION_CONFLICT(409, false),
  EFFECT_NOT_IN_DOUBT(409, false),
  SECRET_UNAVAILABLE(409, false),
  /** Decided before, and otherwise. */
  APPROVAL_DECIDED(409, false),
  APPROVAL_EXPIRED(409, false),
  /** About something else than what waits now. */
  APPROVAL_STALE(409, false),
  /** Older than what the journal keeps. */
  NOT_KEPT(410, false),
  PRECONDITION_FAILED(412, false),
  PAYLOAD_TOO_LARGE(413, false),
  URI_TOO_LONG(414, false),
  UNSUPPORTED_MEDIA_TYPE(415, false),
  MISDIRECTED(421, false),
  INVALID_NAME(422, false),
  INVALID_CONFIG(422, false),
  MISSING_FIELD(422, false),
  UNKNOWN_FIELD(422, false),
  INVALID_TYPE(422, false),
  KEY_REUSED(422, false),
  INVALID_JAR(422, false),
  /** More than fits into the context of a process. */
  LIMIT_EXCEEDED(422, false),
  RATE_LIMITED(429, true),
  /** No message of an operator that waits may make room for another one. */
  MESSAGES_FULL(429, true),
  HEADERS_TOO_LARGE(431, false),
  INTERNAL(500, false),
  START_FAILED(500, false),
  /** What a process held did not end; the process is failed. */
  STOP_FAILED(500, false),
  RESTART_FAILED(500, false),
  RESTARTS_EXHAUSTED(500, false),
  INBOX_FULL(503, true),
  OVERLOADED(503, true),
  STARTING(503, true),
  /** An operator ended all work of the node; it takes none until that is lifted. */
  KILLED(503, true),
  DRAINING(503, true),
  JOURNAL_CLOSED(503, true),
  NOT_OWNER(503, true),
  UNREACHABLE(503, true),
  /** A journal line that must not be there; the process it belongs to is stopped. */
  JOURNAL_CORRUPT(500, false),
  /** A journal written in a format this version does not know. */
  JOURNAL_FORMAT(500, false),
  /** Another runtime holds the directory. */
  DIRECTORY_LOCKED(409, false),
  STORAGE(503, true),
  MODEL_UNAUTHORIZED(502, false),
  MODEL_REFUSED(502, false),
  MODEL_NOT_FOUND(502, false),
  /** The account has no money or quota left; waiting does not help, another model may. */
  MODEL_QUOTA_EXHAUSTED(502, false),
  MODEL_RATE_LIMITED(503, true),
  MODEL_UNAVAILABLE(503, true),
  MODEL_TIMEOUT(504, true),
  /** The model answered something that no turn can be made of. */
  MODEL_MALFORMED(502, true),
  TURNS_EXHAUSTED(500, false),
  /** More was wanted than the budget allows. */
  BUDGET_EXCEEDED(409, false),
  INVOCATION_TIMEOUT(504, false),
  TOOL_FAILED(500, false),
  TOOL_TIMEOUT(504, true),
  MEMORY_UNAVAILABLE(503, true),
  /** A lifecycle hook does not let it happen. */
  HOOK_BLOCKED(403, false),
  /** The JVM ended again and again while the run was at the same place. */
  POISON(500, false),
  CANCELLED(409, false);

  private final int status;
  private final boolean retryable;

  ErrorCode(int status, boolean retryable) {
    this.status = status;
    this.retryable = retryable;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** Whether the same request may succeed later. */
  public boolean retryable() {
    return retryable;
  }

  /** Whether another attempt of a run would come to this again, for it is handed the same steps. */
  public boolean isFinal() {
    return switch (this) {
      case INVOCATION_TIMEOUT,
          TURNS_EXHAUSTED,
          BUDGET_EXCEEDED,
          HOOK_BLOCKED,
          MODEL_MALFORMED,
          MODEL_UNAUTHORIZED,
          MODEL_REFUSED,
          MODEL_NOT_FOUND,
          MODEL_QUOTA_EXHAUSTED,
          INVALID_CONFIG -> true;
      default -> false;
    };
  }
}
