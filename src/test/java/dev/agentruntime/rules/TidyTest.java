package dev.agentruntime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Style is a test: what {@link SourceRules} and {@link TextRules} forbid is not there. */
final class TidyTest {

  private static final String MAIN = "src/main/java";
  private static final int PACKAGE_FILES_MAX = 20;
  private static final Pattern TEXT =
      Pattern.compile(".*\\.(java|md|xml|ya?ml|agent|properties|txt|html|js|mjs|css|sh)|.*/run");

  /** In this order under each version of the changelog; what breaks comes first. */
  private static final List<String> HEADS =
      List.of("Breaking", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security");

  @Test
  void sourcesAreTidy() {
    List<String> found = new ArrayList<>();
    for (Path file : java()) {
      String path = Tree.shown(file);
      found.addAll(SourceRules.check(path, path.startsWith(MAIN), Tree.read(file)));
    }
    assertEquals("", String.join("\n", found));
  }

  @Test
  void textsAreTidy() {
    List<Path> files = new ArrayList<>(List.of(Tree.root().resolve("pom.xml")));
    Stream.of("src", "benchmarks", "agents", "conf", ".ci")
        .forEach(top -> files.addAll(Tree.files(top, "")));
    files.addAll(documents());
    List<String> found = files.stream()
        .filter(file -> TEXT.matcher(file.toString()).matches())
        .flatMap(file -> TextRules.check(Tree.shown(file), Tree.read(file)).stream())
        .distinct()
        .toList();
    assertEquals("", String.join("\n", found));
  }

  @Test
  void everyPackageSaysWhatItIs() {
    List<String> found = new ArrayList<>();
    for (Path directory : packages().keySet()) {
      Path info = directory.resolve("package-info.java");
      String text = info.toFile().exists() ? Tree.read(info) : "";
      if (!text.contains("/**")
          || !text.contains("@NullMarked")
          || !text.contains("@CheckReturnValue")) {
        found.add(Tree.shown(directory)
            + ": package-info.java with Javadoc, @NullMarked and @CheckReturnValue");
      }
    }
    assertEquals("", String.join("\n", found));
  }

  @Test
  void packagesStaySmall() {
    assertTrue(packages().size() > 1, "no package found");
    packages()
        .forEach((directory, files) -> assertTrue(
            files <= PACKAGE_FILES_MAX,
            Tree.shown(directory) + ": files, expected<=" + PACKAGE_FILES_MAX + ", actual="
                + files));
  }

  @Test
  void changelogHeadsAreInOrder() {
    assertEquals(List.of(), changelog(Tree.read(Tree.root().resolve("CHANGELOG.md"))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
      import java.util.*; class A {}                                    ~ wildcard import
      class A { void a() { synchronized (this) { a(); } } }             ~ synchronized block
      class A { synchronized void a() {} }                              ~ synchronized method a
      class A { volatile int a; }                                       ~ volatile field a
      class A { void a() { System.err.println(); } }                    ~ System.err outside cli
      class A { void a(int a, int b, int c, int d, int e, int f) {} }   ~ parameters of a
      class A { void a() { try { a(); } catch (IOException e) {} } }    ~ swallowed IOException
      class A { void a() { try { a(); } catch (Exception e) { a(); } } } ~ swallowed Exception
      class A { void a(B b) { b.setTrustAll(true); } }                  ~ trusts anybody
      class A { void a(B b) { b.setVerifyHost(false); } }               ~ trusts anybody
      """)
  void seesWhatIsForbidden(String source, String expected) {
    List<String> found = SourceRules.check(MAIN + "/A.java", true, source);

    assertEquals(1, found.size(), found::toString);
    assertTrue(found.get(0).contains(expected), found::toString);
  }

  @Test
  void seesLongBodies() {
    String source = "class A { void a() {\n" + "a();\n".repeat(71) + "} void b() {\n"
        + "b();\n".repeat(70) + "} }";

    assertEquals(
        List.of("A.java:1: body of a, expected<=70 lines, actual=71"),
        SourceRules.check("A.java", false, source));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
      record A(int a, int b, int c, int d, int e, int f) { A { } }
      class A { void a() { try { a(); } catch (Exception e) { b(e); } } }
      class A { void a() { try { a(); } catch (Exception e) { throw b; } } }
      class A { void a(B b) { b.setVerifyHost(true); } }
      """)
  void letsTheRestPass(String source) {
    assertEquals(List.of(), SourceRules.check(MAIN + "/A.java", true, source));
  }

  @Test
  void acceptsAnEmptyCatchThatSaysWhy() {
    String source =
        "class A { void a() { try { a(); } catch (NoSuchFileException gone) {\n// as wished\n} } }";

    assertEquals(List.of(), SourceRules.check(MAIN + "/A.java", true, source));
  }

  @Test
  void seesWhatIsNotJava() {
    assertEquals(1, SourceRules.check("A.java", false, "class A {").size());
  }

  @Test
  void seesBadLines() {
    String text = "// TO" + "DO later\n" + "a".repeat(101) + "\nread(\"/ho" + "me/me/x\")\n";

    assertEquals(
        List.of(
            "A.java:1: an open end: TO" + "DO",
            "A.java:2: columns, expected<=100, actual=101",
            "A.java:3: a path of one machine: /ho" + "me/m"),
        TextRules.check("A.java", text));
    assertEquals(List.of("A.java: no line break at the end"), TextRules.check("A.java", "a"));
    assertEquals(
        List.of("A.java: lines, expected<=500, actual=501"),
        TextRules.check("A.java", "a\n".repeat(501)));
    assertEquals(List.of(), TextRules.check("a.md", "| " + "a".repeat(200) + " |\n"));
    String table = "\"\"\"\n" + "a".repeat(101) + "\n\"\"\"\n";
    assertEquals(List.of(), TextRules.check("src/test/java/ATest.java", table));
    assertEquals(1, TextRules.check("src/main/java/A.java", table).size());
    assertEquals(
        1,
        TextRules.check("src/test/java/ATest.java", table + "a".repeat(101) + "\n")
            .size());
  }

  @Test
  void seesBadChangelogs() {
    assertEquals(
        List.of(), changelog("# Changelog\n\n## Unreleased\n\n### Breaking\n\n### Added\n"));
    assertEquals(
        List.of("first head, expected=## Unreleased, actual=## 1.0.0 - 2026-01-01"),
        changelog("# Changelog\n## 1.0.0 - 2026-01-01\n### Added\n"));
    assertEquals(
        List.of("## Unreleased: heads [Added, Breaking]"),
        changelog("# Changelog\n## Unreleased\n### Added\n### Breaking\n"));
    assertEquals(
        List.of("## 1.0: expected=## x.y.z - yyyy-mm-dd", "## 1.0: heads [News]"),
        changelog("# Changelog\n## Unreleased\n## 1.0\n### News\n"));
  }

  private static List<String> changelog(String text) {
    List<String> found = new ArrayList<>();
    String first = "";
    for (String section : text.split("(?m)^(?=## )", -1)) {
      String version = section.lines().findFirst().orElse("");
      List<String> heads = section
          .lines()
          .filter(line -> line.startsWith("### "))
          .map(line -> line.substring(4))
          .toList();
      if (!version.startsWith("## ")) {
        continue;
      }
      first = first.isEmpty() ? version : first;
      if (!version.matches("## (Unreleased|\\d+\\.\\d+\\.\\d+ - \\d{4}-\\d\\d-\\d\\d)")) {
        found.add(version + ": expected=## x.y.z - yyyy-mm-dd");
      }
      if (!HEADS.stream().filter(heads::contains).toList().equals(heads)) {
        found.add(version + ": heads " + heads);
      }
    }
    if (!first.equals("## Unreleased")) {
      found.add("first head, expected=## Unreleased, actual=" + first);
    }
    return found;
  }

  private static List<Path> java() {
    List<Path> files = new ArrayList<>(Tree.files("src", ".java"));
    files.addAll(Tree.files("benchmarks", ".java"));
    assertTrue(files.size() > 10, "no sources found");
    return files;
  }

  private static List<Path> documents() {
    return Stream.of("README.md", "CHANGELOG.md", "SECURITY.md")
        .map(name -> Tree.root().resolve(name))
        .filter(file -> file.toFile().exists())
        .toList();
  }

  /** Every package of the product and how many files it has beside its package-info. */
  private static Map<Path, Long> packages() {
    return Tree.files(MAIN, ".java").stream()
        .collect(Collectors.groupingBy(
            Path::getParent,
            TreeMap::new,
            Collectors.filtering(
                file -> !file.endsWith("package-info.java"), Collectors.counting())));
  }
}
