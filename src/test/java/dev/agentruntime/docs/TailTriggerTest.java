package dev.agentruntime.docs;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerBench;
import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.trigger.Trigger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;

/** The manual's type of trigger keeps the contract, as an author would show it. */
final class TailTriggerTest extends TriggerContract {

  @Override
  protected Source source() {
    return new Appended();
  }

  private final class Appended implements Source {

    private final TriggerBench bench = new TriggerBench(new TailTriggerType());
    private final Path file = create();
    private final TriggerConfig config = new TriggerConfig.Custom(
        "app-log", "tail", Json.of(Map.of("file", file.toString())), TriggerConfig.Rules.NONE);

    @Override
    public Trigger trigger() {
      return bench.trigger(config);
    }

    @Override
    public void fire(int firing) {
      try {
        Files.writeString(
            file, firing + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public int firing(TriggerEvent event) {
      return Integer.parseInt(String.valueOf(event.payload().value()));
    }

    @Override
    public boolean isAcknowledged(int firing) {
      Json cursor = sink.cursor("app-log");
      return cursor != null && cursor.value() instanceof Long seen && seen >= firing;
    }

    @Override
    public boolean isRefused(int firing) {
      return false;
    }

    @Override
    public void pass() {
      bench.pass(Duration.ofSeconds(1));
    }

    @Override
    public int held() {
      return bench.armed();
    }

    @Override
    public boolean breakStart() {
      delete();
      return true;
    }

    @Override
    public void mendStart() {
      try {
        Files.createFile(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      delete();
    }

    private Path create() {
      try {
        return Files.createTempFile("tail", ".log");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void delete() {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
