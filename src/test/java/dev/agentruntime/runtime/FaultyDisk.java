package dev.agentruntime.runtime;

import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.RealDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The machine's disk, whose syncs fail while it is told so. */
public final class FaultyDisk implements Disk {

  private final Disk real = new RealDisk();
  private final AtomicBoolean failing = new AtomicBoolean();

  private final AtomicBoolean full = new AtomicBoolean();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicReference<@Nullable CountDownLatch> stall = new AtomicReference<>();

  /** How many syncs wait for the end of {@link #stalled}. */
  int waiting() {
    return waiting.get();
  }

  /** Lets no new file of any size be made. */
  void full(boolean now) {
    full.set(now);
  }

  /** Lets no sync succeed. */
  public void failing(boolean now) {
    failing.set(now);
  }

  /** Lets no sync end until the answer is run. */
  public Runnable stalled() {
    CountDownLatch gate = new CountDownLatch(1);
    stall.set(gate);
    return () -> {
      stall.set(null);
      gate.countDown();
    };
  }

  /** Keeps the journal of a node on it. */
  public AgentRuntime.Builder under(AgentRuntime.Builder node) {
    return node.disk(this);
  }

  private void check() throws IOException {
    if (failing.get()) {
      throw new IOException("simulated: no space left on device");
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public boolean exists(Path path) {
    return real.exists(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    real.createDirectories(directory);
  }

  @Override
  public DiskFile openRead(Path file) throws IOException {
    return real.openRead(file);
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    return new Watched(real.openWrite(file));
  }

  @Override
  public void createZeroed(Path file, long size) throws IOException {
    check();
    if (full.get()) {
      throw new IOException("simulated: no space left on device");
    }
    real.createZeroed(file, size);
  }

  @Override
  public boolean createNew(Path file, byte[] content) throws IOException {
    return real.createNew(file, content);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    real.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    real.delete(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    real.forceDirectory(directory);
  }

  @Override
  public Lock lock(Path file) throws IOException {
    return real.lock(file);
  }

  private final class Watched implements DiskFile {
    private final DiskFile under;

    Watched(DiskFile under) {
      this.under = under;
    }

    @Override
    public int read(long position, byte[] target, int offset, int length) throws IOException {
      return under.read(position, target, offset, length);
    }

    @Override
    public void write(long position, byte[] source, int offset, int length) throws IOException {
      under.write(position, source, offset, length);
    }

    @Override
    public void force() throws IOException {
      check();
      CountDownLatch gate = stall.get();
      if (gate != null) {
        waiting.incrementAndGet();
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        } finally {
          waiting.decrementAndGet();
        }
      }
      under.force();
    }

    @Override
    public long size() throws IOException {
      return under.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      under.truncate(size);
    }

    @Override
    public void close() throws IOException {
      under.close();
    }
  }
}
