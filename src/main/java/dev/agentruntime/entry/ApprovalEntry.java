package dev.agentruntime.entry;

import dev.agentruntime.core.InvocationId;
import dev.agentruntime.core.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Entries that say which calls of tools wait for a person, and what was decided. */
public sealed interface ApprovalEntry extends EntryData {

  /** The run the call belongs to. */
  InvocationId invocation();

  /** Which call of it, from 1. */
  int ordinal();

  /** Names the request; a request asked anew has another id. */
  String id();

  /**
   * A call is not made before somebody approves it.
   *
   * @param attempt of the run that asks
   * @param arguments as they may be shown, null when the policy shows none
   * @param digests of what is approved
   * @param reasons why somebody is asked: {@code tool, irreversible, cost, tainted}
   * @param expires when nobody need decide any more
   */
  record ApprovalRequest(
      InvocationId invocation,
      int ordinal,
      String id,
      int attempt,
      String tool,
      @Nullable Json arguments,
      Digests digests,
      List<String> reasons,
      Instant expires)
      implements ApprovalEntry {
    /** Keeps an unmodifiable copy. */
    public ApprovalRequest {
      reasons = List.copyOf(reasons);
    }

    @Override
    public String kind() {
      return "approval_request";
    }
  }

  /**
   * What an approval holds for; all SHA-256, hex.
   *
   * @param arguments of the exact arguments in canonical form
   * @param schema of the tool as the model was shown it, and of what may be done with it in doubt
   * @param policy of what the manifest says about approvals
   */
  record Digests(String arguments, String schema, String policy) {}

  /**
   * What became of a request.
   *
   * @param by who decided; {@code runtime} for what nobody decided
   * @param reason in words of who decided, may be empty
   * @param arguments what the tool is given instead of what the model said, null = the same
   */
  record ApprovalDecision(
      InvocationId invocation,
      int ordinal,
      String id,
      ApprovalOutcome outcome,
      String by,
      String reason,
      @Nullable Json arguments)
      implements ApprovalEntry {
    @Override
    public String kind() {
      return "approval_decision";
    }
  }

  /** What became of a request. */
  enum ApprovalOutcome {
    /** The call may be made. */
    APPROVED,
    /** The call is not made. */
    DENIED,
    /** Nobody decided in time. */
    EXPIRED,
    /** The run ended before anybody decided. */
    CANCELLED,
    /** The tool or the policy changed: what was asked, or decided, holds no more. */
    LAPSED
  }
}
