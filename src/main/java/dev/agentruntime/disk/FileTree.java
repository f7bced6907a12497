package dev.agentruntime.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a directory tree shows without a file being opened. Everything here blocks, for ever on a
 * file system that hangs.
 *
 * <p>An implementation MUST:
 *
 * <ol>
 *   <li>follow no symbolic link, but those in the path of {@link #directory};
 *   <li>never open or read a file;
 *   <li>be safe for every thread.
 * </ol>
 */
public interface FileTree {

  /** What something is. */
  enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A pipe, a socket, a device. */
    SPECIAL
  }

  /**
   * What tells one state of a file from another.
   *
   * @param size in bytes
   * @param modified nanoseconds since 1970, as exact as the file system is
   * @param inode its number on its file system, 0 when there is none
   */
  record Version(long size, long modified, long inode) {

    /** {@code size-modified-inode}. */
    @Override
    public String toString() {
      return size + "-" + modified + "-" + inode;
    }

    /**
     * What {@link #toString} wrote.
     *
     * @throws NumberFormatException for anything else
     */
    public static Version of(String text) {
      // The time is negative for a file from before 1970.
      int first = text.indexOf('-');
      int last = text.lastIndexOf('-');
      if (first <= 0 || last <= first) {
        throw new NumberFormatException("no version: " + text);
      }
      return new Version(
          Long.parseLong(text.substring(0, first)),
          Long.parseLong(text.substring(first + 1, last)),
          Long.parseLong(text.substring(last + 1)));
    }
  }

  /**
   * Something in a directory.
   *
   * @param name its name; when the bytes of the name are no text, all that are not plain ASCII are
   *     written {@code \xhh} and a backslash twice
   */
  record Entry(String name, Path path, Kind kind, Version version) {}

  /**
   * The real path of a directory, which exists from then on.
   *
   * @param create whether it is made when it is not there, with those above it
   * @return null when it is not there
   * @throws IOException when it cannot be reached or made, or is no directory
   */
  @Nullable
  Path directory(Path path, boolean create) throws IOException;

  /** What is at a path, null when nothing is. */
  @Nullable
  Entry entry(Path path) throws IOException;

  /**
   * Shows what is in a directory, in no order; what vanishes meanwhile is left out.
   *
   * @param each answers whether to go on
   */
  void list(Path directory, Predicate<Entry> each) throws IOException;
}
