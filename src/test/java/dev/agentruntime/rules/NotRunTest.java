package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A missing capability leaves a test out by name, or fails it in CI. */
final class NotRunTest {

  private static final List<Capability> BOTH = List.of(Capability.STRACE, Capability.TMUX);

  @TempDir
  private Path directory;

  @Test
  void runsWhatLacksNothing() {
    assertFalse(new NeedsCondition(true, any -> true).decide(BOTH).isDisabled());
    assertFalse(new NeedsCondition(true, any -> false).decide(List.of()).isDisabled());
  }

  @Test
  void namesWhatIsMissing() {
    ConditionEvaluationResult result =
        new NeedsCondition(false, any -> any == Capability.TMUX).decide(BOTH);

    assertTrue(result.isDisabled());
    assertEquals("needs [strace]", result.getReason().orElseThrow());
  }

  @Test
  void failsInCi() {
    NeedsCondition ci = new NeedsCondition(true, any -> any == Capability.TMUX);

    Exception e = assertThrows(IllegalStateException.class, () -> ci.decide(BOTH));

    assertTrue(e.toString().contains("lacks [strace]"), e::toString);
  }

  @Test
  void neverFailsForPrivilege() {
    NeedsCondition ci = new NeedsCondition(true, any -> false);

    assertTrue(ci.decide(List.of(Capability.PRIVILEGE)).isDisabled());
  }

  @Test
  void probesByRunning() {
    assertTrue(Capability.succeeds("true"));
    assertFalse(Capability.succeeds("false"));
    assertFalse(Capability.succeeds("no-such-program-anywhere"));
  }

  @Test
  void reportsEveryTestLeftOut() throws IOException {
    Path report = directory.resolve("not-run.txt");

    run(report, false, Sample.class);
    run(report, true, WholeClass.class);

    assertEquals("""
        5 tests NOT RUN:
          NotRunTest$Sample.aborted: Assumption failed: no network
          NotRunTest$Sample.disabled: for another day
          NotRunTest$WholeClass.first: whole class
          NotRunTest$WholeClass.many: whole class
          NotRunTest$WholeClass.second: whole class""", Files.readString(report));
  }

  @Test
  void beginsAnewWithTheUnitTests() throws IOException {
    Path report = directory.resolve("not-run.txt");

    run(report, true, WholeClass.class);
    run(report, false, Runs.class);

    assertEquals("0 tests NOT RUN.", Files.readString(report));
  }

  private static void run(Path report, boolean goesOn, Class<?> tests) {
    LauncherConfig config = LauncherConfig.builder()
        .enableTestExecutionListenerAutoRegistration(false)
        .enableLauncherSessionListenerAutoRegistration(false)
        .build();
    LauncherFactory.create(config)
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(tests))
                .build(),
            new NotRunListener(report, goesOn));
  }

  static final class Sample {
    @Test
    void runs() {}

    @Test
    @Disabled("for another day")
    void disabled() {}

    @Test
    void aborted() {
      Assumptions.abort("Assumption failed: no network");
    }
  }

  static final class Runs {
    @Test
    void runs() {}
  }

  @Disabled("whole class")
  static final class WholeClass {
    @Test
    void first() {}

    @Test
    void second() {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void many(int unused) {}
  }
}
