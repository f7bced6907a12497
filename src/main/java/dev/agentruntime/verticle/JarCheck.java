package dev.agentruntime.verticle;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a jar into memory and checks it on the way; nothing of it is written, unpacked or loaded.
 * Blocks for a while, so it is for a worker.
 */
final class JarCheck {

  /** The largest jar. */
  static final int JAR_BYTES_MAX = 32 << 20;

  /** The most entries, directories included. */
  static final int ENTRIES_MAX = 10_000;

  /** The most bytes of all entries, unpacked. */
  static final long UNPACKED_BYTES_MAX = 128L << 20;

  /** Their classes are the runtime's; a jar's own would be others of the same name. */
  private static final List<String> RESERVED = List.of(
      "java/", "javax/", "jdk/", "sun/", "dev/agentruntime/", "io/vertx/", "dev/langchain4j/");

  private static final List<String> ARCHIVES = List.of(".jar", ".war", ".ear", ".zip");
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final String MANIFEST = "META-INF/MANIFEST.MF";

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private int entries;
  private long unpacked;

  private JarCheck() {}

  /**
   * A jar that passed.
   *
   * @param sha256 of the jar, hex
   * @param main its {@code Main-Class}, null when it names none
   * @param files by name, directories left out
   */
  record Jar(String sha256, @Nullable String main, Map<String, byte[]> files) {}

  /**
   * Checks the size and takes the digest; no byte is looked at otherwise.
   *
   * @throws RuntimeFault INVALID_JAR when it is too large
   */
  static String digest(byte[] jar) {
    if (jar.length > JAR_BYTES_MAX) {
      throw bad("too large, expected=at most " + JAR_BYTES_MAX + " bytes, actual=" + jar.length);
    }
    return Hex.sha256(jar);
  }

  /**
   * Reads a jar.
   *
   * @throws RuntimeFault INVALID_JAR naming the entry and what is wrong with it
   */
  static Jar read(byte[] jar) {
    String sha256 = digest(jar);
    if (jar.length < ZIP.length || !Arrays.equals(Arrays.copyOf(jar, ZIP.length), ZIP)) {
      throw bad("not a jar, expected=a ZIP file that begins with an entry");
    }
    JarCheck check = new JarCheck();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        check.take(entry, zip);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new RuntimeFault(ErrorCode.INVALID_JAR, "jar: cannot be read: " + e.getMessage(), e);
    }
    return new Jar(sha256, check.main(), Map.copyOf(check.files));
  }

  private void take(ZipEntry entry, ZipInputStream zip) throws IOException {
    if (++entries > ENTRIES_MAX) {
      throw bad("too many entries, expected=at most " + ENTRIES_MAX);
    }
    String name = entry.getName();
    checkName(name);
    if (entry.isDirectory()) {
      return;
    }
    byte[] bytes = zip.readNBytes((int) (UNPACKED_BYTES_MAX - unpacked + 1));
    unpacked += bytes.length;
    if (unpacked > UNPACKED_BYTES_MAX) {
      throw bad("too large when unpacked, expected=at most " + UNPACKED_BYTES_MAX + " bytes");
    }
    boolean archive = ARCHIVES.stream().anyMatch(name.toLowerCase(Locale.ROOT)::endsWith)
        || (bytes.length >= ZIP.length && Arrays.equals(Arrays.copyOf(bytes, ZIP.length), ZIP));
    if (archive) {
      throw bad("entry " + Json.quote(name)
          + " is an archive, expected=the classes of what it needs in the jar itself");
    }
    if (files.put(name, bytes) != null) {
      throw bad("entry " + Json.quote(name) + " is there twice");
    }
  }

  private static void checkName(String name) {
    boolean climbs = Arrays.asList(name.split("/", -1)).contains("..");
    if (climbs
        || name.isEmpty()
        || name.startsWith("/")
        || name.indexOf('\\') >= 0
        || name.indexOf(':') >= 0
        || name.indexOf('\0') >= 0) {
      throw bad("entry " + Json.quote(name)
          + ", expected=a relative path with / between its parts and no .. among them");
    }
    for (String reserved : RESERVED) {
      if (name.startsWith(reserved) && !name.endsWith("/")) {
        throw bad("entry " + Json.quote(name) + " belongs to the runtime, expected=a jar without "
            + reserved + "...");
      }
    }
  }

  private @Nullable String main() {
    byte[] bytes = files.get(MANIFEST);
    if (bytes == null) {
      return null;
    }
    try {
      return new Manifest(new ByteArrayInputStream(bytes))
          .getMainAttributes()
          .getValue(Attributes.Name.MAIN_CLASS);
    } catch (IOException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JAR, "jar: " + MANIFEST + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static RuntimeFault bad(String what) {
    return new RuntimeFault(ErrorCode.INVALID_JAR, "jar: " + what);
  }
}
