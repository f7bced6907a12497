package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A small disk fills up under load and is freed again: new work is refused, an operator is still
 * obeyed, nothing acknowledged is lost, and it goes on by itself. The twin without privileges, on a
 * simulated disk, is {@code runtime.FullDiskTest}.
 */
@Privileged
class FullThenFreeIT extends OnASite {

  private static final int DISK_MIB = 12;
  private static final String OTHER = "other";

  private final Whereabouts where = new Whereabouts();
  private final Load load = new Load(where, 5);

  @AfterEach
  void quiet() {
    load.abandon();
  }

  @Test
  void goesOnByItself() throws IOException {
    try (Mount disk = Mount.tmpfs(directory.resolve("small"), DISK_MIB)) {
      site = new Site(disk.path().resolve("site"), ledger.url());
      site.agent(ALONE, 1);
      site.agent(OTHER, 1);
      Path ballast = disk.path().resolve("ballast");
      Resolver resolver = new Resolver(ledger, List.of(ALONE), new SplittableRandom(5));
      try (RuntimeProcess node = site.startReady("")) {
        NodeApi api = node.api();
        where.move(api);
        load.start(ALONE, 4);
        await("some that were accepted", () -> load.accepted() > 20);
        fill(ballast);
        await("a full disk", () -> {
          resolver.pass(api);
          return node.said().contains("the reserve is in use") && load.refused.get() > 0;
        });
        api.command(OTHER, "stop");
        assertEquals("stopped", api.status(OTHER).get("state"));
        assertTrue(api.get("/api/v1/processes/" + ALONE + "/journal").status() == 200);
        long before = load.accepted();
        Files.delete(ballast);
        await("work again", () -> {
          resolver.pass(api);
          return load.accepted() > before + 20;
        });
        where.move(null);
        node.kill9();
      }
      try (RuntimeProcess node = site.startReady("")) {
        where.move(node.api());
        load.finish(MOMENT, () -> resolver.pass(node.api()));
        await("nothing left to do", () -> {
          resolver.pass(node.api());
          return node.api().isIdle(ALONE);
        });
        assertEquals("stopped", node.api().status(OTHER).get("state"));
        node.stop();
      }
      sent.addAll(load.deliveries);
      assertEquals(List.of(), List.copyOf(load.unexpected));
      audit();
    }
  }

  /** Takes all room there is. */
  private static void fill(Path ballast) {
    byte[] block = new byte[4_096];
    try (var out = Files.newOutputStream(ballast, StandardOpenOption.CREATE_NEW)) {
      for (int i = 0; i < DISK_MIB << 8; i++) {
        out.write(block);
      }
      throw new AssertionError("the disk is larger than it should be");
    } catch (IOException full) {
      assertTrue(String.valueOf(full.getMessage()).contains("No space left"), full::toString);
    }
  }
}
