package dev.agentruntime.fold;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.TriggerEvent;
import dev.agentruntime.fold.DeadLetters.DeadLetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/** Which dead letters an operator's command is about, and which the inbox can take back. Pure. */
public final class Redelivery {

  private static final Duration COME_BACK = Duration.ofSeconds(5);

  private final ProcessImage image;
  private long events;
  private long bytes;

  private Redelivery(ProcessImage image) {
    this.image = image;
    ProcessConfig.Run limits = image.config().run();
    this.events = limits.inboxMax() - (long) image.queue().size();
    this.bytes = limits.inboxBytesMax() - image.queue().bytes();
  }

  /**
   * The ids of dead letters by name.
   *
   * @param ids empty = all there are
   * @throws RuntimeFault DEAD_LETTER_NOT_FOUND for one that is not there
   */
  public static List<String> named(ProcessImage image, List<String> ids) {
    for (String id : ids) {
      if (image.deadLetters().find(id) == null) {
        throw new RuntimeFault(
            ErrorCode.DEAD_LETTER_NOT_FOUND,
            "process " + image.id().name() + " has no dead letter " + Json.quote(id));
      }
    }
    return ids.isEmpty()
        ? image.deadLetters().all().stream().map(DeadLetter::id).toList()
        : List.copyOf(new LinkedHashSet<>(ids));
  }

  /**
   * The ids of those that can be delivered again.
   *
   * @param ids all or none of them; empty = the oldest, as many as the inbox takes
   * @throws RuntimeFault DEAD_LETTER_NOT_FOUND, or INBOX_FULL when there is no room
   */
  public static List<String> possible(ProcessImage image, List<String> ids) {
    Redelivery room = new Redelivery(image);
    List<String> named = named(image, ids);
    List<String> chosen = new ArrayList<>();
    for (String id : named) {
      DeadLetter letter = image.deadLetters().find(id);
      if (letter != null && room.takes(letter)) {
        chosen.add(id);
      }
    }
    if (ids.isEmpty() ? chosen.isEmpty() && !named.isEmpty() : chosen.size() < named.size()) {
      throw new RuntimeFault(
          ErrorCode.INBOX_FULL,
          "the inbox of " + image.id().name() + " has no room for the events of these dead letters,"
              + " expected fewer of them or a later try",
          COME_BACK);
    }
    return chosen;
  }

  private boolean takes(DeadLetter letter) {
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
