package dev.agentruntime.crash;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * How one life of the node ends.
 *
 * @param how by which hand
 * @param failpoints what it is started with, may be empty
 * @param after how long it lives, at most where a failpoint is to end it
 */
record Kill(How how, String failpoints, Duration after) {

  /** Ends of a node. */
  enum How {
    /** SIGKILL at some instant. */
    AT_RANDOM,
    /** It halts itself where it was told to. */
    FAILPOINT,
    /** SIGTERM, which must end it cleanly. */
    SIGTERM
  }

  private static final Duration FAILPOINT_LIMIT = Duration.ofSeconds(4);

  /** A failpoint and the highest count at which it is hit. */
  private record Place(String name, int upTo) {}

  private static final List<Place> PLACES = List.of(
      new Place("http.body.mid:halt", 40),
      new Place("inbox.afterWrite:halt", 30),
      new Place("inbox.afterSync:halt", 30),
      new Place("dispatch.before:halt", 20),
      new Place("llm.before:halt", 40),
      new Place("llm.afterAnswer:halt", 40),
      new Place("tool.before:halt", 20),
      new Place("tool.afterCall:halt", 20),
      new Place("ack.before:halt", 20),
      new Place("journal.beforeWrite:halt", 120),
      new Place("journal.afterWrite:halt", 120),
      new Place("journal.afterSync:halt", 120),
      new Place("journal.beforeRoll:halt", 1),
      new Place("journal.afterRoll:halt", 1),
      new Place("journal.recovery.read:halt", 200),
      new Place("journal.beforeWrite:torn", 120));

  /** How many kinds of ends there are besides the random ones. */
  static final int KINDS = PLACES.size() + 2;

  /** So many ends, every kind among them when there is room, in an order of chance. */
  static List<Kill> plan(int count, SplittableRandom random) {
    List<Kill> plan = new ArrayList<>();
    while (plan.size() < count) {
      List<Kill> round = new ArrayList<>();
      PLACES.forEach(place -> round.add(at(place, random)));
      round.add(new Kill(How.SIGTERM, "", millis(random, 600)));
      // Killed while it reads what the kill before left, and again.
      round.add(new Kill(How.AT_RANDOM, "", Duration.ZERO));
      int others = round.size();
      for (int i = 0; i < others * 2 / 3; i++) {
        round.add(new Kill(How.AT_RANDOM, "", millis(random, 700)));
      }
      Collections.shuffle(round, new Random(random.nextLong()));
      plan.addAll(round);
    }
    return plan.subList(0, count);
  }

  private static Kill at(Place place, SplittableRandom random) {
    String torn = place.name().endsWith(":torn") ? "=" + random.nextInt(2_000) : "";
    return new Kill(
        How.FAILPOINT,
        place.name() + torn + "@" + (1 + random.nextInt(place.upTo())),
        FAILPOINT_LIMIT);
  }

  private static Duration millis(SplittableRandom random, int below) {
    return Duration.ofMillis(random.nextInt(below));
  }

  @Override
  public String toString() {
    return how + (failpoints.isEmpty() ? " after " + after.toMillis() + " ms" : " " + failpoints);
  }
}
