package dev.agentruntime.disk;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files below a root that somebody may read who may read nothing else. A path is resolved to where
 * it really leads, which must be inside its mount and the root, and then walked from the root
 * without following a link, so that a link put there meanwhile leads nowhere. Hidden files,
 * manifests and what is no plain file are not there at all. Everything here blocks. Safe on every
 * thread.
 *
 * @param root what mounts are relative to
 */
public record MountedFiles(Path root) {

  /** Most bytes of one reading. */
  public static final int READ_BYTES_MAX = 64 << 10;

  /** Most entries of one listing. */
  public static final int ENTRIES_MAX = 500;

  /** Of a larger directory the first in no order are looked at. */
  private static final int LOOKED_AT_MAX = 10_000;

  /**
   * A piece of a text.
   *
   * @param next where the rest begins, -1 at the end
   * @param size of the file, in bytes
   */
  public record Piece(String text, long offset, long next, long size) {}

  /** Something in a directory; the size of a directory is -1. */
  public record Entry(String name, long size) {}

  /** What is in a directory, by name; {@code more} when it is not all. */
  public record Listing(List<Entry> entries, boolean more) {}

  private interface Work<T> {
    T on(Opened opened) throws IOException;
  }

  private record Goal<T>(Path file, String inner, Work<T> work) {}

  /** Where a path leads: a name in an open directory. */
  private record Opened(
      Path path, @Nullable SecureDirectoryStream<Path> directory, BasicFileAttributes attributes) {

    SeekableByteChannel channel() throws IOException {
      Set<? extends OpenOption> options =
          Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      return directory == null
          ? Files.newByteChannel(path, options)
          : directory.newByteChannel(name(), options);
    }

    private Path name() {
      return path.getFileName();
    }
  }

