package dev.agentruntime.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A file and the one thread that writes it: takes what has come together, one write, one
 * {@code fdatasync}, then hands over what waited for it.
 *
 * <p>The file is zeroed ahead, so that a sync writes no metadata, and used as a ring: at its end
 * the log begins again at 0. It is a yardstick and no store.
 *
 * @param <T> what waits for a record
 */
final class GroupLog<T> implements AutoCloseable {

  private static final int ZEROES = 1 << 20;

  private final FileChannel file;
  private final long capacity;
  private final Consumer<List<T>> whenDurable;
  private final Thread thread = new Thread(this::run, "limit-sync-log");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition some = lock.newCondition();
  private Group<T> filling = new Group<>();
  private Group<T> writing = new Group<>();
  private boolean closed;
  private long position;

  /** Records that go to disk together, and the answers that wait for them. */
  private static final class Group<T> {
    private byte[] bytes = new byte[1 << 16];
    private int length;
    private List<T> waiting = new ArrayList<>();

    void add(byte[] record) {
      if (length + record.length + 1 > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + record.length + 1));
      }
      System.arraycopy(record, 0, bytes, length, record.length);
      length += record.length;
      bytes[length++] = '\n';
    }
  }

  /**
   * Zeroes the file and starts the thread.
   *
   * @param capacity bytes of the ring
   * @param whenDurable called on the log's thread, once a group
   */
  GroupLog(Path path, long capacity, Consumer<List<T>> whenDurable) throws IOException {
    this.file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    this.capacity = capacity;
    this.whenDurable = whenDurable;
    for (long at = 0; at < capacity; at += ZEROES) {
      write(ByteBuffer.allocate((int) Math.min(ZEROES, capacity - at)), at);
    }
    file.force(true);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Adds a record to the next group.
   *
   * @param answer handed over when the record is durable; null = nobody waits
   */
  void append(byte[] record, @Nullable T answer) {
    lock.lock();
    try {
      boolean first = filling.length == 0;
      filling.add(record);
      if (answer != null) {
        filling.waiting.add(answer);
      }
      if (first) {
        some.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (take()) {
        List<T> waiting = writing.waiting;
        sync();
        writing.length = 0;
        writing.waiting = new ArrayList<>();
        whenDurable.accept(waiting);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the log cannot be written", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean take() throws InterruptedException {
    lock.lock();
    try {
      while (filling.length == 0 && !closed) {
        some.await();
      }
      Group<T> full = filling;
      filling = writing;
      writing = full;
      return full.length > 0;
    } finally {
      lock.unlock();
    }
  }

  private void sync() throws IOException {
    if (writing.length > capacity) {
      throw new IOException("a group of " + writing.length + " B, expected=at most " + capacity);
    }
    if (position + writing.length > capacity) {
      position = 0;
    }
    write(ByteBuffer.wrap(writing.bytes, 0, writing.length), position);
    file.force(false);
    position += writing.length;
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    long to = at;
    while (bytes.hasRemaining()) {
      to += file.write(bytes, to);
    }
  }

  /** Writes what is left and ends the thread. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      some.signal();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    file.close();
  }
}
