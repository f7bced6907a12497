package dev.agentruntime.hook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.VertxTimers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hooks in Java: in which order they are called, what they can do, and what they cannot. */
@ExtendWith(VertxExtension.class)
class HooksTest {

  private static final ProcessName CLERK = new ProcessName("clerk");

  private final List<String> called = new CopyOnWriteArrayList<>();
  private Hooks hooks;

  @BeforeEach
  void make(Vertx vertx) {
    hooks = new Hooks(
        HookWorkers.of(vertx, Hooks.WORKERS),
        new VertxTimers(vertx),
        text -> text.replace("hunter2", "***"));
  }

  private String add(String name, HookOptions options) {
    return hooks.register(HookEvent.PERMISSION_REQUEST, call -> called.add(name), options);
  }

  private static <T> T now(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private HookWord dispatch() throws Exception {
    return dispatch(new HashMap<>());
  }

  private HookWord dispatch(Map<String, @Nullable Object> data) throws Exception {
    return now(hooks.dispatch(HookEvent.PERMISSION_REQUEST, CLERK, data, Map.of("m", 1)));
  }

  @Test
  void higherPriorityFirstAndTiesByRegistration() throws Exception {
    String low = add("low", HookOptions.DEFAULT.priority(-5));
    String one = add("one", HookOptions.DEFAULT);
    String two = add("two", HookOptions.DEFAULT);
    String high = add("high", HookOptions.DEFAULT.priority(5));
    HookWord word = dispatch();
    assertEquals(List.of("high", "one", "two", "low"), called);
    assertEquals(List.of(high, one, two, low), word.fired());
    assertNull(word.blocked());
    assertEquals(Map.of(), word.errors());
  }

  @Test
  void onceIsOnceAlsoAtTheSameTime() throws Exception {
    String unused = add("once", HookOptions.DEFAULT.calledOnce());
    List<Future<HookWord>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(hooks.dispatch(HookEvent.PERMISSION_REQUEST, CLERK, Map.of(), Map.of()));
    }
    Object ignored = now(Future.all(all));
    assertEquals(List.of("once"), called);
    assertTrue(hooks.isEmpty());
  }

