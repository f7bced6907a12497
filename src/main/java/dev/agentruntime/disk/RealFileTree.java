package dev.agentruntime.disk;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The machine's directories. Safe for every thread. */
public final class RealFileTree implements FileTree {

  /** What decoding puts where bytes are no text. */
  private static final char NO_TEXT = '\uFFFD';

  @Override
  public @Nullable Path directory(Path path, boolean create) throws IOException {
    if (create && !Files.isDirectory(path)) {
      Files.createDirectories(path);
    }
    if (!Files.exists(path)) {
      return null;
    }
    if (!Files.isDirectory(path)) {
      throw new NotDirectoryException(path.toString());
    }
    return path.toRealPath();
  }

  @Override
  public @Nullable Entry entry(Path path) throws IOException {
    BasicFileAttributes found;
    try {
      found = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
    return new Entry(name(path), path, kind(found), version(found));
  }

  @Override
  public void list(Path directory, Predicate<Entry> each) throws IOException {
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
      for (Path path : paths) {
        Entry entry = entry(path);
        if (entry != null && !each.test(entry)) {
          return;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static Kind kind(BasicFileAttributes found) {
    if (found.isRegularFile()) {
      return Kind.FILE;
    }
    if (found.isDirectory()) {
      return Kind.DIRECTORY;
    }
    return found.isSymbolicLink() ? Kind.LINK : Kind.SPECIAL;
  }

  private static Version version(BasicFileAttributes found) {
    return new Version(
        found.size(), found.lastModifiedTime().to(TimeUnit.NANOSECONDS), inode(found.fileKey()));
  }

  /**
   * The key says {@code (dev=...,ino=...)}. The device is left out: its number may be another one
   * after the machine's next start.
   */
  private static long inode(@Nullable Object fileKey) {
    String text = String.valueOf(fileKey);
    int at = text.indexOf("ino=");
    int end = at < 0 ? -1 : text.indexOf(')', at);
    try {
      return end < 0 ? 0 : Long.parseLong(text.substring(at + 4, end));
    } catch (NumberFormatException e) {
      // Another platform's key: files are told apart by size and time alone.
      return 0;
    }
  }

  static String name(Path path) {
    String text = String.valueOf(path.getFileName());
    if (text.indexOf(NO_TEXT) < 0) {
      return text;
    }
    // Only the URI shows the bytes that the file system has.
    String raw = path.toUri().getRawPath();
    String segment = raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
    segment = segment.substring(segment.lastIndexOf('/') + 1);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c == '%') {
        c = (char) Integer.parseInt(segment, i + 1, i + 3, 16);
        i += 2;
      }
      escape(c, out);
    }
    return out.toString();
  }

  private static void escape(char c, StringBuilder out) {
    if (c == '\\') {
      out.append("\\\\");
    } else if (c >= ' ' && c < 0x7f) {
      out.append(c);
    } else {
      out.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
    }
  }
}
