package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A trigger that was answered with 202 runs, once, whatever ends the node and whenever; what was
 * done is not done again. {@code -Dkills=N} for more ends than 32, {@code -Dseed=S} to go through
 * one storm again.
 */
class AcceptedIsNeverLostIT {

  private static final String ALONE = "alone";
  private static final String CROWD = "crowd";
  private static final Map<String, Integer> PROCESSES = Map.of(ALONE, 1, CROWD, 4);

  private final long seed = Long.getLong("seed", System.nanoTime() & 0xffff_ffffL);
  private final int count = Integer.getInteger("kills", 32);
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, seed);

  @TempDir
  Path directory;

  private Ledger ledger;

  @BeforeEach
  void openTheBooks() {
    ledger = Ledger.start(directory);
  }

  @AfterEach
  void end() {
    load.abandon();
    ledger.close();
  }

  @Test
  void whateverEndsTheNode() throws IOException {
    System.out.println("crash: seed " + seed + ", " + count + " ends");
    Site site = new Site(directory.resolve("site"), ledger.url());
    PROCESSES.forEach(site::agent);
    Resolver resolver = new Resolver(ledger, List.copyOf(PROCESSES.keySet()), random.split());
    Storm storm = new Storm(site, where, resolver);
    load.start(ALONE, 2);
    load.start(CROWD, 3);
    List<String> violations = new ArrayList<>();
    try {
      storm.rage(Kill.plan(count, random.split()));
      List<Map<String, String>> images = new ArrayList<>();
      Map<String, List<Map<String, Object>>> listed = new TreeMap<>();
      Map<String, Map<?, ?>> contexts = new TreeMap<>();
      try (RuntimeProcess node = site.startReady("")) {
        where.move(node.api());
        load.finish(Duration.ofSeconds(60), () -> resolver.pass(node.api()));
        drain(node.api(), resolver);
        images.add(images(node.api()));
        node.kill9();
      }
      try (RuntimeProcess node = site.startReady("")) {
        images.add(images(node.api()));
        node.stop();
      }
      try (RuntimeProcess node = site.startReady("")) {
        images.add(images(node.api()));
        for (String process : PROCESSES.keySet()) {
          listed.put(process, node.api().invocations(process));
          contexts.put(process, node.api().context(process));
        }
        node.stop();
      }
      if (!images.get(0).equals(images.get(1)) || !images.get(0).equals(images.get(2))) {
        violations.add("I6 images before SIGKILL, after it, after a clean stop: " + images);
      }
      Audit audit = new Audit(Books.read(site.journal()), ledger.effects());
      PROCESSES.forEach((process, concurrency) -> {
        List<Load.Delivery> sent = load.deliveries.stream()
            .filter(delivery -> delivery.process().equals(process))
            .toList();
        audit.process(process, concurrency, sent);
        audit.listed(process, listed.getOrDefault(process, List.of()), sent);
        audit.context(process, contexts.getOrDefault(process, Map.of()));
      });
      audit.world();
      violations.addAll(audit.violations());
      load.unexpected.forEach(answer -> violations.add("answer " + answer));
      verifiedByItsOwnCommand(site);
    } finally {
      System.out.println("crash: seed " + seed + ", kills " + storm.kills() + " (failpoints not"
          + " reached: " + storm.missed() + "), SIGTERM " + storm.terms() + ", requests "
          + load.deliveries.size() + " in " + load.attempts + " attempts, accepted "
          + load.accepted() + ", duplicates " + load.duplicates + ", refused " + load.refused
          + ", broken off " + load.broken + ", in doubt " + resolver.resolved()
          + ", violations=" + violations.size());
    }
    assertEquals(List.of(), violations, () -> "seed " + seed + ", " + storm.history());
    assertTrue(
        load.accepted() * 10 >= load.deliveries.size() * 9L && load.accepted() >= count,
        "I10 accepted " + load.accepted() + " of " + load.deliveries.size());
    assertTrue(storm.kills() + storm.terms() == count, storm.history().toString());
  }

  private static void drain(NodeApi node, Resolver resolver) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    for (String process : PROCESSES.keySet()) {
      while (!node.isIdle(process)) {
        resolver.pass(node);
        if (System.nanoTime() > end) {
          throw new AssertionError(process + " does not drain: " + node.status(process));
        }
      }
    }
  }

  private static Map<String, String> images(NodeApi node) throws IOException {
    Map<String, String> images = new TreeMap<>();
    for (String process : PROCESSES.keySet()) {
      images.put(process, node.image(process));
    }
    return images;
  }

  private static void verifiedByItsOwnCommand(Site site) {
    try (Jvm verify = site.run("journal", "verify", "--data", site.data().toString())) {
      assertTrue(verify.awaitEnd(Duration.ofSeconds(60)), "journal verify does not end");
      assertEquals(0, verify.exitCode(), verify::said);
    }
  }
}
