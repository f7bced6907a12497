package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.EntryData;
import dev.agentruntime.core.EntryData.DeadLetterAction;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.fold.DeadLetters;
import dev.agentruntime.fold.DeadLetters.DeadLetter;
import dev.agentruntime.fold.ProcessImage;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * What an operator does with dead letters: delivers them again, or clears them. Owned by: the
 * process's context.
 */
final class Redelivery {

  private static final Duration COME_BACK = Duration.ofSeconds(5);

  private final ProcessLog log;

  Redelivery(ProcessLog log) {
    this.log = log;
  }

  /**
   * Delivers again: runs go on with what they have recorded, or begin anew.
   *
   * @param ids which, all or none of them; empty = the oldest, as many as the inbox takes
   * @return {@code {"redelivered":[...],"left":n}} when durable
   */
  Future<Json> redeliver(List<String> ids, boolean fresh, String by) {
    ProcessImage image = log.image();
    Room room = new Room(image);
    List<String> chosen = new ArrayList<>();
    for (DeadLetter letter : letters(ids)) {
      boolean taken = room.take(letter);
      if (!taken && !ids.isEmpty()) {
        throw full(image);
      }
      if (taken) {
        chosen.add(letter.id());
      }
    }
    if (chosen.isEmpty() && image.deadLetters().size() > 0) {
      throw full(image);
    }
    return handle(chosen, DeadLetterAction.REDELIVERED, fresh, by)
        .map(done -> Json.of(Map.of("redelivered", chosen, "left", image.deadLetters().size())));
  }

  /**
   * Forgets.
   *
   * @param ids which, all or none of them; empty = all there are
   * @return {@code {"cleared":[...],"left":n}} when durable
   */
  Future<Json> clear(List<String> ids, String by) {
    List<String> chosen = letters(ids).stream().map(DeadLetter::id).toList();
    return handle(chosen, DeadLetterAction.CLEARED, false, by)
        .map(done ->
            Json.of(Map.of("cleared", chosen, "left", log.image().deadLetters().size())));
  }

  private Future<Void> handle(
      List<String> ids, DeadLetterAction action, boolean fresh, String by) {
    return ids.isEmpty()
        ? log.durable()
        : log.write(new EntryData.DeadLetterHandled(ids, action, fresh, by));
  }

  private List<DeadLetter> letters(List<String> ids) {
    DeadLetters known = log.image().deadLetters();
    if (ids.isEmpty()) {
      return List.copyOf(known.all());
    }
    List<DeadLetter> chosen = new ArrayList<>();
    for (String id : new LinkedHashSet<>(ids)) {
      DeadLetter letter = known.find(id);
      if (letter == null) {
        throw new RuntimeFault(
            ErrorCode.DEAD_LETTER_NOT_FOUND,
            "process " + log.image().id().name() + " has no dead letter " + Json.quote(id));
      }
      chosen.add(letter);
    }
    return chosen;
  }

  private static RuntimeFault full(ProcessImage image) {
    return new RuntimeFault(
        ErrorCode.INBOX_FULL,
        "the inbox of " + image.id().name() + " has no room for the events of these dead letters,"
            + " expected fewer of them or a later try",
        COME_BACK);
  }

  /** What the inbox can still take. */
  private static final class Room {
    private final ProcessImage image;
    private long events;
    private long bytes;

    Room(ProcessImage image) {
      this.image = image;
      ProcessConfig.Run limits = image.config().run();
      this.events = limits.inboxMax() - image.queue().size();
      this.bytes = limits.inboxBytesMax() - image.queue().bytes();
    }

    boolean take(DeadLetter letter) {
      if (!(letter instanceof DeadLetters.FailedRun failed)) {
        return true;
      }
      List<TriggerEvent> back = failed.run().events();
      long size = back.stream().mapToLong(TriggerEvent::size).sum();
      // A source that tried again under the id of the event may have brought it back already.
      boolean there = back.stream().anyMatch(event -> image.queue().contains(event.id()));
      if (there || back.size() > events || size > bytes) {
        return false;
      }
      events -= back.size();
      bytes -= size;
      return true;
    }
  }
}
