package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a second start makes of manifests that are not what they were. */
class ManifestChangeAtStartIT extends OnASite {

  private static final String FILE = ALONE + ".agent";

  @Test
  void changedBrokenMissingAndBack() throws IOException {
    try (RuntimeProcess node = site.startReady("")) {
      works(node, 1, 1);
      node.kill9();
    }
    site.write(FILE, Site.manifest(ALONE, 1, "Keep other books."));
    try (RuntimeProcess node = site.startReady("")) {
      works(node, 2, 2);
      node.stop();
    }
    site.write(FILE, "name: alone\nconcurrency: [\n");
    try (RuntimeProcess node = site.startReady("")) {
      String problem = Answers.text(node.api().status(ALONE), "manifest_problem");
      assertTrue(problem.contains(FILE), problem);
      works(node, 3, 2);
      node.kill9();
    }
    Files.delete(site.agents().resolve(FILE));
    try (RuntimeProcess node = site.startReady("")) {
      Map<String, ?> status = node.api().status(ALONE);
      assertEquals("stopped", status.get("state"));
      assertEquals("manifest-missing", status.get("reason"));
      assertEquals(409, node.api().deliver(ALONE, "late", "{}").join().status());
      node.kill9();
    }
    site.agent(ALONE, 1);
    try (RuntimeProcess node = site.startReady("")) {
      works(node, 4, 3);
      assertEquals(
          Map.of("slot-1", 1L, "slot-2", 2L, "slot-3", 3L, "slot-4", 4L),
          node.api().context(ALONE));
      node.stop();
    }
    audit();
  }

  @Test
  void anAbsentDirectoryIsRefused() throws IOException {
    try (RuntimeProcess node = site.startReady("")) {
      node.stop();
    }
    Path agents = site.agents();
    Files.move(agents, agents.resolveSibling("elsewhere"));
    try (RuntimeProcess node = site.start("")) {
      assertTrue(node.awaitEnd(MOMENT), "it started without its agents directory");
      assertEquals(1, node.exitCode(), node::said);
      assertTrue(node.said().contains("there is no agents directory"), node::said);
      assertTrue(node.said().contains(ALONE), node::said);
    }
    Files.move(agents.resolveSibling("elsewhere"), agents);
    try (RuntimeProcess node = site.startReady("")) {
      works(node, 1, 1);
      node.stop();
    }
    audit();
  }

  /** It runs on this version of its manifest, and takes an event. */
  private void works(RuntimeProcess node, long n, long version) throws IOException {
    accept(node.api(), event(n, "one"));
    awaitIdle(node.api());
    Map<String, ?> status = node.api().status(ALONE);
    assertEquals("running", status.get("state"), status::toString);
    Map<?, ?> manifest = (Map<?, ?>) status.get("manifest");
    assertEquals(version, manifest == null ? null : manifest.get("version"));
    if (version != 2 || n == 2) {
      assertNull(status.get("manifest_problem"));
    }
  }
}
