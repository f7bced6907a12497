package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.hook.HookBlocked;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What hooks are asked about a call whose arguments a person has changed. */
final class HookApprovalTest extends HookWorld {

  private static final String PERSON = "{\"approval\":{\"tools\":[\"charge\"],\"tainted\":false}}";

  private void approves(String arguments) {
    ApprovalWorld.decided(
        hand, ApprovalWorld.word(ApprovalWorld.only(hand).request().id(), true, arguments));
  }

  @Test
  void whatAPersonChangedIsAskedAboutOnceMore() {
    List<Object> seen = new ArrayList<>();
    on(HookEvent.PERMISSION_REQUEST, call -> seen.add(call.data().get("arguments")));
    start(ApprovalWorld.config(PERSON));
    offer();
    hand.want("charge", "{\"amount\":1,\"token\":\"t-1\"}");
    assertEquals(1, seen.size());
    approves("{\"amount\":2,\"token\":\"[masked]\"}");
    assertEquals(2, seen.size(), "once for each decision");
    assertEquals(Map.of("amount", 2L, "token", "t-1"), seen.get(1), "what will run");
    assertEquals(
        Map.of("amount", 2L, "token", "t-1"),
        hand.called.get(0).call().arguments().value());
  }

  @Test
  void whatAPersonChangedCanStillBeBlocked() {
    on(HookEvent.PERMISSION_REQUEST, call -> {
      if (String.valueOf(call.data().get("arguments")).contains("9")) {
        throw new HookBlocked("too much");
      }
    });
    start(ApprovalWorld.config(PERSON));
    offer();
    hand.want("charge", "{\"amount\":1}");
    approves("{\"amount\":9}");
    assertEquals(List.of(), hand.called);
    assertEquals("Blocked by a hook: too much", lastText());
    assertEquals(List.of(), hand.entries(EntryData.ToolCall.class));
  }

  private String lastText() {
    return BudgetWorld.last(hand).text();
  }

  @Test
  void whatAPersonLeftAsItWasIsNotAskedAboutAgain() {
    on(HookEvent.PERMISSION_REQUEST, call -> {});
    start(ApprovalWorld.config(PERSON));
    offer();
    hand.want("charge", "{\"amount\":1}");
    approves("{\"amount\":1}");
    assertEquals(1, hand.called.size());
    assertEquals(1, called.size());
  }

  @Test
  void afterACrashOnlyWhatWillRunIsAskedAbout() {
    List<Object> seen = new ArrayList<>();
    on(HookEvent.PERMISSION_REQUEST, call -> seen.add(call.data().get("arguments")));
    start(ApprovalWorld.config(PERSON));
    offer();
    hand.want("charge", "{\"amount\":1}");
    held = true;
    approves("{\"amount\":2}");
    assertEquals(List.of(), hand.called, "the hook has not spoken");
    hand.restart(false);
    hand.flush();
    seen.clear();
    letHooksGo();
    assertTrue(seen.stream().allMatch(Map.of("amount", 2L)::equals), seen::toString);
    assertEquals(1, hand.called.size());
  }
}
