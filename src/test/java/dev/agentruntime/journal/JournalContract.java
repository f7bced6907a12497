package dev.agentruntime.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.codec.EncodedEntry;
import dev.agentruntime.codec.Entries;
import dev.agentruntime.codec.EntryCodec;
import dev.agentruntime.codec.HashChain;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.ProcessId;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The numbered guarantees of {@link Journal}, asked of every implementation. */
abstract class JournalContract {

  final Vertx vertx = Vertx.vertx();
  final Entries entries = new Entries();
  Journal journal = new MemoryJournal();

  /** A new journal that takes appends. */
  abstract Journal open() throws Exception;

  @BeforeEach
  void begin() throws Exception {
    journal = open();
  }

  @AfterEach
  void end() throws Exception {
    await(journal.close());
    await(vertx.close());
  }

  @CanIgnoreReturnValue
  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  static RuntimeFault fault(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (ExecutionException e) {
      return assertInstanceOf(RuntimeFault.class, e.getCause());
    }
    throw new AssertionError("it succeeded, expected a RuntimeFault");
  }

  record Seen(Journal.Replayed found, List<EntryData> data, Map<ProcessId, byte[]> hashes) {}

  static Seen replay(Journal journal) throws Exception {
    List<EntryData> data = new ArrayList<>();
    Map<ProcessId, byte[]> hashes = new HashMap<>();
    Journal.Replayed found = await(journal.replay((entry, hash) -> {
      data.add(entry.data());
      hashes.put(entry.process(), hash);
    }));
    return new Seen(found, data, hashes);
  }

  @Test
  void replayHandsOutEveryKindInOrderWithItsHash() throws Exception {
    ProcessId process = Entries.process("a");
    byte[] last = HashChain.start();
    for (EntryData data : Entries.everyKind()) {
      EncodedEntry entry = entries.next(process, data);
      last = entry.hash();
      await(journal.append(entry));
    }
    Seen seen = replay(journal);
    assertEquals(Entries.everyKind(), seen.data());
    assertEquals(Entries.everyKind().size(), seen.found().entries());
    assertArrayEquals(last, seen.hashes().get(process));
    assertNull(seen.found().tornTail());
    assertEquals(Map.of(), seen.found().damaged());
    assertEquals(List.of(), seen.found().suspect());
  }

  @Test
  void anEmptyJournalReplaysNothing() throws Exception {
    assertEquals(0, replay(journal).found().entries());
  }

  @Test
  void readHandsOutOneProcessFromASequenceUpToALimit() throws Exception {
    for (int i = 0; i < 50; i++) {
      await(journal.append(entries.next("a")));
      await(journal.append(entries.next("b")));
    }
    List<Journal.JournalLine> lines = await(journal.read(Entries.process("b"), 20, 7));
    assertEquals(7, lines.size());
    for (int i = 0; i < 7; i++) {
      Journal.JournalLine line = lines.get(i);
      assertEquals(Entries.process("b"), line.entry().process());
      assertEquals(20 + i, line.entry().sequence());
      assertEquals(
          line.entry(),
          EntryCodec.decode(line.text().getBytes(java.nio.charset.StandardCharsets.UTF_8))
              .entry());
    }
    assertEquals(1, await(journal.read(Entries.process("a"), 50, 500)).size());
    assertEquals(0, await(journal.read(Entries.process("a"), 51, 500)).size());
    assertEquals(0, await(journal.read(Entries.process("c"), 1, 500)).size());
  }

  @Test
  void futuresCompleteInOrderOnTheContextThatCalled() throws Exception {
    Context context = vertx.getOrCreateContext();
    CompletableFuture<List<Integer>> done = new CompletableFuture<>();
    context.runOnContext(start -> {
      Thread thread = Thread.currentThread();
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int number = i;
        journal.append(entries.next("a")).onComplete(result -> {
          assertTrue(result.succeeded(), () -> "" + result.cause());
          assertSame(thread, Thread.currentThread());
          assertSame(context, Vertx.currentContext());
          order.add(number);
          if (order.size() == 100) {
            done.complete(order);
          }
        });
      }
    });
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      expected.add(i);
    }
    assertEquals(expected, done.get(20, TimeUnit.SECONDS));
  }

  @Test
  void aCallerWithoutAContextIsToldToo() throws Exception {
    assertNull(Vertx.currentContext());
    await(journal.append(entries.next("a")));
  }

  @Test
  void anEntryThatIsNotTheNextOfItsProcessIsRefused() throws Exception {
    EncodedEntry first = entries.next("a");
    EncodedEntry second = entries.next("a");
    EncodedEntry third = entries.next("a");
    assertEquals(ErrorCode.VERSION_CONFLICT, fault(journal.append(second)).code());
    await(journal.append(first));
    assertEquals(ErrorCode.VERSION_CONFLICT, fault(journal.append(first)).code());
    assertEquals(ErrorCode.VERSION_CONFLICT, fault(journal.append(third)).code());
    await(journal.append(second));
    await(journal.append(third));
    assertEquals(3, replay(journal).found().entries());
  }

  @Test
  void aClosedJournalRefuses() throws Exception {
    await(journal.append(entries.next("a")));
    assertTrue(journal.accepting());
    await(journal.close());
    assertFalse(journal.accepting());
    assertEquals(
        ErrorCode.JOURNAL_CLOSED, fault(journal.append(entries.next("a"))).code());
  }

  @Test
  void manyThreadsMayAppend() throws Exception {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Entries own = new Entries();
      String name = "p" + t;
      all.add(CompletableFuture.runAsync(() -> {
        List<Future<Void>> appends = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
          appends.add(journal.append(own.next(name)));
        }
        Future.all(appends).toCompletionStage().toCompletableFuture().join();
      }));
    }
    for (CompletableFuture<Void> each : all) {
      each.get(20, TimeUnit.SECONDS);
    }
    Seen seen = replay(journal);
    assertEquals(2000, seen.found().entries());
    assertEquals(Map.of(), seen.found().damaged());
  }
}
