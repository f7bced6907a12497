package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * {@code src/test/resources/api.txt} lists every public type: {@code promised} to users, or
 * {@code shared} between our own packages. A type that becomes public is a line a reviewer sees.
 */
final class PublicSurfaceTest {

  private static final String LIST = "src/test/resources/api.txt";

  @Test
  void publicTypesAreListed() {
    Set<String> real = Tree.product().stream()
        .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .map(JavaClass::getName)
        .collect(Collectors.toCollection(TreeSet::new));
    Set<String> listed = lines().stream()
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .collect(Collectors.toCollection(TreeSet::new));

    Set<String> added = new TreeSet<>(real);
    added.removeAll(listed);
    Set<String> gone = new TreeSet<>(listed);
    gone.removeAll(real);
    String add = added.stream().map(name -> "+shared " + name + "\n").collect(Collectors.joining());
    String drop = lines().stream()
        .filter(line -> gone.contains(line.substring(line.indexOf(' ') + 1)))
        .map(line -> "-" + line + "\n")
        .collect(Collectors.joining());

    assertEquals("", drop + add, "bring " + LIST + " up to date (shared, or promised to users)");
  }

  @Test
  void theListIsTidy() {
    for (String line : lines()) {
      assertTrue(
          line.matches("(promised|shared) dev\\.agentruntime\\.[a-z]+\\.[A-Za-z0-9]+"), line);
    }
    TreeSet<String> sorted = new TreeSet<>(PublicSurfaceTest::byType);
    sorted.addAll(lines());
    assertEquals(String.join("\n", sorted), String.join("\n", lines()), "sort by type, each once");
  }

  private static List<String> lines() {
    return Tree.read(Tree.root().resolve(LIST)).lines().toList();
  }

  private static int byType(String one, String other) {
    return one.substring(one.indexOf(' ')).compareTo(other.substring(other.indexOf(' ')));
  }
}
