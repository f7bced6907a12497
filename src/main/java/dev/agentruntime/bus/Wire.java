package dev.agentruntime.bus;

import dev.agentruntime.core.ProcessName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one node says to another: plain data, written as JSON by {@link WireCodec}. */
public sealed interface Wire {

  /** Asks a node how it is; answered with {@link Info}. */
  record InfoRequest() implements Wire {}

  /**
   * How a node is.
   *
   * @param state its word for itself: recovering, running, draining ...
   * @param processes how many processes it has
   * @param control {@code host:port} of its control API, null when it serves none
   * @param ingress {@code host:port} where webhooks arrive, null when it takes none
   */
  record Info(
      String state,
      int processes,
      @Nullable String control,
      @Nullable String ingress) implements Wire {}

  /**
   * Asks whether the asking node may deploy a name; answered with {@link ClaimAnswer}.
   *
   * @param name what it wants to deploy
   * @param member the id of the asking node's run
   */
  record ClaimRequest(ProcessName name, String member) implements Wire {}

  /** The word of one node on another's wish for a name. */
  record ClaimAnswer(Word word) implements Wire {

    /** What it may say. */
    public enum Word {
      /** It neither has the name nor wants it first. */
      GRANTED,
      /** It has a process of that name. */
      OWNED,
      /** It wants the name itself and goes first, or does not know yet what it has: ask again. */
      LATER
    }
  }

  /**
   * Asks which of these names are live on a node; answered with {@link Copies}.
   *
   * @param names the names the asking node has
   */
  record CopiesRequest(List<ProcessName> names) implements Wire {
    /** Keeps an unmodifiable copy. */
    public CopiesRequest {
      names = List.copyOf(names);
    }
  }

  /** Those of the names asked for that are live on the answering node. */
  record Copies(List<Copy> copies) implements Wire {
    /** Keeps an unmodifiable copy. */
    public Copies {
      copies = List.copyOf(copies);
    }
  }

  /**
   * Says which names that the asked node has too are live on the asking one, so that both judge the
   * same facts; answered with an empty {@link Copies} when it was carried out.
   *
   * @param member the id of the asking node's run
   * @param copies its live copies
   */
  record CopiesFound(String member, List<Copy> copies) implements Wire {
    /** Keeps an unmodifiable copy. */
    public CopiesFound {
      copies = List.copyOf(copies);
    }
  }

  /**
   * A live process.
   *
   * @param name its name
   * @param accepted whether it ever accepted a trigger
   */
  record Copy(ProcessName name, boolean accepted) {}
}
