package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README's table of what works in a manifest. */
class ReadmeKeysTest {

  @Test
  void namesEveryKeyOfATrigger() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    List<String> missing = Stream.of(
            TriggerReader.SHARED,
            CronTriggerReader.KEYS,
            WebhookTriggerReader.KEYS,
            WatchTriggerReader.KEYS,
            BusTriggerReader.EVENT,
            BusTriggerReader.MESSAGE,
            BusTriggerReader.CUSTOM)
        .flatMap(List::stream)
        .filter(key -> !readme.contains("`" + key + "`") && !readme.contains("`" + key + ": "))
        .toList();
    assertEquals(List.of(), missing);
  }
}
