package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The jar of contracts stands on the product and JUnit alone, so that an author can use it. */
final class PublishedContractsTest {

  private static final Pattern INCLUDE = Pattern.compile("<include>(dev/[^<]*)</include>");
  private static final List<String> LIBRARIES =
      List.of("java.", "org.junit.jupiter.", "org.jspecify.", "io.vertx.core.");

  private static final JavaClasses TESTS = new ClassFileImporter()
      .importLocations(
          Set.of(Location.of(Tree.class.getProtectionDomain().getCodeSource().getLocation())));

  /** What the POM puts into the jar. */
  private static List<JavaClass> published() {
    List<Pattern> includes = INCLUDE
        .matcher(Tree.read(Tree.root().resolve("pom.xml")))
        .results()
        .map(match -> Pattern.compile(match.group(1).replace("*", "[^/]*")))
        .toList();
    return TESTS.stream()
        .filter(type -> includes.stream()
            .anyMatch(include ->
                include.matcher(type.getName().replace('.', '/') + ".class").matches()))
        .toList();
  }

  @Test
  void holdsTheContracts() {
    Set<String> names = published().stream().map(JavaClass::getName).collect(Collectors.toSet());
    assertTrue(
        names.containsAll(List.of(
            "dev.agentruntime.contract.TriggerContract",
            "dev.agentruntime.contract.TriggerContract$Source",
            "dev.agentruntime.contract.TriggerBench",
            "dev.agentruntime.trigger.ListSink")),
        names::toString);
    assertFalse(names.stream().anyMatch(name -> name.endsWith("Test")), names::toString);
  }

  @Test
  void needsNoOtherTestAndNoOtherLibrary() {
    List<JavaClass> published = published();
    Set<String> ours = published.stream().map(JavaClass::getName).collect(Collectors.toSet());
    Set<String> product =
        Tree.product().stream().map(JavaClass::getName).collect(Collectors.toSet());
    List<String> foreign = published.stream()
        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
        .filter(use -> {
          JavaClass target = use.getTargetClass().getBaseComponentType();
          return !target.isPrimitive()
              && !ours.contains(target.getName())
              && !product.contains(target.getName())
              && LIBRARIES.stream().noneMatch(target.getName()::startsWith);
        })
        .map(Dependency::getDescription)
        .sorted()
        .toList();
    assertEquals("", String.join("\n", foreign));
  }
}