  /**
   * Reads a piece of a text in UTF-8.
   *
   * @param mount what may be read, relative to the root
   * @param inner the path inside of it, empty for the mount itself
   * @param offset in bytes
   * @param max bytes, at most {@link #READ_BYTES_MAX}
   * @throws RuntimeFault NOT_FOUND or INVALID_REQUEST, worded for an agent
   */
  public Piece read(String mount, String inner, long offset, int max) throws IOException {
    return open(mount, inner, opened -> {
      if (opened.attributes().isDirectory()) {
        throw refused(inner, "a file", "a directory");
      }
      long size = opened.attributes().size();
      if (offset > size) {
        throw refused(inner, "an offset up to " + size, String.valueOf(offset));
      }
      // Room for one character at least.
      int most = Math.max(4, max);
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(most, size - offset));
      try (SeekableByteChannel channel = opened.channel()) {
        channel.position(offset);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
          // until it is full, or the file has become shorter
        }
      }
      bytes.flip();
      boolean end = offset + bytes.limit() >= size;
      String text = decode(bytes, end, inner);
      return new Piece(text, offset, end ? -1 : offset + bytes.position(), size);
    });
  }

  /** The text of the bytes; a character that is cut at their end is left for the next piece. */
  private static String decode(ByteBuffer bytes, boolean end, String inner)
      throws CharacterCodingException {
    CharsetDecoder decoder = StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer text = CharBuffer.allocate(bytes.remaining() + 1);
    var result = decoder.decode(bytes, text, end);
    text.flip();
    if (result.isError() || text.toString().indexOf('\0') >= 0) {
      throw refused(
          inner, "text in UTF-8 from the next_offset of an earlier answer", "other bytes");
    }
    return text.toString();
  }

  /**
   * Lists a directory: files and directories only.
   *
   * @throws RuntimeFault as {@link #read}
   */
  public Listing list(String mount, String inner) throws IOException {
    return open(mount, inner, opened -> {
      if (!opened.attributes().isDirectory()) {
        return new Listing(
            List.of(new Entry(
                String.valueOf(opened.path().getFileName()), opened.attributes().size())),
            false);
      }
      List<Entry> entries = new ArrayList<>();
      try (DirectoryStream<Path> stream = opened.directory() == null
          ? Files.newDirectoryStream(opened.path())
          : opened.directory().newDirectoryStream(opened.name(), LinkOption.NOFOLLOW_LINKS)) {
        for (Path each : stream) {
          Path name = each.getFileName();
          Entry entry = isShown(name) ? entry(opened.path().resolve(name)) : null;
          if (entry != null) {
            entries.add(entry);
          }
          if (entries.size() > LOOKED_AT_MAX) {
            break;
          }
        }
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
      entries.sort(Comparator.comparing(Entry::name));
      boolean more = entries.size() > ENTRIES_MAX;
      return new Listing(more ? entries.subList(0, ENTRIES_MAX) : entries, more);
    });
  }

  private static @Nullable Entry entry(Path path) throws IOException {
    try {
      BasicFileAttributes found = attributes(path);
      String name = String.valueOf(path.getFileName());
      if (found.isDirectory()) {
        return new Entry(name, -1);
      }
      return found.isRegularFile() ? new Entry(name, found.size()) : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private <T> T open(String mount, String inner, Work<T> work) throws IOException {
    Path base = root.toRealPath();
    Path file;
    try {
      Path asked = Path.of(inner);
      Path lexical = asked.normalize();
      if (asked.isAbsolute() || lexical.startsWith("..") || !lexical.equals(asked)) {
        throw refused(inner, "a path below its mount, without . and ..", "another");
      }
      Path real = base.resolve(mount).toRealPath();
      file = real.resolve(asked).toRealPath();
      if (!real.startsWith(base) || !file.startsWith(real)) {
        throw missing(inner);
      }
    } catch (InvalidPathException e) {
      throw refused(inner, "a path", e.getReason());
    } catch (IOException e) {
      throw missing(inner);
    }
    for (Path part : base.relativize(file)) {
      if (!isShown(part)) {
        throw missing(inner);
      }
    }
    return file.equals(base)
        ? checked(new Opened(base, null, attributes(base)), inner, work)
        : walk(base, file, inner, work);
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static <T> T walk(Path base, Path file, String inner, Work<T> work) throws IOException {
    try (DirectoryStream<Path> first = Files.newDirectoryStream(base)) {
      return first instanceof SecureDirectoryStream<Path> directory
          ? down(directory, base.relativize(file), new Goal<>(file, inner, work))
          : checked(new Opened(file, null, attributes(file)), inner, work);
    }
  }

  private static <T> T down(SecureDirectoryStream<Path> directory, Path rest, Goal<T> goal)
      throws IOException {
    int names = rest.getNameCount();
    if (names > 1) {
      try (SecureDirectoryStream<Path> next =
          directory.newDirectoryStream(rest.getName(0), LinkOption.NOFOLLOW_LINKS)) {
        return down(next, rest.subpath(1, names), goal);
      }
    }
    BasicFileAttributes found = directory
        .getFileAttributeView(rest, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
    return checked(new Opened(goal.file(), directory, found), goal.inner(), goal.work());
  }

  private static <T> T checked(Opened opened, String inner, Work<T> work) throws IOException {
    if (!opened.attributes().isRegularFile() && !opened.attributes().isDirectory()) {
      throw missing(inner);
    }
    return work.on(opened);
  }

  /** Hidden files and manifests may hold secrets. */
  private static boolean isShown(Path name) {
    String text = name.toString();
    return text.isEmpty() || (!text.startsWith(".") && !text.endsWith(".agent"));
  }

  private static RuntimeFault missing(String inner) {
    return new RuntimeFault(
        ErrorCode.NOT_FOUND,
        "there is no file " + Json.quote(inner)
            + " to be read here; file_list shows what there is");
  }

  private static RuntimeFault refused(String inner, String expected, @Nullable String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        "path " + Json.quote(inner) + ", expected=" + expected + ", actual=" + actual);
  }
}
