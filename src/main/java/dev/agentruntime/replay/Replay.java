package dev.agentruntime.replay;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.fold.ImageDigest;
import dev.agentruntime.fold.ProcessImage;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Folds a process again from its journal and holds the result against the image it runs on. */
public final class Replay {

  private Replay() {}

  /**
   * Compares at the position of the live image; to be called on the process's context.
   *
   * @param durable completes when all that the live image holds is in the journal
   * @return {@code {"process","process_id","from","position","equal","digest","replayed",
   *     "differences"}}; {@code from} is the first entry folded, above 1 where compaction dropped
   *     what earlier ones said, and the newest checkpoint was begun with; of what differs, at most
   *     {@value ImageDifferences#SHOWN_MAX} places are named
   */
  public static Future<Json> check(Past past, ProcessImage live, Future<Void> durable) {
    Json here = ImageDigest.form(live);
    long position = live.sequence();
    Compared compared = new Compared();
    return durable
        .compose(done -> past.fold(position))
        .compose(again -> past.worker()
            .run(() -> compared.compare(here, ImageDigest.form(again.image())))
            .map(again.from()))
        .map(from -> {
          Map<String, Object> all = new LinkedHashMap<>();
          all.put("process", past.process().name().value());
          all.put("process_id", past.process().toString());
          all.put("from", from);
          all.put("position", position);
          all.put("equal", compared.live.equals(compared.replayed));
          all.put("digest", compared.live);
          all.put("replayed", compared.replayed);
          all.put("differences", compared.differences);
          return Json.of(all);
        });
  }

  /** Filled on the worker, read afterwards. */
  private static final class Compared {
    private String live = "";
    private String replayed = "";
    private List<Object> differences = List.of();

    void compare(Json here, Json again) {
      live = Hex.sha256(here.bytes());
      replayed = Hex.sha256(again.bytes());
      if (!live.equals(replayed)) {
        differences = ImageDifferences.between(here, again);
      }
    }
  }
}
