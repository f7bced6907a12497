package dev.agentruntime.source;

import dev.agentruntime.contract.TriggerContract;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.trigger.Trigger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory waits for no answer: what counts as taken is in the baseline. */
final class FileWatchTriggerContractTest extends TriggerContract {

  @Override
  protected Source source() {
    return new Drop();
  }

  private final class Drop implements Source {

    private final Path base = create();
    private final WatchFixture fixture = new WatchFixture(base);

    private static Path create() {
      try {
        return Files.createTempDirectory("drop");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Trigger trigger() {
      return fixture.trigger(WatchFixture.config());
    }

    @Override
    public void fire(int firing) {
      fixture.write("f" + firing, "x");
      var unused = fireAgain(firing);
    }

    @Override
    public boolean fireAgain(int firing) {
      boolean listens = fixture.opened > fixture.closed;
      if (listens) {
        fixture.tell("f" + firing);
      }
      return listens;
    }

    @Override
    public int firing(TriggerEvent event) {
      return Integer.parseInt(
          String.valueOf(event.payload().object().get("relative")).substring(1));
    }

    @Override
    public boolean isAcknowledged(int firing) {
      return new WatchBaseline("files", sink).files().containsKey("f" + firing);
    }

    @Override
    public boolean isRefused(int firing) {
      return false;
    }

    @Override
    public void pass() {
      fixture.advance(Duration.ofSeconds(1));
    }

    @Override
    public int held() {
      return fixture.opened - fixture.closed + fixture.timers.pending();
    }

    @Override
    public boolean breakStart() {
      try {
        Files.createFile(fixture.root);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return true;
    }

    @Override
    public void mendStart() {
      try {
        Files.delete(fixture.root);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try (Stream<Path> all = Files.walk(base)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
