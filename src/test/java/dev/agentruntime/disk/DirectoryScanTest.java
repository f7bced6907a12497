package dev.agentruntime.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentruntime.disk.DirectoryScan.Result;
import dev.agentruntime.disk.DirectoryScan.Wanted;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may lie in a watched directory. */
class DirectoryScanTest {

  private static final Wanted ALL = new Wanted(true, path -> true);

  @TempDir
  Path root;

  private static class Delegate implements FileTree {
    private final FileTree real = new RealFileTree();

    @Override
    public @Nullable Path directory(Path path, boolean create) throws IOException {
      return real.directory(path, create);
    }

    @Override
    public @Nullable Entry entry(Path path) throws IOException {
      return real.entry(path);
    }

    @Override
    public void list(Path directory, Predicate<Entry> each) throws IOException {
      real.list(directory, entry -> {
        try {
          Entry again = entry(entry.path());
          return again == null || each.test(again);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }

  private Result scan(String... targets) throws IOException {
    return DirectoryScan.of(new RealFileTree(), root, ALL, Set.of(targets));
  }

  private FileTree.Version version(String name) throws IOException {
    return Objects.requireNonNull(scan("").files().get(name));
  }

  private void write(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "x");
  }

  private static List<String> names(Result result) {
    return List.copyOf(result.files().keySet());
  }

  @Test
  void followsNoLink() throws IOException {
    write("a/b");
    Files.createSymbolicLink(root.resolve("everything"), Path.of("/"));
    Files.createSymbolicLink(root.resolve("a/loop"), root);
    Files.createSymbolicLink(root.resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(root.resolve("file"), root.resolve("a/b"));
    Result all = scan("");
    assertEquals(List.of("a/b"), names(all));
    assertEquals(4, all.ignoredCount());
    assertEquals(
        Set.of("everything", "a/loop", "dangling", "file"), all.ignored().keySet());
    assertEquals(List.of(), names(scan("everything/etc", "a/loop/a/b", "file")));
  }

  @Test
  void passesOverPipesSocketsAndDevices() throws IOException, InterruptedException {
    write("a");
    assertEquals(
        0, new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor());
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      var unused = socket.bind(UnixDomainSocketAddress.of(root.resolve("socket")));
      Result all = scan("");
      assertEquals(List.of("a"), names(all));
      assertEquals(2, all.ignoredCount());
      assertEquals("a pipe, socket or device", all.ignored().get("pipe"));
    }
    Result devices =
        DirectoryScan.of(new RealFileTree(), Path.of("/dev"), ALL, Set.of("null", "zero"));
    assertEquals(Set.of("null", "zero"), devices.ignored().keySet());
  }

  @Test
  void takesNamesAsTheyAre() throws IOException {
    String longest = "x".repeat(255);
    write("new\nline");
    write("-rf");
    write(longest);
    write("back\\slash");
    assertEquals(List.of("-rf", "back\\slash", "new\nline", longest), names(scan("")));
    assertEquals(List.of("-rf", "new\nline"), names(scan("-rf", "new\nline")));
  }

  @Test
  void showsNamesThatAreNoText() throws IOException {
    Path odd = Path.of(URI.create(root.toUri() + "%FF.csv"));
    Path other = Path.of(URI.create(root.toUri() + "%FE.csv"));
    Files.writeString(odd, "x");
    Files.writeString(other, "x");
    assertEquals(List.of("\\xfe.csv", "\\xff.csv"), names(scan("")));
    // Such a name opens nothing, so the directory above is read.
    assertEquals(List.of("\\xfe.csv", "\\xff.csv"), names(scan("\\xff.csv")));
  }

  @Test
  void readsNoFile() throws IOException {
    Path huge = root.resolve("huge");
    try (RandomAccessFile sparse = new RandomAccessFile(huge.toFile(), "rw")) {
      sparse.setLength(10L << 30);
    }
    long begun = System.nanoTime();
    assertEquals(10L << 30, version("huge").size());
    assertTrue(System.nanoTime() - begun < 5_000_000_000L);
  }

  @Test
  void seesWhatIsGone() throws IOException {
    write("a");
    Result result = scan("a", "b", "c/d");
    assertEquals(List.of("a"), names(result));
    assertTrue(result.knows("b"));
    assertTrue(result.knows("c/d"));
  }

  @Test
  void looksOnceAtTargetsWithinOthers() throws IOException {
    write("a/b/c");
    write("a-b");
    Result result = scan("a", "a/b", "a/b/c", "a-b");
    assertEquals(Set.of("a", "a-b"), result.targets());
    assertEquals(List.of("a-b", "a/b/c"), names(result));
  }

  @Test
  void goesDeep() throws IOException {
    String deep = "d/".repeat(200) + "x";
    write(deep);
    assertEquals(List.of(deep), names(scan("")));
  }

  @Test
  void anUnreadableDirectoryLeavesItsFilesAsTheyWere() throws IOException {
    write("a/b");
    write("c");
    FileTree broken = new Delegate() {
      @Override
      public void list(Path directory, Predicate<Entry> each) throws IOException {
        if (directory.endsWith("a")) {
          throw new FileSystemException("a", null, "Permission denied");
        }
        super.list(directory, each);
      }
    };
    Result result = DirectoryScan.of(broken, root, ALL, Set.of(""));
    assertEquals(List.of("c"), names(result));
    assertEquals(Map.of("a", "filesystem a: Permission denied"), result.unreadable());
    assertFalse(result.knows("a/b"));
    assertTrue(result.knows("d"));
  }

  @Test
  void aFileThatGoesBetweenNameAndLookIsLeftOut() throws IOException {
    write("a");
    FileTree racing = new Delegate() {
      @Override
      public @Nullable Entry entry(Path path) throws IOException {
        if (path.endsWith("a")) {
          Files.deleteIfExists(path);
        }
        return super.entry(path);
      }
    };
    assertEquals(List.of(), names(DirectoryScan.of(racing, root, ALL, Set.of(""))));
  }

  @Test
  void stopsAtItsLimitAndConcludesNothing() throws IOException {
    for (int i = 0; i < 10; i++) {
      write("f" + i);
    }
    Result result = DirectoryScan.of(new RealFileTree(), root, ALL, Set.of(""), 5);
    assertEquals(5, result.files().size());
    assertTrue(result.truncated());
    assertFalse(result.knows("other"));
  }

  @Test
  void aMissingDirectoryConcludesNothing() throws IOException {
    Result result = DirectoryScan.of(new RealFileTree(), root.resolve("none"), ALL, Set.of(""));
    assertTrue(result.isMissing());
    assertFalse(result.knows("a"));
  }

  @Test
  void theVersionTellsStatesApart() throws IOException {
    write("a");
    FileTree.Version first = version("a");
    assumeTrue(first.inode() != 0);
    assertEquals(first, FileTree.Version.of(first.toString()));
    Files.move(root.resolve("a"), root.resolve("b"));
    assertEquals(first, version("b"));
    FileTree.Version old = new FileTree.Version(1, -5, 7);
    assertEquals(old, FileTree.Version.of(old.toString()));
  }
}
