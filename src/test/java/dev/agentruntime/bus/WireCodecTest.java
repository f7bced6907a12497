package dev.agentruntime.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Wire.ClaimAnswer;
import dev.agentruntime.bus.Wire.ClaimRequest;
import dev.agentruntime.bus.Wire.Copies;
import dev.agentruntime.bus.Wire.CopiesFound;
import dev.agentruntime.bus.Wire.CopiesRequest;
import dev.agentruntime.bus.Wire.Copy;
import dev.agentruntime.bus.Wire.Info;
import dev.agentruntime.bus.Wire.InfoRequest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WireCodecTest {

  private static final ProcessName NAME = new ProcessName("ci-assistant");
  private static final List<Copy> COPIES =
      List.of(new Copy(NAME, true), new Copy(new ProcessName("heartbeat"), false));

  private static final List<Wire> ALL = List.of(
      new InfoRequest(),
      new Info("running", 3, "127.0.0.1:9100", null),
      new ClaimRequest(NAME, "run-1"),
      new ClaimAnswer(ClaimAnswer.Word.LATER),
      new CopiesRequest(List.of(NAME)),
      new CopiesFound("run-1", COPIES),
      new Copies(COPIES));

  @Test
  void everyMessageReadsBackEqual() {
    Set<Class<?>> kinds = new HashSet<>();
    for (Wire message : ALL) {
      assertEquals(message, WireCodec.decode(WireCodec.encode(message)));
      kinds.add(message.getClass());
    }
    Set<Class<?>> all = new HashSet<>(Arrays.asList(Wire.class.getPermittedSubclasses()));
    all.removeIf(kind -> !Wire.class.isAssignableFrom(kind));
    assertEquals(all, kinds);
  }

  @Test
  void theTextIsVersionedJson() {
    assertEquals(
        "{\"v\":1,\"type\":\"claim_request\",\"name\":\"ci-assistant\",\"member\":\"run-1\"}",
        WireCodec.encode(new ClaimRequest(NAME, "run-1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'v':2,'type':'info_request'} | version, expected=1, actual=2",
        "{'type':'info_request'} | v, expected a whole number, actual=null",
        "{'v':1} | type, expected a string, actual=null",
        "{'v':1,'type':'java.util.HashMap'} | type, expected a known one",
        "{'v':1,'type':'info','state':7} | state, expected a string, actual=7",
        "{'v':1,'type':'claim_answer','word':'YES'} | word, expected GRANTED, OWNED or LATER",
        "{'v':1,'type':'copies','copies':{}} | copies, expected a list",
        "{'v':1,'type':'copies','copies':[1]} | copies, expected objects",
        "{'v':1,'type':'copies_request','names':['../x']} | process name",
        "{'v':1,'type':'claim_request','name':'a b','member':'m'} | process name",
        "[] | expected a JSON object",
        "rubbish | line 1",
      })
  void refusesWhatItCannotRead(String text, String why) {
    RuntimeFault fault =
        assertThrows(RuntimeFault.class, () -> WireCodec.decode(text.replace('\'', '"')));
    assertTrue(fault.failure().message().contains(why), fault.failure().message());
  }

  @Test
  void refusesAGiantUnread() {
    String giant = " ".repeat(WireCodec.LENGTH_MAX + 1);
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> WireCodec.decode(giant));
    assertEquals(ErrorCode.INVALID_REQUEST, fault.code());
    assertTrue(
        fault.failure().message().contains("length, expected<="),
        fault.failure().message());
  }
}
