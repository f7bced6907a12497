package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A write or sync of the journal fails under load: nothing of that group is acknowledged or done,
 * and when the journal is open again the node goes on where it was, also when it is killed then.
 */
class JournalFailsUnderLoadIT extends OnASite {

  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, 2);

  @AfterEach
  void quiet() {
    load.abandon();
  }

  @ParameterizedTest
  @ValueSource(strings = {"beforeWrite", "afterWrite", "afterSync"})
  void goesOnAfterIt(String place) throws IOException {
    Resolver resolver =
        new Resolver(ledger, List.of(ALONE), new SplittableRandom(place.hashCode()));
    String name = "journal." + place + ":io-error@";
    try (RuntimeProcess node = site.startReady(name + 40 + "," + name + 120 + "," + name + 121)) {
      where.move(node.api());
      load.start(ALONE, 4);
      await("three failures and the journal open again after each", () -> {
        resolver.pass(node.api());
        return node.said().split("the journal is open again", -1).length > 2
            && load.accepted() > 60;
      });
      where.move(null);
      node.kill9();
    }
    assertTrue(load.refused.get() > 0, "nothing was refused while the journal was closed");
    try (RuntimeProcess node = site.startReady("")) {
      where.move(node.api());
      load.finish(MOMENT, () -> resolver.pass(node.api()));
      await("nothing left to do", () -> {
        resolver.pass(node.api());
        return node.api().isIdle(ALONE);
      });
      String image = node.api().image(ALONE);
      node.stop();
      try (RuntimeProcess next = site.startReady("")) {
        assertEquals(image, next.api().image(ALONE));
        next.stop();
      }
    }
    sent.addAll(load.deliveries);
    assertEquals(List.of(), List.copyOf(load.unexpected));
    assertFalse(sent.isEmpty());
    audit();
  }
}
