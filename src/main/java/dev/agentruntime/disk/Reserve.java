package dev.agentruntime.disk;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file of zeros that keeps room on a disk for the time when it is full. It is not freed then, it
 * is given another name: nobody can take the room in between. Calls may come from any thread, but
 * one at a time.
 */
public final class Reserve {

  private final Disk disk;
  private final Path directory;
  private final Path file;
  private final long size;

  /**
   * The file {@code reserve}, which may be there already.
   *
   * @param directory where it lies
   * @param size in bytes, 0 = there shall be none
   */
  public Reserve(Disk disk, Path directory, long size) {
    this.disk = disk;
    this.directory = directory;
    this.file = directory.resolve("reserve");
    this.size = size;
  }

  /** Makes it unless it is there; throws when there is no room for it. */
  public void make() throws IOException {
    if (size == 0 || isThere()) {
      return;
    }
    Path draft = directory.resolve("reserve.new");
    boolean made = false;
    try {
      disk.createZeroed(draft, size);
      disk.rename(draft, file);
      disk.forceDirectory(directory);
      made = true;
    } finally {
      if (!made) {
        disk.delete(draft);
      }
    }
  }

  /**
   * Gives its room to the file {@code target} in the same directory, which is all zeros then.
   *
   * @return false when there is no reserve
   */
  public boolean become(Path target) throws IOException {
    if (size == 0 || !disk.exists(file)) {
      return false;
    }
    disk.rename(file, target);
    disk.forceDirectory(directory);
    return true;
  }

  private boolean isThere() throws IOException {
    if (!disk.exists(file)) {
      return false;
    }
    try (Disk.DiskFile there = disk.openRead(file)) {
      return there.size() == size;
    }
  }
}
