package dev.agentruntime.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ProcessName;
import dev.agentruntime.memory.Memo;
import dev.agentruntime.memory.Memory;
import dev.agentruntime.memory.Memory.Found;
import dev.agentruntime.memory.Memory.Page;
import dev.agentruntime.memory.Memory.Where;
import dev.agentruntime.memory.Scope;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The numbered guarantees of {@link Memory}, asked of every implementation. */
public abstract class MemoryContract {

  /** Whose memories. */
  protected static final Scope MINE = new Scope("agent_memory", new ProcessName("mine"), "ann");

  private static final Instant THEN = Instant.parse("2026-11-22T08:00:00.123Z");

  /** Closed after each test. */
  protected final Vertx vertx = Vertx.vertx();

  private Memory memory;

  /** An open memory without anything in it. */
  protected abstract Memory open() throws Exception;

  /** Ends what {@link #open} began. */
  protected abstract void close() throws Exception;

  @BeforeEach
  final void begin() throws Exception {
    memory = open();
  }

  @AfterEach
  final void end() throws Exception {
    close();
    await(vertx.close());
  }

  /** Waits for an answer. */
  protected static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** Waits until something is done. */
  protected static void done(Future<?> future) throws Exception {
    Object unused = await(future);
  }

  /** A memory from outside. */
  protected static Memo memo(String id, String content) {
    return new Memo(
        id, content, List.of(), new Memo.Provenance("webhook:push", true, "run-of-" + id), THEN);
  }

  private void store(Scope scope, Memo memo) throws Exception {
    done(memory.store(scope, memo));
  }

  private List<String> found(Scope scope, String text) throws Exception {
    return await(memory.search(scope, text, 10, 0)).stream()
        .map(found -> found.memo().content())
        .toList();
  }

  private List<String> listed(Scope scope) throws Exception {
    return await(memory.list(scope, Where.ALL, 100, null)).memos().stream()
        .map(Memo::id)
        .sorted()
        .toList();
  }

  @Test
  final void findsWhatWasStoredOnceItSaidSo() throws Exception {
    store(MINE, memo("a", "the deploy key of staging lives in vault seven"));

    assertEquals(
        List.of("the deploy key of staging lives in vault seven"), found(MINE, "staging deploy"));
  }

  @Test
  final void answersTheNearestFirstWithAScoreWithinBounds() throws Exception {
    store(MINE, memo("a", "apples are stored in the cellar"));
    store(MINE, memo("b", "apples and pears ripen in autumn"));
    store(MINE, memo("c", "the printer on floor two is broken"));

    List<Found> found = await(memory.search(MINE, "apples and pears", 10, 0));

    assertEquals("b", found.get(0).memo().id());
    for (int i = 0; i < found.size(); i++) {
      double score = found.get(i).score();
      assertTrue(score >= 0 && score <= 1, "score " + score);
      assertTrue(i == 0 || score <= found.get(i - 1).score(), found::toString);
    }
  }

  @Test
  final void answersNoMoreThanAskedForAndNothingBelowTheLeastScore() throws Exception {
    for (int i = 0; i < 5; i++) {
      store(MINE, memo("m" + i, "apples number " + i));
    }
    store(MINE, memo("other", "the printer is broken"));

    assertEquals(2, await(memory.search(MINE, "apples", 2, 0)).size());
    List<Found> near = await(memory.search(MINE, "apples number 3", 10, 0.3));
    assertEquals("m3", near.get(0).memo().id());
    assertTrue(near.stream().allMatch(found -> found.score() >= 0.3), near::toString);
    assertTrue(near.stream().noneMatch(found -> found.memo().id().equals("other")), near::toString);
  }

  @Test
  final void givesBackWhatWasStored() throws Exception {
    Memo whole = new Memo(
        "01JABCDEFGHJKMNPQRSTVWXYZ0-12",
        "zwölf Boxkämpfer \"jagen\"\n\tViktor \ud83d\ude80 & </memories> \u0000 {\"k\":[1]}",
        List.of("deploy", "a,b"),
        new Memo.Provenance("event:build.failed", false, "01JABCDEFGHJKMNPQRSTVWXYZ0"),
        THEN);
    store(MINE, whole);
    Memo bare =
        new Memo("02", "by hand", List.of(), new Memo.Provenance("operator", false, null), THEN);
    store(MINE, bare);

    assertEquals(whole, await(memory.search(MINE, "Boxkämpfer", 1, 0)).get(0).memo());
    Page page = await(memory.list(MINE, Where.id("02"), 10, null));
    assertEquals(List.of(bare), page.memos());
    assertNull(page.next());
  }

