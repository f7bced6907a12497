package dev.agentruntime.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes {@code target/not-run.txt}: how many tests were left out, each by name and reason. The
 * JVM of the unit tests begins the report, that of the integration tests adds to it; the build
 * prints it at its end. Found by ServiceLoader.
 */
public final class NotRunListener implements TestExecutionListener {

  private static final String ALL_RUN = "0 tests NOT RUN.";

  private final Path report;
  private final boolean goesOn;
  private final ConcurrentSkipListMap<String, String> notRun = new ConcurrentSkipListMap<>();
  private Optional<TestPlan> plan = Optional.empty();

  /** For ServiceLoader: where the build says. */
  public NotRunListener() {
    this(
        Path.of(System.getProperty("runtime.basedir", "."), "target", "not-run.txt"),
        "it".equals(System.getProperty("runtime.suite")));
  }

  NotRunListener(Path report, boolean goesOn) {
    this.report = report;
    this.goesOn = goesOn;
  }

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    plan = Optional.of(testPlan);
  }

  @Override
  public void executionSkipped(TestIdentifier left, String reason) {
    List<TestIdentifier> tests = plan.stream()
        .flatMap(all -> all.getDescendants(left).stream())
        .filter(below -> below.isTest() || isMethod(below))
        .toList();
    if (left.isTest() || tests.isEmpty()) {
      notRun.put(name(left), reason);
    } else {
      tests.forEach(test -> notRun.put(name(test), reason));
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      String why = result.getThrowable().map(Throwable::getMessage).orElse("no reason given");
      notRun.put(name(test), why);
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan testPlan) {
    try {
      Files.createDirectories(report.toAbsolutePath().getParent());
      Files.writeString(report, text(goesOn ? earlier() : new TreeMap<>()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String text(Map<String, String> all) {
    all.putAll(notRun);
    if (all.isEmpty()) {
      return ALL_RUN;
    }
    String head = all.size() == 1 ? "1 test NOT RUN:\n" : all.size() + " tests NOT RUN:\n";
    return all.entrySet().stream()
        .map(test -> "  " + test.getKey() + ": " + test.getValue())
        .collect(Collectors.joining("\n", head, ""));
  }

  private Map<String, String> earlier() throws IOException {
    Map<String, String> tests = new TreeMap<>();
    if (Files.exists(report)) {
      for (String line : Files.readAllLines(report)) {
        int colon = line.indexOf(": ");
        if (line.startsWith("  ") && colon > 0) {
          tests.put(line.substring(2, colon), line.substring(colon + 2));
        }
      }
    }
    return tests;
  }

  private static boolean isMethod(TestIdentifier test) {
    return test.getSource().filter(MethodSource.class::isInstance).isPresent();
  }

  private static String name(TestIdentifier test) {
    TestSource source = test.getSource().orElse(null);
    if (source instanceof MethodSource method) {
      String type = method.getClassName();
      String shown = test.getDisplayName().startsWith(method.getMethodName())
          ? ""
          : " " + oneLine(test.getDisplayName());
      return simple(type) + "." + method.getMethodName() + shown;
    }
    return source instanceof ClassSource type
        ? simple(type.getClassName())
        : oneLine(test.getDisplayName());
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\s:]+", " ").strip();
  }
}
