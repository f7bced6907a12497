package dev.agentruntime.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Subscriptions.Arrival;
import dev.agentruntime.bus.Subscriptions.Listening;
import dev.agentruntime.bus.Subscriptions.Standing;
import dev.agentruntime.bus.Subscriptions.Wanted;
import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Emission.Due;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SubscriptionsTest {

  private static final NodeId HERE = new NodeId("here");
  private static final ProcessName A = new ProcessName("a");
  private static final ProcessName B = new ProcessName("b");
  private static final Emission EVENT = Emissions.event("build.failed", Json.NULL);
  private static final Emission MESSAGE =
      Emissions.message("build.failed", Json.NULL, Emission.Options.NONE);

  private final Subscriptions table = new Subscriptions(HERE);

  private static Wanted event(String pattern, @Nullable String source) {
    return new Wanted("e", Emission.Kind.EVENT, pattern, source, null);
  }

  private static Wanted message(String pattern, @Nullable String group) {
    return new Wanted("m", Emission.Kind.MESSAGE, pattern, null, group);
  }

  private static Due due(ProcessName process, String trigger) {
    return new Due(HERE, process, trigger, null);
  }

  @Test
  void owesByKindPatternAndSource() {
    table.declare(A, List.of(event("build.*", null), message("build.failed", null)));
    table.declare(B, List.of(event("**", "monitor")));

    assertEquals(List.of(due(A, "e")), table.due("i", EVENT, "other"));
    assertEquals(List.of(due(A, "e"), due(B, "e")), table.due("i", EVENT, "monitor"));
    assertEquals(List.of(due(A, "m")), table.due("i", MESSAGE, "monitor"));
    assertEquals(List.of(), table.due("i", Emissions.event("test", Json.NULL), "other"));
  }

  @Test
  void replacesWithdrawsAndForgets() {
    List<Wanted> wanted = List.of(event("**", null));
    table.declare(A, wanted);
    assertEquals(Standing.OWED, table.standing(due(A, "e")));
    table.withdraw(A, wanted);
    assertEquals(List.of(), table.due("i", EVENT, "x"));
    assertEquals(Standing.STOPPED, table.standing(due(A, "e")));
    table.declare(A, List.of(event("other", null)));
    assertEquals(Standing.OWED, table.standing(due(A, "e")), "what it is owed it is owed");
    table.declare(A, List.of(message("other", null)));
    assertEquals(Standing.GONE, table.standing(due(A, "e")));
    assertEquals(Standing.OWED, table.standing(due(A, "")), "a reply is owed to the process");
    assertTrue(table.has(A));
    table.forget(A);

    assertEquals(Standing.GONE, table.standing(due(A, "m")));
    assertEquals(Standing.OWED, table.standing(new Due(new NodeId("far"), A, "m", null)));
  }

  @Test
  void choosesOneOfEachGroupAndTheSameOneAgain() {
    table.declare(A, List.of(message("**", "g")));
    table.declare(B, List.of(message("**", "g")));
    table.declare(new ProcessName("c"), List.of(message("**", null)));
    Set<ProcessName> chosen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      List<Due> due = table.due("item-" + i, MESSAGE, "x");
      assertEquals(2, due.size());
      assertEquals(due, table.due("item-" + i, MESSAGE, "x"));
      assertNull(due.get(0).group());
      chosen.add(due.get(1).process());
    }
    Due a = new Due(HERE, A, "m", "g");
    Due next = table.successor(a, "i", MESSAGE, "x");

    assertEquals(Set.of(A, B), chosen);
    assertNotNull(next);
    assertEquals(B, next.process());
    table.withdraw(B, List.of());
    assertNull(table.successor(a, "i", MESSAGE, "x"));
  }

  @Test
  void deliversToWhoListensAndWakesWhoWaits() {
    List<String> heard = new ArrayList<>();
    int[] woken = {0};
    Runnable wake = () -> woken[0]++;
    Arrival arrival = new Arrival("i", EVENT, "x", Instant.EPOCH, 1);
    Future<Void> nobody = table.deliver(due(A, "e"), arrival);
    assertTrue(nobody.failed());
    assertEquals(ErrorCode.PROCESS_STOPPED, Failure.of(nobody.cause()).code());
    table.whenHeard(due(A, "e"), wake);
    table.whenHeard(due(A, "e"), wake);
    Listening listening = table.listen(A, "e", said -> {
      heard.add(said.item());
      return Future.succeededFuture();
    });
    assertEquals(1, woken[0]);
    assertTrue(table.deliver(due(A, "e"), arrival).succeeded());
    listening.close();
    assertTrue(table.deliver(due(A, "e"), arrival).failed());
    table.whenHeard(due(A, "e"), wake);
    table.forget(A);

    assertEquals(List.of("i"), heard);
    assertEquals(2, woken[0]);
  }
}
