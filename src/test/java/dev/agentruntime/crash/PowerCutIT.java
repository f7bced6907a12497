package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import dev.agentruntime.rules.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The power goes: the node goes on with what the disk had, which is a copy of the file under a
 * mounted file system, made while the node was frozen. Its twin without privileges, on a simulated
 * disk, is {@code journal.FailStopTest} and {@code process.SimulationTest}.
 */
@Privileged
class PowerCutIT extends OnASite {

  private static final int CUTS = Integer.getInteger("cuts", 8);

  private final long seed = Long.getLong("seed", System.nanoTime() & 0xffff_ffffL);
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, seed);

  @AfterEach
  void quiet() {
    load.abandon();
  }

  @Test
  @Needs(Capability.LOOP_DEVICE)
  void whatWasAcknowledgedIsOnTheDisk() throws IOException {
    System.out.println("power cut: seed " + seed);
    Resolver resolver = new Resolver(ledger, List.of(ALONE), random.split());
    Path image = directory.resolve("disk-0");
    Mount.makeImage(image, 64);
    load.start(ALONE, 4);
    for (int cut = 1; cut <= CUTS; cut++) {
      Path copy = directory.resolve("disk-" + cut);
      live(image, copy, resolver);
      Files.delete(image);
      image = copy;
    }
    try (Mount disk = Mount.image(image, directory.resolve("mnt"))) {
      site = site(disk);
      try (RuntimeProcess node = site.startReady("")) {
        where.move(node.api());
        load.finish(MOMENT, () -> resolver.pass(node.api()));
        await("nothing left to do", () -> {
          resolver.pass(node.api());
          return node.api().isIdle(ALONE);
        });
        node.stop();
      }
      sent.addAll(load.deliveries);
      System.out.println("power cut: seed " + seed + ", cuts " + CUTS + ", accepted "
          + load.accepted() + ", in doubt " + resolver.resolved());
      assertEquals(List.of(), List.copyOf(load.unexpected));
      assertTrue(load.accepted() > CUTS, "too little was accepted");
      audit();
    }
  }

  private Site site(Mount disk) {
    Site there = new Site(disk.path().resolve("site"), ledger.url());
    there.agent(ALONE, 1);
    return there;
  }

  /** One life, up to the moment when the power goes. */
  private void live(Path image, Path copy, Resolver resolver) throws IOException {
    Duration life = Duration.ofMillis(200 + random.nextInt(1_200));
    try (Mount disk = Mount.image(image, directory.resolve("mnt"))) {
      try (RuntimeProcess node = site(disk).startReady("")) {
        where.move(node.api());
        long end = System.nanoTime() + life.toNanos();
        do {
          resolver.pass(node.api());
        } while (System.nanoTime() < end);
        Files.writeString(disk.path().resolve("unsynced"), "x");
        where.move(null);
        node.freeze();
        Files.copy(image, copy);
        node.kill9();
      }
    }
    // What nobody synced must be gone, or this test cuts nothing.
    try (Mount disk = Mount.image(copy, directory.resolve("mnt"))) {
      Path unsynced = disk.path().resolve("unsynced");
      assertTrue(!Files.exists(unsynced) || Files.size(unsynced) == 0, "it was a clean stop");
    }
  }
}
