package dev.agentruntime.governance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands for a value that is not shown: where it may stay, and where it may not. */
class MaskedEditTest {

  private static final Json ORIGINAL = json("""
      {'amount':5,'api_key':'k-1','auth':{'user':'bob','pin':[1,2]},'note':'see [secret:BANK]',
       'parts':[{'token':'t-1','n':1},{'token':'t-2','n':2}],
       'one':[{'token':'t-3','n':1},{'n':2}],'pins':['[secret:A]','[secret:B]'],
      'a/b':{'secret':null}}
      """);
  private static final Json SHOWN = SensitiveNames.masked(ORIGINAL);

  private static Json json(String text) {
    return Json.parse(text.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {'amount':2}|{'amount':2}
      {'api_key':'[masked]'}|{'api_key':'k-1'}
      {'amount':2,'auth':{'user':'eve','pin':'[masked]'}}|{'amount':2,'auth':{'user':'eve','pin':[1,2]}}
      {'parts':[{'token':'[masked]','n':1.0},{'token':'own','n':7}]}|{'parts':[{'token':'t-1','n':1.0},{'token':'own','n':7}]}
      {'one':[{'token':'[masked]','n':7},{'n':9}]}|{'one':[{'token':'t-3','n':7},{'n':9}]}
      {'pins':['[secret:A]','[secret:B]']}|{'pins':['[secret:A]','[secret:B]']}
      {'note':'see [secret:BANK]'}|{'note':'see [secret:BANK]'}
      {'a/b':{'secret':'[masked]'}}|{'a/b':{'secret':null}}
      """)
  void whatIsLeftWhereItWasIsTheValueItself(String edited, String meant) {
    assertEquals(
        json(meant).value(), MaskedEdit.merged(json(edited), SHOWN, ORIGINAL).value());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {'amount':'[masked]'}|"/amount"|[masked]
      {'key':'[masked]'}|"/key"|[masked]
      {'api_key':'[masked]2'}|"/api_key"|[masked]
      {'api_key':['[masked]']}|"/api_key/0"|[masked]
      {'api_key':'[secret:BANK]'}|"/api_key"|[secret:BANK]
      {'note':'see [secret:BANK] now'}|"/note"|[secret:BANK]
      {'note':'[masked]'}|"/note"|[masked]
      {'auth':{'pin':'[masked]','code':'[masked]'}}|"/auth/code"|[masked]
      {'parts':[{'token':'[masked]','n':2}]}|"/parts/0/token"|[masked]
      {'parts':[{},{},{'token':'[masked]'}]}|"/parts/2/token"|[masked]
      {'parts':[{'token':'[masked]','n':2},{'token':'[masked]','n':1}]}|"/parts/0/token"|[masked]
      {'parts':[{'token':'[masked]','n':1},{'token':'[masked]','n':7}]}|"/parts/1/token"|[masked]
      {'parts':[{'token':'own','n':2},{'token':'[masked]','n':1}]}|"/parts/1/token"|[masked]
      {'one':[{'n':2},{'token':'[masked]','n':1}]}|"/one/1/token"|[masked]
      {'pins':['[secret:B]','[secret:A]']}|"/pins/0"|[secret:B]
      {'a/b':'[masked]'}|"/a~1b"|[masked]
      {'[secret:BANK]':1}|"/[secret:BANK]"|[secret:BANK]
      """)
  void anywhereElseItIsRefusedByItsPath(String edited, String path, String mark) {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> MaskedEdit.merged(json(edited), SHOWN, ORIGINAL));
    assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
    String message = fault.failure().message();
    assertTrue(
        message.startsWith("arguments at " + path + ", expected=the value itself, actual=" + mark),
        message);
  }

  @Test
  void whoWasShownNothingCanLeaveNothing() {
    Json edited = json("{'api_key':'[masked]'}");
    assertThrows(RuntimeFault.class, () -> MaskedEdit.merged(edited, null, ORIGINAL));
    Json plain = json("{'api_key':'k-2'}");
    assertSame(plain, MaskedEdit.merged(plain, null, ORIGINAL));
  }
}
