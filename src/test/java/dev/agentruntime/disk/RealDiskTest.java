package dev.agentruntime.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Who may read what the runtime makes. */
@DisabledOnOs(OS.WINDOWS)
final class RealDiskTest {

  @TempDir
  private Path root = Path.of("");

  private final Disk disk = new RealDisk();

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void whatItMakesIsForItsUserAlone() throws IOException {
    Path directory = root.resolve("data/node-1/journal");
    disk.createDirectories(directory);
    for (Path made : List.of(directory, root.resolve("data/node-1"), root.resolve("data"))) {
      assertEquals("rwx------", rights(made), made::toString);
    }
    Path segment = directory.resolve("00000001.jsonl");
    disk.createZeroed(segment, 4_096);
    assertEquals("rw-------", rights(segment));
    assertEquals(4_096, Files.size(segment));
    Path claim = directory.resolve("claim");
    assertTrue(disk.createNew(claim, new byte[] {1}));
    assertEquals("rw-------", rights(claim));
    Path lock = directory.resolve("lock");
    disk.lock(lock).close();
    assertEquals("rw-------", rights(lock));
  }

  @Test
  void whatIsThereKeepsItsRights() throws IOException {
    Path open = Files.createDirectory(root.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    disk.createDirectories(open.resolve("node-1"));
    assertEquals("rwxr-xr-x", rights(open));
    assertEquals("rwx------", rights(open.resolve("node-1")));
    Path segment = Files.createFile(open.resolve("segment"));
    Files.setPosixFilePermissions(segment, PosixFilePermissions.fromString("rw-r--r--"));
    disk.createZeroed(segment, 10);
    assertEquals("rw-r--r--", rights(segment));
  }

  @Test
  void aFileInTheWayIsTold() throws IOException {
    Path file = Files.createFile(root.resolve("file"));
    assertThrows(FileAlreadyExistsException.class, () -> disk.createDirectories(file));
  }
}
