package dev.agentruntime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.SecretRef.Kind;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {

  private static final Map<String, String> ENV =
      Map.of("KEY", "s3cret\n", "EMPTY", "", "BREAK", "\r\n");

  @TempDir
  Path directory;

  @Test
  void eachKindIsFound() throws Exception {
    Files.writeString(directory.resolve("key"), "from file\r\nsecond line\n");
    assertEquals("s3cret", resolve(Kind.ENV, "KEY"));
    assertEquals("from file", resolve(Kind.FILE, "key"));
    assertEquals("from file", resolve(Kind.FILE, directory.resolve("key").toString()));
    assertEquals("literal", resolve(Kind.LITERAL, "literal"));
  }

  @Test
  void whatIsMissingOrEmptyIsNamed() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty"), "\n");
    Path huge = Files.writeString(directory.resolve("huge"), "x".repeat((64 << 10) + 1));
    assertEquals(
        "environment variable NONE is not set, expected a secret in it", refusal(Kind.ENV, "NONE"));
    assertEquals(
        "environment variable EMPTY is empty, expected a secret in it", refusal(Kind.ENV, "EMPTY"));
    assertEquals(
        "environment variable BREAK is empty, expected a secret in it", refusal(Kind.ENV, "BREAK"));
    assertEquals(
        "secret file " + directory.resolve("none") + " cannot be read: no such file",
        refusal(Kind.FILE, "none"));
    assertEquals(
        "secret file " + empty + " is empty, expected a secret in it", refusal(Kind.FILE, "empty"));
    assertEquals(
        "secret file " + huge + " is too long, expected at most 65536 bytes",
        refusal(Kind.FILE, "huge"));
    for (String waits : new String[] {"/dev/zero", directory.toString()}) {
      assertEquals("secret file " + waits + " is no regular file", refusal(Kind.FILE, waits));
    }
    assertEquals(
        "a literal secret is masked in the journal, expected the manifest file it is written in,"
            + " or a secret given as ${VARIABLE} or file:PATH",
        refusal(Kind.LITERAL, SecretRef.MASK));
  }

  @Test
  void fileThatEveryUserReadsIsWarnedOf() throws Exception {
    Path key = Files.writeString(directory.resolve("key"), "x");
    SecretRef secret = new SecretRef(Kind.FILE, "key");
    Path open = Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertEquals(
        Optional.of("secret file " + open + " can be read by every user, expected mode 600"),
        Secrets.warning(secret, directory));
    Path shut = Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertEquals(shut, key);
    assertEquals(Optional.empty(), Secrets.warning(secret, directory));
    assertEquals(Optional.empty(), Secrets.warning(new SecretRef(Kind.FILE, "no"), directory));
    assertEquals(Optional.empty(), Secrets.warning(new SecretRef(Kind.ENV, "KEY"), directory));
  }

  private String resolve(Kind kind, String value) {
    return Secrets.resolve(new SecretRef(kind, value), ENV::get, directory);
  }

  private String refusal(Kind kind, String value) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> resolve(kind, value));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    return fault.failure().message();
  }
}
