package dev.agentruntime.memory;

import dev.agentruntime.core.Json;
import dev.agentruntime.llm.EmbeddingSpending;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A store of memories with search. Safe on every thread; futures complete on the context that
 * asked.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>complete {@link #store} only when the memory is kept for as long as the store keeps
 *       anything, and find it from then on;
 *   <li>keep one memory per scope and id: storing an id again replaces what it said;
 *   <li>show, replace and forget memories of the scope it is asked for and of no other;
 *   <li>give content, tags, provenance and time back as they were stored;
 *   <li>answer a search with the nearest first, each with a score from 0 to 1, none below the least
 *       score asked for, and with no more than asked for;
 *   <li>forget everything that {@link Where} names and nothing else, and say how much that was;
 *   <li>list everything there is, page by page, each memory once;
 *   <li>never block the calling thread, and fail with {@code MEMORY_UNAVAILABLE} when the store
 *       cannot be reached or does not answer in a bounded time.
 * </ol>
 */
public interface Memory {

  /** Longest content of one memory, in characters. */
  int CONTENT_CHARS_MAX = 8_000;

  /** Longest id, in characters. */
  int ID_CHARS_MAX = 200;

  /** Longest text searched for, in characters; the rest is left out. */
  int QUERY_CHARS_MAX = 2_000;

  /** Most memories one search or page answers. */
  int RESULTS_MAX = 500;

  /** Keeps a memory, in place of one of the same id. */
  Future<Void> store(Scope scope, Memo memo);

  /**
   * The memories nearest to a text.
   *
   * @param max 1..{@link #RESULTS_MAX}
   * @param minScore 0..1
   */
  Future<List<Found>> search(Scope scope, String text, int max, double minScore);

  /**
   * A page of memories, in an order of the store's own.
   *
   * @param limit 1..{@link #RESULTS_MAX}
   * @param cursor of the page before, null = the first page
   */
  Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor);

  /** Forgets memories; answers how many. */
  Future<Integer> forget(Scope scope, Where where);

  /** The same memories, asked for on behalf of somebody who pays for their embedding. */
  default Memory countedBy(EmbeddingSpending spending) {
    return this;
  }

  /** A memory that a search found. */
  record Found(Memo memo, double score) {

    /** Characters of one memory that a model is shown. */
    private static final int SHOWN_MAX = 2_000;

    /** As a model sees it, on one line: where it comes from and whether that is to be trusted. */
    public Json line() {
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      all.put("id", memo.id());
      String content = memo.content();
      all.put("content", content.length() <= SHOWN_MAX ? content : cut(content));
      if (!memo.tags().isEmpty()) {
        all.put("tags", memo.tags());
      }
      all.put("time", memo.time().toString());
      all.put("origin", memo.from().origin());
      all.put("trust", memo.from().untrusted() ? "untrusted" : "trusted");
      all.put("score", Math.round(score * 1_000) / 1_000.0);
      return Json.of(all);
    }

    private static String cut(String content) {
      boolean pair = Character.isHighSurrogate(content.charAt(SHOWN_MAX - 1));
      return content.substring(0, pair ? SHOWN_MAX - 1 : SHOWN_MAX) + " [cut]";
    }
  }

  /**
   * A page.
   *
   * @param next the cursor of the page after it, null = there is none
   */
  record Page(List<Memo> memos, @Nullable String next) {
    /** Keeps an unmodifiable copy. */
    public Page {
      memos = List.copyOf(memos);
    }
  }

  /**
   * Which memories of a scope; what is null does not matter.
   *
   * @param origin as in {@link Memo.Provenance}
   * @param invocation as in {@link Memo.Provenance}
   */
  record Where(
      @Nullable String id,
      @Nullable String origin,
      @Nullable String invocation) {

    /** Every memory. */
    public static final Where ALL = new Where(null, null, null);

    /** The memory of one id. */
    public static Where id(String id) {
      return new Where(id, null, null);
    }

    /** Whether it names this memory. */
    public boolean holds(Memo memo) {
      return (id == null || id.equals(memo.id()))
          && (origin == null || origin.equals(memo.from().origin()))
          && (invocation == null || invocation.equals(memo.from().invocation()));
    }
  }
}
