package dev.agentruntime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestReaderTest {

  static final String FULL = """
      version: "1.0"
      name: ci-assistant
      model: script:ci.yaml
      instructions: |
        You watch ${BRANCH:-main}.
      triggers:
        - type: webhook
          webhook_path: /push
          signature_scheme: github
          hmac_secret: ${HOOK_SECRET}
          allowed_sources: [10.0.0.0/8, "::1"]
        - type: cron
          id: nightly
          cron_expression: "0 3 * * *"
          cron_timezone: Europe/Berlin
      world:
        seen: 0
        team: {lead: ann, size: 3}
      context:
        writable_keys: [seen]
        conversation_max_messages: 20
      journal:
        level: full
      config:
        concurrency: 2
        idle_timeout: 90
        max_invocation_time: 500ms
        trigger_inbox_bytes: 1MiB
      """;

  @TempDir
  Path directory;

  @Test
  void readsEverythingItKnows() throws Exception {
    Files.writeString(directory.resolve("ci.yaml"), "rules:\n  - say: done\n");
    Path file = Files.writeString(directory.resolve("ci.agent"), FULL);
    Manifest manifest = new ManifestReader(Map.<String, String>of()::get).readFile(file);
    ProcessConfig config = manifest.config();
    assertEquals("You watch main.\n", config.instructions());
    assertEquals("{\"rules\":[{\"say\":\"done\"}]}", String.valueOf(config.script()));
    assertEquals(config, ManifestReader.fromResolved(manifest.resolved()));
    assertEquals(file.toString(), manifest.file());
    assertTrue(manifest.warnings().isEmpty());
  }
}
