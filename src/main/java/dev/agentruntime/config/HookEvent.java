package dev.agentruntime.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The points in the life of a process at which hooks are called. */
public enum HookEvent {
  /** A process started. */
  SESSION_START,
  /** A process stopped or failed. */
  SESSION_END,
  /** A run is about to ask its model for the first time; may be blocked. */
  USER_PROMPT_SUBMIT,
  /** A tool is about to be called; may be blocked. */
  PERMISSION_REQUEST,
  /** A call of a tool was denied. */
  PERMISSION_DENIED,
  /** Another process is about to be asked; may be blocked. */
  SUBAGENT_START,
  /** Another process answered, or did not. */
  SUBAGENT_STOP,
  /** A conversation is about to be summarised. */
  PRE_COMPACT,
  /** A conversation was summarised. */
  POST_COMPACT,
  /** A watched file changed. */
  FILE_CHANGED,
  /** Another manifest is about to be in force; may be blocked. */
  CONFIG_CHANGE,
  /** An event was accepted, for which a run will begin. */
  TASK_CREATED,
  /** A run ended. */
  TASK_COMPLETED;

  /** As it is written, in lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a hook can keep it from happening. */
  public boolean canBlock() {
    return switch (this) {
      case USER_PROMPT_SUBMIT, PERMISSION_REQUEST, SUBAGENT_START, CONFIG_CHANGE -> true;
      default -> false;
    };
  }

  /** All words. */
  public static List<String> words() {
    return Arrays.stream(values()).map(HookEvent::word).toList();
  }
}
