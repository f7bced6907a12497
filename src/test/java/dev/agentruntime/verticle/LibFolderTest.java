package dev.agentruntime.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Jars that are dropped into the folder {@code lib}. */
@ExtendWith(VertxExtension.class)
final class LibFolderTest {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  private Path root;

  @SuppressWarnings("NullAway.Init") // made before each test
  private VerticleNode node;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path lib;

  @BeforeEach
  void make(Vertx vertx) throws IOException {
    node = new VerticleNode(vertx, root);
    lib = Files.createDirectories(node.agents().resolve("lib"));
  }

  @AfterEach
  void stop() {
    node.stop();
  }

  private void drop(String name, byte[] jar) throws IOException {
    Path draft = root.resolve("draft");
    Files.write(draft, jar);
    Files.move(draft, lib.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  private String greeting(String agent) {
    long before = Long.parseLong(node.status(agent, "invocation_count"));
    node.trigger(agent);
    node.until(agent, "invocation_count", before + 1);
    List<String> results = node.journal(agent, "tool_result");
    return results.get(results.size() - 1);
  }

  private boolean warns(String text) {
    return String.join("\n", node.runtime().warnings()).contains(text);
  }

  @Test
  void aJarIsDeployedWhileTheNodeRunsChangesWithTheFileAndGoesWithIt() throws IOException {
    node.greets("ci");
    node.start();
    byte[] hello = Jars.greeter(root, "hello");
    node.allow(hello);
    drop("greeter.jar", hello);
    node.until(() -> node.listed().equals(List.of("greeter deployed")));
    assertTrue(greeting("ci").contains("hello"));
    node.stop();
    node.start();
    assertEquals(List.of("greeter deployed"), node.listed());
    byte[] moin = Jars.greeter(root, "moin");
    node.allow(moin);
    drop("greeter.jar", moin);
    node.until(() -> greeting("ci").contains("moin"));
    Files.delete(lib.resolve("greeter.jar"));
    node.until(() -> node.listed().isEmpty());
  }

  @Test
  void aJarThatWasThereBeforeTheNodeIsThereBeforeItsAgents() throws IOException {
    byte[] jar = Jars.greeter(root, "hello");
    node.allow(jar);
    drop("greeter.jar", jar);
    node.greets("ci");
    node.start();
    assertEquals(List.of("greeter deployed"), node.listed());
    assertTrue(greeting("ci").contains("hello"));
    node.stop();
    Files.delete(lib.resolve("greeter.jar"));
    node.start();
    assertEquals(List.of(), node.listed());
  }

  @Test
  void aLookThatWasUnderWayDeploysNothingWhenTheNodeStops() throws IOException {
    node.start();
    byte[] jar = Jars.greeter(root, "hello");
    node.allow(jar);
    Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
    Files.write(elsewhere.resolve("greeter.jar"), jar);
    LibFolder folder = new LibFolder(node.verticles(), node.runtime(), elsewhere);
    folder.end();
    VerticleNode.nothing(folder.load());
    assertEquals(List.of(), node.listed());
    VerticleNode.nothing(new LibFolder(node.verticles(), node.runtime(), elsewhere).load());
    assertEquals(List.of("greeter deployed"), node.listed());
  }

  @Test
  void noCodeIsLoadedWhileAllWorkIsEnded() throws IOException {
    node.start();
    byte[] jar = Jars.greeter(root, "hello");
    node.allow(jar);
    VerticleNode.nothing(node.runtime().killSwitch().pull("ops", ""));
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> node.deploy("greeter", jar, false));
    assertEquals(ErrorCode.KILLED, fault.code());
    drop("greeter.jar", jar);
    node.stop();
    node.start();
    assertEquals(List.of(), node.listed());
    VerticleNode.nothing(node.runtime().killSwitch().lift("ops"));
    node.until(() -> node.listed().equals(List.of("greeter deployed")));
  }

  @Test
  void aJarThatIsNotAllowedIsRefusedAndTheNodeSaysWhy() throws IOException {
    node.start();
    drop("evil.jar", Jars.greeter(root, "boo"));
    node.until(() -> warns("is not allowed here"));
    assertTrue(warns("evil.jar"));
    assertEquals(List.of("evil retrying"), node.listed());
    Files.delete(lib.resolve("evil.jar"));
    node.until(() -> !warns("evil.jar"));
  }

  @Test
  void aJarIsTakenOnceItsDigestIsAllowed() throws IOException {
    node.start();
    byte[] jar = Jars.greeter(root, "hello");
    drop("greeter.jar", jar);
    node.until(() -> warns("is not allowed here"));
    node.allow(jar);
    node.until(() -> node.listed().equals(List.of("greeter deployed")));
    assertTrue(!warns("greeter.jar"));
  }

  @Test
  void whatSomebodyDeployedUnderTheNameGoesBefore() throws IOException {
    node.greets("ci");
    node.start();
    node.deploy("greeter", Jars.greeter(root, "hello"), false);
    byte[] other = Jars.greeter(root, "other");
    node.allow(other);
    drop("greeter.jar", other);
    node.until(() -> warns("was deployed by ops"));
    assertTrue(greeting("ci").contains("hello"));
  }

  @Test
  void aJarWhoseNameOfAToolIsTakenIsTriedAgainUntilItIsFree() throws IOException {
    node.start();
    node.deploy("first", Jars.greeter(root, "hello"), false);
    byte[] second = Jars.greeter(root, "moin");
    node.allow(second);
    drop("second.jar", second);
    node.until(() -> node.listed().equals(List.of("first deployed", "second retrying")));
    assertTrue(warns("second.jar"));
    VerticleNode.nothing(node.verticles().undeploy("first", false, "ops"));
    node.until(() -> node.listed().equals(List.of("second deployed")));
    node.until(() -> !warns("second.jar"));
  }

  @Test
  void aJarThatIsNoneIsNotTriedAgain() throws IOException {
    node.start();
    byte[] broken = Jars.zip(Map.of("a.txt", new byte[] {1}));
    node.allow(broken);
    drop("broken.jar", broken);
    node.until(() -> node.listed().equals(List.of("broken refused")));
    assertTrue(warns("Main-Class"));
    byte[] sound = Jars.greeter(root, "hello");
    node.allow(sound);
    drop("broken.jar", sound);
    node.until(() -> node.listed().equals(List.of("broken deployed")));
  }
}
