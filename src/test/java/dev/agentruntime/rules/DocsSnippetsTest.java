package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.rules.ReadmeBlocks.Block;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the README and the manual show is compiled code, real files, and links that hold. */
final class DocsSnippetsTest {

  /** In these languages a block is a piece of a real file, never written by hand. */
  private static final Set<String> COPIED = Set.of("java", "yaml");

  private static final Pattern TEST_NAME = Pattern.compile("`([a-z]+\\.\\w+(?:Test|IT))`");

  private static final Pattern LINK = Pattern.compile("]\\(([^)#:\\s]+)(#[^)\\s]*)?\\)");

  @Test
  void blocksEqualTheirSource() {
    List<String> found = new ArrayList<>();
    for (String document : documents()) {
      for (Block block : ReadmeBlocks.of(document)) {
        String where = document + ":" + block.line() + ": ";
        if (block.marker().startsWith("snippet: ")) {
          String reference = block.marker().substring("snippet: ".length());
          String source = ReadmeBlocks.region(reference);
          if (!source.equals(block.text())) {
            found.add(where + "differs from " + reference + ", expected=\n" + source);
          }
        } else if (COPIED.contains(block.info())) {
          found.add(where + "a " + block.info() + " block without <!-- snippet: file#tag -->");
        }
      }
    }
    assertEquals("", String.join("\n", found));
  }

  @Test
  void linksHold() {
    List<String> found = new ArrayList<>();
    for (String document : documents()) {
      Path file = Tree.root().resolve(document);
      LINK.matcher(Tree.read(file))
          .results()
          .map(MatchResult::group)
          .map(link -> link.replaceAll("^]\\(|#.*|\\)$", ""))
          .filter(target -> !Files.exists(file.resolveSibling(target)))
          .forEach(target -> found.add(document + ": no such file: " + target));
    }
    assertEquals(List.of(), found);
  }

  /** What is promised without a test is a wish. */
  @Test
  void everyPromiseNamesTestsThatExist() {
    List<String> found = new ArrayList<>();
    List<String> rows = Tree.read(Tree.root().resolve("README.md"))
        .lines()
        .dropWhile(line -> !line.startsWith("| Promise |"))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .toList();
    for (String row : rows) {
      List<String> tests =
          TEST_NAME.matcher(row).results().map(name -> name.group(1)).toList();
      if (tests.isEmpty()) {
        found.add("no test: " + row);
      }
      tests.stream()
          .filter(name -> !Files.exists(Tree.root()
              .resolve("src/test/java/dev/agentruntime/" + name.replace('.', '/') + ".java")))
          .forEach(name -> found.add("no such test: " + name));
    }
    assertEquals("", String.join("\n", found));
    assertTrue(rows.size() > 10, "rows " + rows.size());
  }

  @Test
  void ciRunsTheTestCommandOfTheReadme() {
    String command = ReadmeBlocks.command("README.md", "test").strip();

    assertTrue(
        Tree.read(Tree.root().resolve(".ci/run"))
            .lines()
            .anyMatch(line -> line.equals("test_command='" + command + "'")),
        ".ci/run does not run: " + command);
  }

  @Test
  void findsBlocksAndTheirMarkers() {
    List<Block> blocks = ReadmeBlocks.parse("""
        Text.
        <!-- run: test -->
        ```bash
        mvn verify
        ```

        <!-- snippet: a#b -->

        ````markdown
        ```java
        ```
        ````
        ```
        none
        ```
        """);

    assertEquals(
        List.of(
            new Block("run: test", "bash", "mvn verify\n", 3),
            new Block("snippet: a#b", "markdown", "```java\n```\n", 9),
            new Block("", "", "none\n", 13)),
        blocks);
    assertThrows(IllegalArgumentException.class, () -> ReadmeBlocks.parse("```\nnever closed\n"));
  }

  @Test
  void cutsTaggedRegions() {
    String text = "  // snippet: a\n  one();\n    two();\n  // end: a\n  # snippet: b\n";

    assertEquals("one();\n  two();\n", ReadmeBlocks.cut(text, "a", "A.java#a"));
    assertThrows(IllegalArgumentException.class, () -> ReadmeBlocks.cut(text, "b", "A.java#b"));
  }

  private static List<String> documents() {
    List<String> documents = new ArrayList<>(List.of("README.md"));
    Tree.files("src/docs", ".md").forEach(file -> documents.add(Tree.shown(file)));
    return documents;
  }
}
