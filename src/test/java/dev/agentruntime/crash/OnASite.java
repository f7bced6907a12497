package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.crash.Load.Delivery;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A test with one node that comes and goes, one process {@code alone} on it, and a ledger. */
abstract class OnASite {

  static final String ALONE = "alone";

  /** For what takes a moment, also on a machine that has other things to do. */
  static final Duration MOMENT = Duration.ofSeconds(60);

  @TempDir
  Path directory;

  Ledger ledger;
  Site site;

  final List<Delivery> sent = new ArrayList<>();

  @BeforeEach
  final void settle() {
    ledger = Ledger.start(directory);
    site = new Site(directory.resolve("site"), ledger.url());
    site.agent(ALONE, 1);
  }

  @AfterEach
  final void leave() {
    ledger.close();
  }

  /** A condition of a node that may go away meanwhile. */
  interface Condition {
    boolean holds() throws IOException;
  }

  static void await(String what, Condition condition) {
    long end = System.nanoTime() + MOMENT.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + MOMENT + ": " + what);
      }
    }
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (IOException gone) {
      // Not there, or not able to tell at the moment.
      return false;
    }
  }

  /** An event that books a number, irreversibly too for {@code both}. */
  final Delivery event(long n, String kind) {
    Delivery event = new Delivery(
        ALONE,
        ALONE + "-" + n,
        n,
        "{\"n\":" + n + ",\"slot\":" + n + ",\"kind\":\"" + kind + "\"}",
        new ConcurrentLinkedQueue<>());
    sent.add(event);
    return event;
  }

  /** Sends an event, which must be accepted. */
  static void accept(NodeApi node, Delivery event) {
    NodeApi.Answer answer =
        node.deliver(event.process(), event.key(), event.body()).join();
    assertEquals(202, answer.status(), answer::body);
    event.ids().add(Answers.text(answer.object(), "event_id"));
  }

  /** Sends an event to a node that may end before it answers. */
  static void offer(NodeApi node, Delivery event) {
    try {
      accept(node, event);
    } catch (CompletionException gone) {
      // It ended: whether the event was taken, its sender cannot know.
    }
  }

  /** The calls in doubt, as soon as there is one. */
  static NodeApi.InDoubt awaitInDoubt(NodeApi node) throws IOException {
    await("a call in doubt", () -> !node.inDoubt(ALONE).isEmpty());
    return node.inDoubt(ALONE).get(0);
  }

  static void awaitIdle(NodeApi node) {
    await("nothing left to do", () -> node.isIdle(ALONE));
  }

  /** Holds the journal of the stopped node against the ledger and what was sent. */
  final Books audit() {
    return audit(1);
  }

  /** The same where so many runs may be open at once. */
  final Books audit(int concurrency) {
    Books books = Books.read(site.journal());
    Map<String, Ledger.Effect> effects = ledger.effects();
    Audit audit = new Audit(books, effects);
    audit.process(ALONE, concurrency, sent);
    audit.world();
    assertEquals(List.of(), audit.violations());
    return books;
  }
}
