package dev.agentruntime.sim;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that a seed makes fail: {@link #crash} loses or tears what was not forced,
 * {@link #failAt} makes a call fail, and a failed force drops what it should have kept, as Linux
 * does. For one thread.
 */
public final class SimDisk implements Disk {

  private final Random random;
  private final TreeMap<Path, Content> names = new TreeMap<>();
  private TreeMap<Path, Content> safeNames = new TreeMap<>();
  private final Set<Path> locks = new HashSet<>();
  private Runnable onForce = () -> {};
  private long mutations;
  private long failFrom = Long.MAX_VALUE;
  private long failTo = Long.MAX_VALUE;
  private long forces;
  private long room = Long.MAX_VALUE;

  /** An empty disk. */
  public SimDisk(long seed) {
    this.random = new Random(seed);
  }

  /** Runs {@code action} before each force of a file: to let virtual time pass, or to look. */
  public void onForce(Runnable action) {
    onForce = action;
  }

  /** How many calls so far could have failed: writes, forces, creations, renames, deletions. */
  public long mutations() {
    return mutations;
  }

  /** How many forces of files so far. */
  public long forces() {
    return forces;
  }

  /** Makes the {@code n}-th mutating call from now on fail, and {@code times - 1} after it. */
  public void failAt(long n, long times) {
    failFrom = mutations + n;
    failTo = failFrom + times;
  }

  /** Makes the disk so large: what wants more than that is refused, as with ENOSPC. */
  public void room(long bytes) {
    room = bytes;
  }

  private void requireRoom(long more) throws IOException {
    long used = 0;
    for (Content content : names.values()) {
      used += content.now.length;
    }
    if (more > 0 && used + more > room) {
      throw new IOException("No space left on device");
    }
  }

  /** Lets all calls succeed again. */
  public void heal() {
    failFrom = Long.MAX_VALUE;
    failTo = Long.MAX_VALUE;
  }

  /**
   * Cuts the power: of every write that was not forced any part may be there, names that were not
   * forced may be, locks are free.
   */
  public void crash() {
    TreeMap<Path, Content> after = new TreeMap<>(safeNames);
    names.forEach((path, content) -> {
      if (!safeNames.containsKey(path) && random.nextBoolean()) {
        after.put(path, content);
      }
    });
    names.clear();
    names.putAll(after);
    names.values().forEach(content -> content.crash(random));
    safeNames = new TreeMap<>(names);
    locks.clear();
    heal();
  }

  /** Ends the process only: everything written is there, locks are free. */
  public void kill() {
    locks.clear();
    heal();
  }

  /** The bytes of a file as a reader sees them now. */
  public byte[] bytes(Path file) {
    return content(file).now.clone();
  }

  /** Puts a file there, safe. */
  public void put(Path file, byte[] bytes) {
    Content content = new Content();
    content.now = bytes.clone();
    content.safe = bytes.clone();
    names.put(file, content);
    safeNames.put(file, content);
  }

  @Override
  public List<String> list(Path directory) {
    List<String> found = new ArrayList<>();
    for (Path path : names.keySet()) {
      if (directory.equals(path.getParent())) {
        found.add(String.valueOf(path.getFileName()));
      }
    }
    return found;
  }

  @Override
  public boolean exists(Path path) {
    return names.containsKey(path);
  }

  @Override
  public void createDirectories(Path directory) {}

  @Override
  public DiskFile openRead(Path file) throws IOException {
    return openWrite(file);
  }

  @Override
  public DiskFile openWrite(Path file) throws IOException {
    Content content = names.get(file);
    if (content == null) {
      throw new NoSuchFileException(file.toString());
    }
    return new Open(content);
  }

  @Override
  public void createZeroed(Path file, long size) throws IOException {
    Content content = new Content();
    names.put(file, content);
    mutate("create " + file);
    requireRoom(size);
    content.now = new byte[(int) size];
    content.safe = content.now.clone();
  }

  @Override
  public boolean createNew(Path file, byte[] bytes) throws IOException {
    mutate("create " + file);
    if (names.containsKey(file)) {
      return false;
    }
    Content content = new Content();
    content.now = bytes.clone();
    content.safe = bytes.clone();
    names.put(file, content);
    return true;
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    mutate("rename " + from);
    Content content = names.remove(from);
    if (content == null) {
      throw new FileNotFoundException(from.toString());
    }
    names.put(to, content);
  }

  @Override
  public void delete(Path file) throws IOException {
    mutate("delete " + file);
    names.remove(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    mutate("force " + directory);
    safeNames.keySet().removeIf(path -> directory.equals(path.getParent()));
    names.forEach((path, content) -> {
      if (directory.equals(path.getParent())) {
        safeNames.put(path, content);
      }
    });
  }

  @Override
  public Lock lock(Path file) {
    if (!locks.add(file)) {
      throw new RuntimeFault(ErrorCode.DIRECTORY_LOCKED, file + " is held by pid 1");
    }
    return () -> locks.remove(file);
  }

  private Content content(Path file) {
    Content content = names.get(file);
    if (content == null) {
      throw new IllegalArgumentException("no file " + file);
    }
    return content;
  }

  private void mutate(String what) throws IOException {
    mutations++;
    if (mutations >= failFrom && mutations < failTo) {
      throw new IOException("simulated: " + what);
    }
  }

  /** A write that was not forced yet. */
  private record Write(int position, byte[] bytes) {}

  private static final class Content {
    private byte[] now = new byte[0];
    private byte[] safe = new byte[0];
    private final List<Write> unforced = new ArrayList<>();

    void take(long position, byte[] source, int offset, int length) {
      Write write = new Write((int) position, Arrays.copyOfRange(source, offset, offset + length));
      unforced.add(write);
      now = apply(now, write, 0, length);
    }

    void keep() {
      for (Write write : unforced) {
        safe = apply(safe, write, 0, write.bytes.length);
      }
    }

    void crash(Random random) {
      now = safe.clone();
      for (Write write : unforced) {
        switch (random.nextInt(4)) {
          case 0 -> {}
          case 1 -> now = apply(now, write, 0, write.bytes.length);
          case 2 -> now = apply(now, write, 0, random.nextInt(write.bytes.length + 1));
          default -> sectors(write, random);
        }
      }
      unforced.clear();
      safe = now.clone();
    }

    /** Sectors reach the platter in any order. */
    private void sectors(Write write, Random random) {
      int at = 0;
      while (at < write.bytes.length) {
        int end = Math.min(write.bytes.length, at + 512 - (write.position + at) % 512);
        if (random.nextBoolean()) {
          now = apply(now, write, at, end);
        }
        at = end;
      }
    }

    static byte[] apply(byte[] target, Write write, int from, int to) {
      byte[] out = target.length >= write.position + to
          ? target
          : Arrays.copyOf(target, write.position + to);
      System.arraycopy(write.bytes, from, out, write.position + from, to - from);
      return out;
    }
  }

  private final class Open implements DiskFile {
    private @Nullable Content content;

    Open(Content content) {
      this.content = content;
    }

    private Content open() throws IOException {
      Content there = content;
      if (there == null) {
        throw new IOException("closed");
      }
      return there;
    }

    @Override
    public int read(long position, byte[] target, int offset, int length) throws IOException {
      byte[] bytes = open().now;
      if (position >= bytes.length) {
        return -1;
      }
      int count = (int) Math.min(length, bytes.length - position);
      System.arraycopy(bytes, (int) position, target, offset, count);
      return count;
    }

    @Override
    public void write(long position, byte[] source, int offset, int length) throws IOException {
      Content there = open();
      try {
        mutate("write");
        requireRoom(position + length - there.now.length);
      } catch (IOException e) {
        there.take(position, source, offset, random.nextInt(length + 1));
        throw e;
      }
      there.take(position, source, offset, length);
    }

    @Override
    public void force() throws IOException {
      Content there = open();
      onForce.run();
      forces++;
      try {
        mutate("force");
        there.keep();
      } finally {
        // After a failed force the pages count as clean: a later one keeps nothing of them.
        there.unforced.clear();
      }
    }

    @Override
    public long size() throws IOException {
      return open().now.length;
    }

    @Override
    public void truncate(long size) throws IOException {
      Content there = open();
      mutate("truncate");
      there.now = Arrays.copyOf(there.now, (int) Math.min(size, there.now.length));
      there.safe = Arrays.copyOf(there.safe, (int) Math.min(size, there.safe.length));
    }

    @Override
    public void close() {
      content = null;
    }
  }
}
