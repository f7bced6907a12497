package dev.agentruntime.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.disk.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenFileTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private TokenFile file;

  @BeforeEach
  void open() {
    file = new TokenFile(
        new RealDisk(), directory.resolve("node-1"), InstantSource.system(), TokenRandom::draw);
  }

  private String content() throws IOException {
    return Files.readString(directory.resolve("node-1").resolve(TokenFile.NAME));
  }

  @Test
  void keepsDigestsOnly() throws IOException {
    TokenFile.Made made = file.create("ops", Scope.ADMIN);
    assertTrue(made.secret().matches("art_[A-Za-z0-9_-]{43}"), made.secret());
    assertEquals(List.of(made.token()), file.read());
    assertEquals(Token.digest(made.secret()), made.token().digest());
    assertFalse(content().contains(made.secret()), "the token is in its file");
    assertFalse(made.toString().contains(made.secret()), "the token is in a log");
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve("node-1").resolve(TokenFile.NAME))));
  }

  @Test
  void rotatesAndRevokes() {
    Token other = file.create("reader", Scope.READ).token();
    TokenFile.Made first = file.create("ops", Scope.OPERATE);
    TokenFile.Made second = file.rotate(first.token().id());
    assertEquals(first.token().id(), second.token().id());
    assertEquals(Scope.OPERATE, second.token().scope());
    assertNotEquals(first.token().digest(), second.token().digest());
    assertEquals(List.of(other, second.token()), file.read());
    file.revoke(first.token().id());
    assertEquals(List.of(other), file.read());
    for (Runnable twice : List.<Runnable>of(
        () -> file.revoke(first.token().id()),
        () -> fail(file.rotate(first.token().id()).toString()))) {
      assertEquals(
          ErrorCode.NOT_FOUND, assertThrows(RuntimeFault.class, twice::run).code());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"anonymous", "api", "code", "file", "lib", "manifest", "@node"})
  void aNameIsNoneOfTheRuntimes(String name) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> file.create(name, Scope.ADMIN));
    assertEquals(ErrorCode.INVALID_NAME, fault.code());
  }

  @Test
  void whatAnotherProcessChangesIsNotLost() throws IOException {
    Path home = directory.resolve("node-1");
    Token first = file.create("ops", Scope.ADMIN).token();
    Disk.Lock other = new RealDisk().lock(home.resolve("tokens.lock"));
    try {
      RuntimeFault fault = assertThrows(RuntimeFault.class, () -> file.revoke(first.id()));
      assertEquals(ErrorCode.STORAGE, fault.code());
      assertTrue(String.valueOf(fault.getMessage()).contains("try again"), fault::toString);
      assertEquals(List.of(first), file.read(), "reading waits for nobody");
    } finally {
      other.close();
    }
    file.revoke(first.id());
    assertEquals(List.of(), file.read());
  }

  @Test
  void aNameIsThatOfOneTokenAtATime() {
    Token first = file.create("ops", Scope.ADMIN).token();
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> file.create("ops", Scope.READ));
    assertEquals(ErrorCode.TOKEN_EXISTS, fault.code());
    assertTrue(
        fault.failure().message().contains("\"ops\" exists as " + first.id()), fault::toString);
    assertEquals("ops", file.rotate(first.id()).token().name());
    assertThrows(RuntimeFault.class, () -> file.create("ops", Scope.READ));
    file.revoke(first.id());
    Token second = file.create("ops", Scope.READ).token();
    assertNotEquals(first.id(), second.id());
    assertEquals(List.of(second), file.read());
  }

  @Test
  void namesThatWereGivenTwiceBeforeStillComeIn() throws IOException {
    String one = "{\"id\":\"a\",\"name\":\"ops\",\"scope\":\"read\",\"sha256\":\"x\","
        + "\"created\":\"2026-01-01T00:00:00Z\"}";
    Path node = Files.createDirectories(directory.resolve("node-1"));
    Files.writeString(
        node.resolve(TokenFile.NAME),
        "{\"format\":1,\"tokens\":[" + one + "," + one.replace("\"a\"", "\"b\"") + "]}");
    assertEquals(2, file.read().size());
    file.revoke("a");
    assertThrows(RuntimeFault.class, () -> file.create("ops", Scope.READ));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n", "gr\u00fc\u00dfe", "a\u0000b"})
  void aNameIsPrintable(String name) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> file.create(name, Scope.READ));
    assertEquals(ErrorCode.INVALID_NAME, fault.code());
    assertEquals(List.of(), file.read());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "{\"format\":2,\"tokens\":[]}",
        "{\"format\":1,\"tokens\":{}}",
        "{\"format\":1,\"tokens\":[{\"id\":\"a\"}]}",
        "{\"format\":1,\"tokens\":[{\"id\":\"a\",\"name\":\"n\",\"scope\":\"root\","
            + "\"sha256\":\"x\",\"created\":\"2026-01-01T00:00:00Z\"}]}",
        "{\"format\":1,\"tokens\":[{\"id\":\"a\",\"name\":\"n\",\"scope\":\"read\","
            + "\"sha256\":\"x\",\"created\":\"now\"}]}"
      })
  void aFileThatIsNoneIsNamedAndLeftAlone(String text) throws IOException {
    Path node = Files.createDirectories(directory.resolve("node-1"));
    Files.writeString(node.resolve(TokenFile.NAME), text);
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> file.create("ops", Scope.ADMIN));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertTrue(
        fault.failure().message().contains("tokens.json"), fault.failure().message());
    assertEquals(text, content());
  }

  @Test
  void aScopeIsOneOfFour() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> Scope.of("root"));
    assertEquals(
        "scope, expected=one of read, operate, deploy, admin, actual=\"root\"",
        fault.failure().message());
    for (Scope scope : Scope.values()) {
      assertEquals(scope, Scope.of(scope.word()));
      assertTrue(Scope.ADMIN.includes(scope) && scope.includes(Scope.READ));
    }
    assertFalse(Scope.OPERATE.includes(Scope.DEPLOY));
  }
}
