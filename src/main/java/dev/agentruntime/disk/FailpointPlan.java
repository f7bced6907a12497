package dev.agentruntime.disk;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@link Failpoints} was told to do where. Safe for every thread. */
final class FailpointPlan {

  /** The exit code of a process that kill -9 ended. */
  static final int KILLED = 137;

  private static final Pattern FORM =
      Pattern.compile("([A-Za-z][A-Za-z0-9._-]*):(halt|io-error|delay=[0-9]{1,8}|torn=[0-9]{1,8})"
          + "(?:@([1-9][0-9]{0,8})(\\+?))?");

  private final List<Place> places = new ArrayList<>();
  private final @Nullable RuntimeFault slip;

  FailpointPlan(String text) {
    RuntimeFault found = null;
    for (String part : text.split(",", -1)) {
      Matcher matcher = FORM.matcher(part.strip());
      if (matcher.matches()) {
        places.add(place(matcher));
      } else if (!text.isBlank() && found == null) {
        found = new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            Failpoints.PROPERTY + ": " + Json.quote(part)
                + ", expected=name:action or name:action@n with action halt, io-error, delay=ms"
                + " or torn=bytes");
      }
    }
    this.slip = found;
  }

  void check() {
    if (slip != null) {
      throw slip;
    }
  }

  @CanIgnoreReturnValue
  int hit(String name, int bytes) throws IOException {
    check();
    int allowed = bytes;
    for (Place place : places) {
      if (place.name.equals(name) && place.isDue()) {
        allowed = act(place, allowed);
      }
    }
    return allowed;
  }

  private static int act(Place place, int bytes) throws IOException {
    switch (place.action) {
      case "halt" -> Runtime.getRuntime().halt(KILLED);
      case "io-error" -> throw new IOException("failpoint " + place.name);
      case "delay" -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(place.amount));
      default -> {
        return (int) Math.min(place.amount, bytes - 1L);
      }
    }
    return bytes;
  }

  private static Place place(Matcher matcher) {
    String action = matcher.group(2);
    int equals = action.indexOf('=');
    return new Place(
        matcher.group(1),
        equals < 0 ? action : action.substring(0, equals),
        equals < 0 ? 0 : Long.parseLong(action.substring(equals + 1)),
        matcher.group(3) == null ? 1 : Long.parseLong(matcher.group(3)),
        "+".equals(matcher.group(4)),
        new AtomicLong());
  }

  private record Place(
      String name, String action, long amount, long from, boolean onwards, AtomicLong hits) {
    boolean isDue() {
      long hit = hits.incrementAndGet();
      return onwards ? hit >= from : hit == from;
    }
  }
}
