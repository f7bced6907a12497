package dev.agentruntime.bus;

import dev.agentruntime.core.Emission;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Where a node says something for somebody outside any process. */
@FunctionalInterface
public interface Outlet {

  /**
   * Says it.
   *
   * @param source who says it, for subscribers that ask
   * @param key the same key says the same thing once for 7 days; null = always new
   * @return when it is durable; fails with KEY_REUSED for another body under the same key, with
   *     OVERLOADED when too much waits, KILLED while all work of the node is ended
   */
  Future<Receipt> say(Emission emission, String source, @Nullable String key);

  /**
   * It is durable.
   *
   * @param id the item's id, which every subscriber sees
   * @param takers how many subscribers it is owed to; 0 for a duplicate
   * @param duplicate whether the key was known
   */
  record Receipt(String id, int takers, boolean duplicate) {}
}
