package dev.agentruntime.governance;

import dev.agentruntime.core.Emission;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.policy.BudgetLimit;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A part of one process's budget on its way to another. As the data of an emission:
 *
 * <pre>
 * {"to":"child","day":"2026-03-02T00:00:00Z","at":"2026-03-02T08:00:00Z",
 *  "amounts":{"runs_day":2}}
 * </pre>
 *
 * Amounts are as kept: cost and money in billionths.
 *
 * @param to whom it is for
 * @param day the giver's day that it was taken from, by when it begins; an old one by its date
 * @param at when it was taken: it counts on the receiver's day in which that lies
 * @param amounts what is given, by limit of the day, each above 0
 */
public record Grant(ProcessName to, String day, Instant at, Map<BudgetLimit, Long> amounts) {

  /** Of the emission. */
  public static final String NAME = "budget";

  /** Keeps an unmodifiable copy, in order. */
  public Grant {
    EnumMap<BudgetLimit, Long> copy = new EnumMap<>(BudgetLimit.class);
    copy.putAll(amounts);
    amounts = Collections.unmodifiableMap(copy);
  }

  /** The grant that an emission is; null when it is none, or not one that can be understood. */
  public static @Nullable Grant of(Emission emission) {
    if (emission.kind() != Emission.Kind.GRANT) {
      return null;
    }
    try {
      Map<String, @Nullable Object> all = emission.data().object();
      EnumMap<BudgetLimit, Long> amounts = new EnumMap<>(BudgetLimit.class);
      if (!(all.get("amounts") instanceof Map<?, ?> named) || named.isEmpty()) {
        return null;
      }
      for (Map.Entry<?, ?> each : named.entrySet()) {
        BudgetLimit limit = Purse.limit(String.valueOf(each.getKey()));
        long amount = new BigDecimal(String.valueOf(each.getValue())).longValueExact();
        if (limit.perRun() || amount <= 0 || !(each.getValue() instanceof Number)) {
          return null;
        }
        amounts.put(limit, amount);
      }
      return new Grant(
          new ProcessName(String.valueOf(all.get("to"))),
          String.valueOf(all.get("day")),
          Instant.parse(String.valueOf(all.get("at"))),
          amounts);
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      return null;
    } catch (RuntimeFault malformed) {
      return null;
    }
  }

  /** As it is said. */
  public Emission emission() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("to", to.value());
    all.put("day", day);
    all.put("at", at.toString());
    all.put("amounts", named());
    return new Emission(Emission.Kind.GRANT, NAME, Json.of(all), Emission.Options.NONE);
  }

  /** The amounts by the keys of their limits. */
  public Map<String, Long> named() {
    Map<String, Long> named = new TreeMap<>();
    amounts.forEach((limit, amount) -> named.put(limit.key(), amount));
    return named;
  }
}
