package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Imports go down only; each floor has its libraries; the clock has one reader. */
final class FloorsTest {

  private static final JavaClasses PRODUCT = Tree.product();

  /** What reads a clock: type to methods. Only {@code time} may. */
  private static final Map<String, Set<String>> CLOCKS = Map.of(
      "java.lang.System", Set.of("currentTimeMillis", "nanoTime"),
      "java.time.Instant", Set.of("now"),
      "java.time.LocalDate", Set.of("now"),
      "java.time.LocalDateTime", Set.of("now"),
      "java.time.ZonedDateTime", Set.of("now"),
      "java.time.OffsetDateTime", Set.of("now"),
      "java.time.Clock", Set.of("systemUTC", "systemDefaultZone", "system"));

  /** What holds a thread: type to methods. Nobody may. */
  private static final Map<String, Set<String>> WAITS = Map.of(
      "java.lang.Thread", Set.of("sleep"),
      "java.util.concurrent.TimeUnit", Set.of("sleep"),
      "io.vertx.core.Future", Set.of("await"));

  @Test
  void everyPackageStandsOnAFloor() {
    Set<String> unknown = new TreeSet<>();
    for (JavaClass type : PRODUCT) {
      if (!Floors.isRoom(Tree.room(type))) {
        unknown.add(type.getPackageName());
      }
    }
    assertTrue(PRODUCT.size() > 0, "no class found: the rules would hold for nothing");
    assertEquals(Set.of(), unknown, "packages without a floor; Floors names them all");
  }

  @Test
  void importsGoDownOnly() {
    none(dependencies((from, to) -> to.getPackageName().startsWith(Tree.BASE)
        && !Floors.mayEnter(Tree.room(from), Tree.room(to))));
  }

  @Test
  void librariesStayInTheirRooms() {
    none(dependencies((from, to) -> !to.getPackageName().startsWith(Tree.BASE)
        && !to.isPrimitive()
        && !Floors.mayUse(Tree.room(from), to.getPackageName())));
  }

  /**
   * But for one: Vert.x has no setting against folded lines and no other way to its decoder. {@code
   * SmugglingTest} tells when another version has moved it.
   */
  @Test
  void nobodyUsesTheInsideOfVertx() {
    none(dependencies((from, to) -> Floors.isVertxInside(to.getPackageName())
        && !from.getName().equals("dev.agentruntime.http.FoldGuard")));
  }

  @Test
  void onlyTimeReadsAClock() {
    none(calls(CLOCKS, from -> !Tree.room(from).equals("time")));
  }

  @Test
  void nobodyHoldsAThread() {
    none(calls(WAITS, from -> true));
  }

  @Test
  void nothingIsSynchronized() {
    none(PRODUCT.stream()
        .flatMap(type -> type.getCodeUnits().stream())
        .filter(unit -> unit.getModifiers().contains(JavaModifier.SYNCHRONIZED))
        .map(JavaCodeUnit::getFullName));
  }

  @Test
  void namesSayWhatAClassIs() {
    none(PRODUCT.stream()
        .filter(type -> type.getSimpleName().matches(".*(Utils?|Helpers?|Manager)"))
        .map(JavaClass::getName));
  }

  @Test
  void floorsKnowUpFromDown() {
    assertTrue(Floors.mayEnter("journal", "core"));
    assertTrue(Floors.mayEnter("journal", "journal"));
    assertTrue(Floors.mayUse("api", "io.vertx.ext.web.handler"));
    assertTrue(Floors.isVertxInside("io.vertx.core.impl.future"));
    List.of(
            Floors.mayEnter("core", "journal"),
            Floors.mayEnter("journal", "context"),
            Floors.mayEnter("journal", "util"),
            Floors.mayUse("core", "io.vertx.core"),
            Floors.mayUse("process", "dev.langchain4j.model"),
            Floors.mayUse("cli", "javassist"),
            Floors.isVertxInside("io.vertx.core.spi.cluster"))
        .forEach(refused -> assertEquals(false, refused));
  }

  private interface Forbidden {
    boolean test(JavaClass from, JavaClass to);
  }

  private static Stream<String> dependencies(Forbidden forbidden) {
    return PRODUCT.stream()
        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
        .filter(dependency -> forbidden.test(
            dependency.getOriginClass(), dependency.getTargetClass().getBaseComponentType()))
        .map(Dependency::getDescription);
  }

  private static Stream<String> calls(
      Map<String, Set<String>> methods, Predicate<JavaClass> callers) {
    return PRODUCT.stream()
        .filter(callers)
        .flatMap(type -> type.getAccessesFromSelf().stream())
        .filter(call -> methods
            .getOrDefault(call.getTargetOwner().getName(), Set.of())
            .contains(call.getName()))
        .map(JavaAccess::getDescription);
  }

  private static void none(Stream<String> violations) {
    assertEquals("", String.join("\n", violations.sorted().toList()));
  }
}
