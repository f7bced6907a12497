package dev.agentruntime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UriTemplateTest {

  private static String expand(String template, String arguments) {
    return UriTemplate.parse(template, "url").expand(Json.parse(arguments).object());
  }

  @ParameterizedTest(name = "{0} with {1}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      https://h/a/{x}|{"x":"b"}|https://h/a/b
      https://h/{x}/{y}|{"x":"a","y":"b"}|https://h/a/b
      https://h/{x}{y}|{"x":"a","y":7}|https://h/a7
      https://h/{x}|{"x":true}|https://h/true
      https://h/{x}|{"x":"a/b"}|https://h/a%2Fb
      https://h/{x}|{"x":"../../admin"}|https://h/..%2F..%2Fadmin
      https://h/{x}|{"x":"a?b=c&d#e"}|https://h/a%3Fb%3Dc%26d%23e
      https://h/{x}|{"x":"a b+c;d"}|https://h/a%20b%2Bc%3Bd
      https://h/{x}|{"x":"%2e%2e"}|https://h/%252e%252e
      https://h/{x}|{"x":"@evil.example:80"}|https://h/%40evil.example%3A80
      https://h/{x}|{"x":"\\\\evil"}|https://h/%5Cevil
      https://h/{x}|{"x":"a\\r\\nHost: evil"}|https://h/a%0D%0AHost%3A%20evil
      https://h/{x}|{"x":"ü€"}|https://h/%C3%BC%E2%82%AC
      https://h/{+x}|{"x":"a/b c/d"}|https://h/a/b%20c/d
      https://h/{+x}|{"x":"a?b#c"}|https://h/a%3Fb%23c
      https://h/a?q={q}|{"q":"x&y=z"}|https://h/a?q=x%26y%3Dz
      https://h/a?q={q}|{"q":""}|https://h/a?q=
      https://h/a?q={q}|{"q":"../.."}|https://h/a?q=..%2F..
      https://h/a{?q,n}|{"q":"x y","n":3}|https://h/a?q=x%20y&n=3
      https://h/a{?q,n}|{"n":3}|https://h/a?n=3
      https://h/a{?q,n}|{}|https://h/a
      https://h/a{?q}|{"q":["a","b&c"]}|https://h/a?q=a&q=b%26c
      https://h/a?k=v{&q}|{"q":"x"}|https://h/a?k=v&q=x
      """)
  void expands(String template, String arguments, String expected) {
    assertEquals(expected, expand(template, arguments));
  }

  @ParameterizedTest(name = "{0} with {1}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      https://h/{x}|{}|argument "x", expected=a value, the URL needs it, actual=none
      https://h/{x}|{"x":null}|argument "x", expected=a value, the URL needs it, actual=none
      https://h/{x}|{"x":""}|argument "x", expected=a text that is not empty, it is part of a path, actual=""
      https://h/{x}|{"x":{}}|argument "x", expected=text, a number or true or false in a URL, actual=another JSON value
      https://h/{x}/a|{"x":".."}|the URL's path would have a segment "..", expected arguments that add no '.', '..' or empty segment
      https://h/{x}{y}|{"x":".","y":"."}|the URL's path would have a segment "..", expected arguments that add no '.', '..' or empty segment
      https://h/a/{x}|{"x":"."}|the URL's path would have a segment ".", expected arguments that add no '.', '..' or empty segment
      https://h/{+x}|{"x":"a/../b"}|the URL's path would have a segment "..", expected arguments that add no '.', '..' or empty segment
      https://h/{+x}|{"x":"/a"}|the URL's path would have a segment "", expected arguments that add no '.', '..' or empty segment
      """)
  void refusesArguments(String template, String arguments, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> expand(template, arguments));
    assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
    assertEquals(message, fault.failure().message());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      ftp://h/a|expected http:// or https:// and a host without holes
      {x}|expected http:// or https:// and a host without holes
      https://{x}/a|expected http:// or https:// and a host without holes
      https://api.{x}/a|expected '/' behind the host
      https://h:{x}/a|expected '/' behind the host
      https://h?{x}|expected '/' behind the host
      https://h/{x|expected {name}, {+name}, {?a,b} or {&a,b} for each brace
      https://h/{#x}|expected {name}, {+name}, {?a,b} or {&a,b} for each brace
      https://h/{x:3}|expected {name}, {+name}, {?a,b} or {&a,b} for each brace
      https://h/{x}#a|expected no '#'
      https://h/{}|expected a name of letters, digits and '_' in each hole
      https://h/{a,b}|expected one name in {...}
      https://h/?q={+x}|expected {+name} in the path only
      https://h/{?x}/a|expected {?...} and {&...} at the end only
      https://h/a?b=c{?x}|expected {&...} behind a '?'
      https://h/a{&x}|expected {?...}, there is no '?'
      """)
  void refusesTemplates(String template, String expected) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> UriTemplate.parse(template, "url"));
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    assertEquals(
        "url: " + expected + ", actual " + Json.quote(template), fault.failure().message());
  }

  @Test
  void knowsItsNames() {
    UriTemplate template = UriTemplate.parse("https://h/{a}/{+b}?c={c}{&d,e}", "url");
    assertEquals(Set.of("a", "b", "c", "d", "e"), template.names());
    assertEquals("https://h/x/x?c=x", template.skeleton());
  }
}