  @Test
  final void storingAnIdAgainReplacesWhatItSaid() throws Exception {
    store(MINE, memo("a", "the door code is one two three"));
    store(MINE, memo("a", "the door code is four five six"));

    assertEquals(List.of("a"), listed(MINE));
    assertEquals(List.of("the door code is four five six"), found(MINE, "door code"));
  }

  @Test
  final void keepsScopesApart() throws Exception {
    List<Scope> others = List.of(
        new Scope("agent_memory", new ProcessName("other"), "ann"),
        new Scope("agent_memory", new ProcessName("mine"), "bob"),
        new Scope("collection_2", new ProcessName("mine"), "ann"));
    store(MINE, memo("same", "my own apples"));
    for (Scope other : others) {
      store(other, memo("same", "foreign apples of " + other.process() + other.user()));
    }

    assertEquals(List.of("my own apples"), found(MINE, "apples"));
    assertEquals(1, await(memory.forget(MINE, Where.ALL)));
    for (Scope other : others) {
      assertEquals(List.of("same"), listed(other));
    }
    assertEquals(List.of(), listed(MINE));
    assertEquals(List.of(), found(MINE, "apples"));
  }

  @Test
  final void forgetsByIdByOriginAndByRunAndNothingElse() throws Exception {
    store(MINE, memo("a", "apples one"));
    store(MINE, memo("b", "apples two"));
    store(
        MINE,
        new Memo(
            "c",
            "apples three",
            List.of(),
            new Memo.Provenance("cron:night", false, "run-c"),
            THEN));
    store(
        MINE,
        new Memo(
            "d",
            "apples four",
            List.of(),
            new Memo.Provenance("cron:night", false, "run-d"),
            THEN));

    assertEquals(1, await(memory.forget(MINE, Where.id("a"))));
    assertEquals(0, await(memory.forget(MINE, Where.id("a"))));
    assertEquals(1, await(memory.forget(MINE, new Where(null, null, "run-c"))));
    assertEquals(0, await(memory.forget(MINE, new Where("d", "webhook:push", null))));
    assertEquals(List.of("b", "d"), listed(MINE));
    assertEquals(1, await(memory.forget(MINE, new Where(null, "cron:night", null))));
    assertEquals(List.of("b"), listed(MINE));
    assertEquals(List.of("apples two"), found(MINE, "apples"));
  }

  @Test
  final void listsPageByPageEachOnce() throws Exception {
    TreeSet<String> all = new TreeSet<>();
    for (int i = 0; i < 25; i++) {
      String id = String.format("id-%02d", i);
      store(MINE, memo(id, "apples " + i));
      all.add(id);
    }

    List<String> listed = new ArrayList<>();
    String cursor = null;
    do {
      Page page = await(memory.list(MINE, Where.ALL, 10, cursor));
      assertTrue(page.memos().size() <= 10, "page of " + page.memos().size());
      page.memos().forEach(memo -> listed.add(memo.id()));
      cursor = page.next();
    } while (cursor != null && listed.size() <= 25);

    assertEquals(List.copyOf(all), listed.stream().sorted().toList());
    assertEquals(25, await(memory.forget(MINE, new Where(null, "webhook:push", null))));
  }

  @Test
  final void takesManyAtOnce() throws Exception {
    List<Future<Void>> storing = IntStream.range(0, 40)
        .mapToObj(i -> memory.store(MINE, memo("id-" + i, "apples " + i)))
        .toList();
    for (Future<Void> one : storing) {
      done(one);
    }

    assertEquals(40, listed(MINE).size());
    assertEquals(20, await(memory.search(MINE, "apples", 20, 0)).size());
  }

  @Test
  final void findsNothingWhereNothingIs() throws Exception {
    assertEquals(List.of(), found(MINE, "apples"));
    assertEquals(List.of(), listed(MINE));
    assertEquals(0, await(memory.forget(MINE, Where.ALL)));
  }

  @Test
  final void answersOnTheContextThatAsked() throws Exception {
    Context context = vertx.getOrCreateContext();
    Promise<Context> seen = Promise.promise();
    context.runOnContext(now -> memory
        .store(MINE, memo("a", "apples"))
        .compose(done -> memory.search(MINE, "apples", 1, 0))
        .onComplete(done -> seen.complete(Vertx.currentContext())));

    assertSame(context, await(seen.future()));
  }
}
