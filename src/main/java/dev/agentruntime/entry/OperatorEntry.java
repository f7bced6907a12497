package dev.agentruntime.entry;

import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.Message;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Entries that say what people did, or what was done in their name. */
public sealed interface OperatorEntry extends EntryData {

  /**
   * An operator's word on dead letters.
   *
   * @param ids of dead letters: invocation ids, or ids of outbox items
   * @param fresh for {@code REDELIVERED}: as a new invocation instead of the next attempt
   */
  record DeadLetterHandled(List<String> ids, DeadLetterAction action, boolean fresh, String by)
      implements OperatorEntry {
    /** Keeps an unmodifiable copy. */
    public DeadLetterHandled {
      ids = List.copyOf(ids);
    }

    @Override
    public String kind() {
      return "dead_letter";
    }
  }

  /**
   * What an operator did through the control API, or was refused; kept by the node's system
   * process.
   *
   * @param who the token's name, or {@code anonymous}
   * @param from an IP address, empty for many
   * @param action method and path; method and pattern of the route where nobody looked further
   * @param status the HTTP status it was answered with
   * @param request the request's id, empty when none is known
   * @param more 0 = this is one request; otherwise so many of the kind, after the first
   */
  record OperatorAction(
      String who, String from, String action, int status, String request, long more)
      implements OperatorEntry {
    /** One request. */
    public OperatorAction(String who, String from, String action, int status, String request) {
      this(who, from, action, status, request, 0);
    }

    /** Of a request without an id. */
    public OperatorAction(String who, String from, String action, int status) {
      this(who, from, action, status, "");
    }

    /** So many more of the kind. */
    public OperatorAction andMore(long count) {
      return new OperatorAction(who, from, action, status, "", count);
    }

    @Override
    public String kind() {
      return "operator_action";
    }
  }

  /**
   * Conversation, context or both are again what they were after an earlier entry; nothing else is,
   * and nothing is deleted.
   *
   * @param to sequence of that entry
   * @param conversation what had been said then, oldest first; empty when it was not to go back
   * @param context the writes that bring back what was kept then; empty when it was not to
   * @param by who wanted it
   */
  record Rewound(
      long to, RewindMode mode, List<Message> conversation, List<ContextWrite> context, String by)
      implements OperatorEntry {
    /** Keeps unmodifiable copies. */
    public Rewound {
      conversation = List.copyOf(conversation);
      context = List.copyOf(context);
    }

    @Override
    public String kind() {
      return "rewind";
    }
  }

  /**
   * A secret was given to {@code run}, or its value is found at {@code source} from now on.
   *
   * @param by the tool, or who did it
   * @param run the id of a run, or of a call for a person; of what a fork did, the fork's name
   */
  record SecretAccess(String secret, String action, String by, String run, String source)
      implements OperatorEntry {

    /** Longest name that is kept of a secret that is asked for, in characters. */
    private static final int NAME_MAX = 64;

    /** A tool was given a secret, or not; what it asks for need not be the name of one. */
    public static SecretAccess of(String secret, String action, String tool, String run) {
      String name = secret.length() <= NAME_MAX ? secret : secret.substring(0, NAME_MAX);
      return new SecretAccess(name, action, tool, run, "");
    }

    @Override
    public String kind() {
      return "secret_access";
    }
  }

  /**
   * A verticle was deployed or deployed anew, or is gone; kept by the node's system process.
   *
   * @param spec what it was deployed with, null = it was undeployed
   * @param by the token's name, or the folder whose jar it is
   */
  record VerticleChanged(String name, @Nullable Json spec, String by) implements OperatorEntry {

    /** Begins the names under which the fold keeps them, which no trigger's id can. */
    public static final String CURSOR = "verticle:";

    @Override
    public String kind() {
      return "verticle";
    }

    /** What it changes among the cursors. */
    public void apply(Map<String, Json> cursors) {
      if (spec == null) {
        cursors.remove(CURSOR + name);
      } else {
        cursors.put(CURSOR + name, spec);
      }
    }
  }

  /** What was done with a dead letter. */
  enum DeadLetterAction {
    REDELIVERED,
    CLEARED
  }

  /** What goes back to where it was. */
  enum RewindMode {
    CONVERSATION,
    CONTEXT,
    BOTH
  }
}
