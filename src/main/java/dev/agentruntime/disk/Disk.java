package dev.agentruntime.disk;

import dev.agentruntime.core.RuntimeFault;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What the runtime asks of a file system. {@link RealDisk} is the machine's; a simulation loses,
 * tears and stalls on purpose.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>keep what was written before a {@link DiskFile#force} that returned, through the loss of
 *       the JVM and of power; before that, any part of it may be lost or be zeros;
 *   <li>keep names made by {@link #createZeroed}, {@link #createNew} and {@link #rename}, and
 *       forget names taken by {@link #delete}, only from the next {@link #forceDirectory} on;
 *   <li>throw an {@link IOException} for what the machine refuses, and never try again by itself;
 *   <li>read zeros where a file was zeroed and not written since;
 *   <li>grow a file that is written beyond its end;
 *   <li>give a lock to one holder at a time, over all JVMs of the machine, and free it when its
 *       holder dies.
 * </ol>
 *
 * <p>Every method may block; none is called on an event loop. Methods may be called from any
 * thread; a {@link DiskFile} takes one writer and any number of readers.
 */
public interface Disk {

  /** The names in a directory, sorted; empty when there is no such directory. */
  List<String> list(Path directory) throws IOException;

  /** Whether something has that name. */
  boolean exists(Path path);

  /** Makes a directory and what is missing above it, and forces what it made. */
  void createDirectories(Path directory) throws IOException;

  /** Opens a file that exists, for reading only. */
  DiskFile openRead(Path file) throws IOException;

  /** Opens a file that exists, for reading and writing. */
  DiskFile openWrite(Path file) throws IOException;

  /**
   * Creates a file of zeros, with the blocks behind them written and forced, replacing one of that
   * name. The name itself is safe only after {@link #forceDirectory}.
   *
   * @param size in bytes
   */
  void createZeroed(Path file, long size) throws IOException;

  /**
   * Creates a file with its content in one step: either this caller made it whole, or somebody else
   * had made it before.
   *
   * @return false when a file of that name existed; it is left as it is
   */
  boolean createNew(Path file, byte[] content) throws IOException;

  /** Renames within one directory, replacing a file of the new name. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file; one that is not there is no error. */
  void delete(Path file) throws IOException;

  /** Makes names in a directory safe. */
  void forceDirectory(Path directory) throws IOException;

  /**
   * Takes the lock that a file stands for, and writes the id of this JVM's process into it.
   *
   * @throws RuntimeFault {@code DIRECTORY_LOCKED}, naming the holder's process id, when it is taken
   */
  Lock lock(Path file) throws IOException;

  /** An open file. */
  interface DiskFile extends Closeable {

    /** Reads at most {@code length} bytes; -1 at the end of the file. */
    int read(long position, byte[] target, int offset, int length) throws IOException;

    /** Writes all of them. */
    void write(long position, byte[] source, int offset, int length) throws IOException;

    /** Makes what was written safe: the data, and of its description what reading it back needs. */
    void force() throws IOException;

    /** The length in bytes. */
    long size() throws IOException;

    /** Cuts everything from {@code size} on. */
    void truncate(long size) throws IOException;
  }

  /** A lock held; closing it lets go. */
  interface Lock extends Closeable {}
}
