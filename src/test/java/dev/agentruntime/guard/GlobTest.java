package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "* a.csv true",
        "* deep/down/a.csv true",
        "*.csv a.csv true",
        "*.csv deep/a.csv true",
        "*.csv a.csv.tmp false",
        "*.csv .csv true",
        "*.CSV a.csv false",
        "?.csv a.csv true",
        "?.csv ab.csv false",
        "?.csv é.csv true",
        "?.csv 😀.csv true",
        "[abc].csv b.csv true",
        "[a-c].csv d.csv false",
        "[!a-c].csv d.csv true",
        "[]].csv ].csv true",
        "[a-].csv -.csv true",
        "[*].csv *.csv true",
        "[*].csv a.csv false",
        "\\*.csv *.csv true",
        "\\*.csv a.csv false",
        "\\[a.csv [a.csv true",
        "*.{csv,tsv} a.tsv true",
        "*.{csv,tsv} a.txt false",
        "{a,b}{1,2} b2 true",
        "{a,b}{1,2} b3 false",
        "a{,.bak} a true",
        "in/*.csv in/a.csv true",
        "in/*.csv in/deep/a.csv false",
        "in/*.csv a.csv false",
        "**/a.csv a.csv true",
        "**/a.csv x/y/a.csv true",
        "**/a.csv x/ya.csv false",
        "in/**/a.csv in/a.csv true",
        "in/**/a.csv in/x/y/a.csv true",
        "in/**/a.csv inx/a.csv false",
        "in/** in/x/y true",
        "in/** out/x false",
        "** x/y true",
        "**/**/**/** x/y true",
        "**/x/**/y a/x/b/c/y true",
        "**/x/**/y a/b/c/y false",
        "-rf -rf true"
      })
  void matches(String pattern, String path, boolean expected) {
    assertEquals(expected, Glob.of(pattern).matches(path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[",
        "[a",
        "[a/b]",
        "[!]",
        "{a,b",
        "{a,{b,c}}",
        "a\\",
        "../*",
        "a/../b",
        "./a",
        "/etc/*",
        "a//b",
        "a/",
        "**.csv",
        "x**/a",
        "{..,a}/b",
        "a\u0000b",
        "1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3",
        "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
      })
  void refuses(String pattern) {
    assertNotNull(Glob.problem(pattern));
    assertThrows(RuntimeFault.class, () -> Glob.of(pattern));
  }

  @Test
  void saysWhatIsWrong() {
    assertEquals(
        "\"[a\": '[' is not closed, expected ']' before the next '/', or '\\[' for the character",
        Glob.problem("[a"));
    assertEquals(
        "\"../*\": expected a path below the watched directory without '.' and '..' segments",
        Glob.problem("../*"));
  }

  @Test
  void takesLittleTimeForWhatMakesOthersSlow() {
    Glob stars = Glob.of("*a".repeat(200) + "b");
    Glob deep = Glob.of("**/".repeat(31) + "x");
    String name = "a".repeat(255);
    String path = "a/".repeat(2000) + "a";
    assertTimeout(Duration.ofSeconds(5), () -> {
      assertEquals(false, stars.matches(name));
      assertEquals(false, deep.matches(path));
    });
  }
}
