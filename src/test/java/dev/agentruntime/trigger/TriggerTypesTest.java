package dev.agentruntime.trigger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.contract.TriggerBench;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.docs.TailTriggerType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may be registered under which name, and where types come from. */
final class TriggerTypesTest {

  private final TriggerTypes types = new TriggerTypes();

  /** A type of any name. */
  private record Named(String name) implements TriggerType {
    @Override
    public Trigger create(TriggerConfig.Custom config, TriggerContext context) {
      throw new UnsupportedOperationException(name);
    }
  }

  private static RuntimeFault refusal(Runnable refused) {
    return assertThrows(RuntimeFault.class, refused::run);
  }

  @Test
  void aNameIsTakenUntilItIsReplacedOrGivenBack() {
    types.register(new Named("imap"), false);
    assertTrue(refusal(() -> types.register(new TailAs("imap"), false))
        .failure()
        .message()
        .startsWith(
            "trigger type \"imap\" is registered, expected=another name, or to replace it"));
    types.register(new TailAs("imap"), true);
    types.register(new Named("imap_two"), true);
    assertEquals(Set.of("imap", "imap_two"), types.names());
    assertTrue(types.unregister("imap"));
    assertFalse(types.unregister("imap"));
    assertEquals(Set.of("imap_two"), types.names());
  }

  /** Another class of the same name. */
  private record TailAs(String name) implements TriggerType {
    @Override
    public Trigger create(TriggerConfig.Custom config, TriggerContext context) {
      throw new UnsupportedOperationException(name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Imap", "1map", "im-ap", "im.ap", "cron", "webhook", "manual"})
  void aNameThatIsNoneIsRefused(String name) {
    RuntimeFault refused = refusal(() -> types.register(new Named(name), true));
    assertEquals(ErrorCode.INVALID_CONFIG, refused.code());
    assertTrue(refused.failure().message().contains("expected=[a-z][a-z0-9_]*"));
  }

  @Test
  void anUnknownTypeIsNamedWithTheWayToRegisterIt() {
    TriggerBench bench = new TriggerBench(new TailTriggerType());
    String message = refusal(() -> {
          Trigger unused = bench.trigger(
              new TriggerConfig.Custom("mail", "imap", Json.EMPTY, TriggerConfig.Rules.NONE));
        })
        .failure()
        .message();
    assertEquals(
        "trigger \"mail\" of bench has the type \"imap\", which is not registered, expected=one of"
            + " [tail]; register it with AgentRuntime.registerTrigger(type), or put the jar that"
            + " provides it (META-INF/services/dev.agentruntime.trigger.TriggerType) on the class"
            + " path, and start the process",
        message);
  }

  @Test
  void typesAreFoundOnTheClassPath(@TempDir Path directory) throws Exception {
    assertEquals(
        Set.of("tail"), discovered(directory, TailTriggerType.class.getName()).names());
    RuntimeFault missing = refusal(() -> discoverAgain(directory, "no.such.Type"));
    assertEquals(ErrorCode.START_FAILED, missing.code());
    assertTrue(
        missing.failure().message().contains("no.such.Type"),
        () -> missing.failure().message());
    RuntimeFault unnamed = refusal(() -> discoverAgain(directory, Unnamed.class.getName()));
    assertEquals(ErrorCode.START_FAILED, unnamed.code());
    assertTrue(
        unnamed.failure().message().contains(Unnamed.class.getName()),
        () -> unnamed.failure().message());
  }

  /** A type that forgot its name. */
  public static final class Unnamed implements TriggerType {
    @Override
    public String name() {
      return "";
    }

    @Override
    public Trigger create(TriggerConfig.Custom config, TriggerContext context) {
      throw new UnsupportedOperationException();
    }
  }

  private static void discoverAgain(Path directory, String provider) {
    try {
      TriggerTypes unused = discovered(directory, provider);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TriggerTypes discovered(Path directory, String provider) throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(services.resolve(TriggerType.class.getName()), provider + "\n");
    try (URLClassLoader loader = new URLClassLoader(
        new URL[] {directory.toUri().toURL()}, TriggerTypesTest.class.getClassLoader())) {
      return TriggerTypes.discover(loader);
    }
  }
}
