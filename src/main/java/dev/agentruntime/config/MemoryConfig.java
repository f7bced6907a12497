package dev.agentruntime.config;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The long-term memory of a process.
 *
 * @param provider which store; default {@code lucene}
 * @param collection the part of the store; default {@code agent_memory}
 * @param persistDirectory for {@code lucene}: a directory of the node's memory directory, null =
 *     its own default
 * @param userId on whose behalf is remembered; default {@code default}
 * @param autoStore whether the exchange of each completed run is stored; default false
 * @param max most memories recalled before a run, 1..100; default 5
 * @param minScore least score of a recalled memory, 0..1; default 0
 * @param timeout for a recall, 10 ms..5 min; a run that waited so long goes on without; default 5 s
 */
public record MemoryConfig(
    Provider provider,
    String collection,
    @Nullable String persistDirectory,
    String userId,
    boolean autoStore,
    int max,
    double minScore,
    Duration timeout) {

  /** As with an empty {@code memory} section. */
  public static final MemoryConfig DEFAULT = new MemoryConfig(
      Provider.LUCENE, "agent_memory", null, "default", false, 5, 0, Duration.ofSeconds(5));

  /** Where memories are kept. */
  public enum Provider {
    /** In the node's data directory. */
    LUCENE,
    /** On a Chroma server. */
    CHROMA,
    /** On the Mem0 platform. */
    MEM0,
    /** In this JVM, until its end. */
    IN_MEMORY;

    /** As manifests write it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