  @Test
  void aBlockEndsTheChain() throws Exception {
    String unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> {
      throw new HookBlocked("not with hunter2");
    });
    String never = add("never", HookOptions.DEFAULT);
    HookWord word = dispatch();
    assertEquals("not with ***", word.blocked());
    assertEquals(List.of(), called);
    assertEquals(1, word.fired().size());
    assertFalse(word.fired().contains(never));
  }

  @Test
  void aBrokenHookIsRecordedAndPassedOver() throws Exception {
    String bad = hooks.register(HookEvent.PERMISSION_REQUEST, call -> {
      throw new IllegalStateException("hunter2 is lost");
    });
    String unused = add("next", HookOptions.DEFAULT);
    HookWord word = dispatch();
    assertEquals(List.of("next"), called);
    assertEquals("IllegalStateException: *** is lost", word.errors().get(bad));
    assertTrue(hooks.registered().get(0).toString().contains("\"broken\":1"));
  }

  @Test
  void whatOneChangesTheNextSeesAndNobodyElse() throws Exception {
    String unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> {
      assertEquals(Map.of("m", 1), call.metadata());
      call.data().put("seen", "first");
      ((List<?>) Objects.requireNonNull(call.data().get("list"))).clear();
    });
    AtomicReference<@Nullable Object> seen = new AtomicReference<>();
    unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> seen.set(call.data()));
    Map<String, @Nullable Object> data = new HashMap<>(Map.of("list", List.of(1L, 2L)));
    HookWord word = dispatch(data);
    assertEquals(Map.of(), word.errors());
    assertEquals(Map.of("seen", "first", "list", List.of()), seen.get());
    assertEquals(Map.of("list", List.of(1L, 2L)), data);
  }

  @Test
  void aBrokenHookChangesNothing() throws Exception {
    String unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> {
      call.data().put("half", "done");
      throw new IllegalStateException("no");
    });
    AtomicReference<@Nullable Object> seen = new AtomicReference<>();
    unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> seen.set(call.data()));
    HookWord word = dispatch();
    assertEquals(1, word.errors().size());
    assertEquals(Map.of(), seen.get());
  }

  @Test
  void theyAreRemovedByIdAndByTag() throws Exception {
    String a = add("a", HookOptions.DEFAULT.tagged("audit"));
    String b = add("b", HookOptions.DEFAULT.tagged("audit"));
    String c = add("c", HookOptions.DEFAULT);
    assertTrue(hooks.remove(c));
    assertFalse(hooks.remove(c));
    HookWord word = dispatch();
    assertEquals(List.of(a, b), word.fired());
    assertEquals(2, hooks.removeByTag("audit"));
    assertEquals(0, hooks.removeByTag("audit"));
    word = dispatch();
    assertEquals(List.of(), word.fired());
    String unused = add("d", HookOptions.DEFAULT);
    hooks.clear();
    assertTrue(hooks.isEmpty());
  }

  @Test
  void onlyForTheirEventAndTheirProcesses() throws Exception {
    String unused = add("clerks", HookOptions.DEFAULT.process("cle*"));
    unused = add("others", HookOptions.DEFAULT.process("audit-*"));
    unused = hooks.register(HookEvent.SESSION_START, call -> called.add("start"));
    HookWord word = dispatch();
    assertEquals(1, word.fired().size());
    assertEquals(List.of("clerks"), called);
    assertFalse(hooks.hears(HookEvent.SESSION_END, CLERK));
    assertThrows(RuntimeFault.class, () -> HookOptions.DEFAULT.process("[a"));
  }

  @Test
  void oneThatHangsIsNotWaitedForAndNotCalledAgainBeforeItIsBack() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    String hung = hooks.register(
        HookEvent.PERMISSION_REQUEST,
        call -> {
          called.add("hung");
          stuck.await();
          call.data().put("late", true);
        },
        HookOptions.DEFAULT.timeout(Duration.ofMillis(100)));
    AtomicReference<@Nullable Object> seen = new AtomicReference<>();
    String unused = hooks.register(HookEvent.PERMISSION_REQUEST, call -> seen.set(call.data()));
    HookWord word = dispatch();
    assertEquals("no answer within 100 ms", word.errors().get(hung));
    assertEquals(Map.of(), seen.get());
    for (int i = 0; i < 50; i++) {
      word = dispatch();
    }
    assertEquals("it has not come back from an earlier call", word.errors().get(hung));
    assertEquals(List.of("hung"), called);
    stuck.countDown();
    while (word.errors().containsKey(hung)) {
      word = dispatch();
    }
    assertEquals(List.of("hung", "hung"), called);
  }

  @Test
  void whoIsRemovedAmidAChainHoldsUpNobody() throws Exception {
    List<String> later = new ArrayList<>();
    String unused = hooks.register(
        HookEvent.PERMISSION_REQUEST,
        call -> assertTrue(hooks.remove(later.get(0))),
        HookOptions.DEFAULT.priority(5));
    later.add(add("removed", HookOptions.DEFAULT));
    unused = add("last", HookOptions.DEFAULT.priority(-5));
    assertNull(dispatch().blocked());
    assertEquals(List.of("last"), called);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void haltedNobodyIsCalledAndNobodyWaits(boolean once) throws Exception {
    HookOptions options = HookOptions.DEFAULT.priority(5).timeout(Duration.ofSeconds(20));
    AtomicInteger asked = new AtomicInteger();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    String unused = hooks.register(
        HookEvent.PERMISSION_REQUEST,
        call -> {
          asked.incrementAndGet();
          entered.countDown();
          assertTrue(over.await(20, TimeUnit.SECONDS));
        },
        once ? options.calledOnce() : options);
    unused = add("next", HookOptions.DEFAULT);
    Future<HookWord> held =
        hooks.dispatch(HookEvent.PERMISSION_REQUEST, CLERK, new HashMap<>(), Map.of());
    assertTrue(entered.await(20, TimeUnit.SECONDS));
    now(hooks.halt());
    for (int i = 0; i < 2; i++) {
      Future<HookWord> none = i == 0
          ? held
          : hooks.dispatch(HookEvent.PERMISSION_REQUEST, CLERK, new HashMap<>(), Map.of());
      ExecutionException ended = assertThrows(ExecutionException.class, () -> now(none));
      assertEquals(
          ErrorCode.KILLED, Failure.of(Objects.requireNonNull(ended.getCause())).code());
    }
    hooks.goOn();
    over.countDown();
    assertEquals(Map.of(), dispatch().errors(), "it is no broken hook");
    assertEquals(List.of("next"), called);
    assertEquals(2, asked.get(), "who was ended is asked again");
  }

  /** As one does that uses a process of another node, or of this one a moment after the lift. */
  @Test
  void whoFailsWithWhatTheSwitchSaysIsBrokenAsAnyOther() throws Exception {
    String id = hooks.register(
        HookEvent.PERMISSION_REQUEST,
        call -> {
          throw new RuntimeFault(ErrorCode.KILLED, "elsewhere");
        },
        HookOptions.DEFAULT);
    assertEquals(Map.of(id, "elsewhere"), dispatch().errors());
  }
}
