package dev.agentruntime.policy;

import dev.agentruntime.yaml.Section;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code health}; the section alone turns it on. */
final class HealthReader {

  static final String KEY = "health";

  private static final List<String> KEYS = List.of(
      "enabled",
      "stuck_threshold",
      "loop_window",
      "loop_min_repeats",
      "empty_threshold",
      "empty_max_chars",
      "error_window",
      "error_rate_threshold",
      "window",
      "no_progress_runs",
      "on_anomaly",
      "cooldown",
      "escalation");
  private static final List<String> ACTIONS = List.of("log", "pause", "stop", "escalate");
  private static final Duration DAY = Duration.ofDays(1);

  private HealthReader() {}

  /** What is watched, null when nothing is. */
  static @Nullable HealthConfig read(Section all) {
    if (!all.has(KEY)) {
      return null;
    }
    HealthConfig usual = HealthConfig.DEFAULT;
    Section section = all.section(KEY);
    section.only(KEYS, Set.of());
    boolean enabled = section.flag("enabled", true);
    HealthConfig.Action action = HealthConfig.Action.valueOf(
        section.choice("on_anomaly", ACTIONS, "log").toUpperCase(Locale.ROOT));
    EscalationTarget escalation = EscalationReader.read(section);
    if (action == HealthConfig.Action.ESCALATE && escalation.equals(EscalationTarget.NOBODY)) {
      section
          .reading()
          .error(
              section.markOfValue("on_anomaly"),
              "on_anomaly: expected escalation to say whom to tell, actual nobody");
    }
    int loopWindow = section.whole("loop_window", 4, 200, usual.loopWindow());
    int repeats = section.whole("loop_min_repeats", 2, 50, usual.loopMinRepeats());
    if (loopWindow < 2 * repeats) {
      section
          .reading()
          .error(
              section.markOf("loop_window"),
              "loop_window: expected room for loop_min_repeats patterns of two calls, so at least "
                  + 2 * repeats + ", actual " + loopWindow);
    }
    HealthConfig config = new HealthConfig(
        section.whole("stuck_threshold", 2, 100, usual.stuckThreshold()),
        loopWindow,
        repeats,
        section.whole("empty_threshold", 2, 1_000, usual.emptyThreshold()),
        section.whole("empty_max_chars", 0, 10_000, usual.emptyMaxChars()),
        section.whole("error_window", 2, 1_000, usual.errorWindow()),
        thousandths(section, "error_rate_threshold", "0.001", usual.errorRate()),
        section.duration("window", Duration.ZERO, DAY, usual.window()),
        section.whole("no_progress_runs", 0, 10_000, usual.noProgressRuns()),
        action,
        section.duration("cooldown", Duration.ZERO, Duration.ofDays(30), usual.cooldown()),
        escalation);
    return enabled ? config : null;
  }

  /** A share up to 1 in thousandths. */
  static int thousandths(Section section, String key, String min, int usual) {
    BigDecimal share = section.decimal(key, new BigDecimal(min), BigDecimal.ONE);
    return share == null ? usual : share.movePointRight(3).intValue();
  }

  static BigDecimal share(int thousandths) {
    BigDecimal share = BigDecimal.valueOf(thousandths, 3).stripTrailingZeros();
    return share.scale() < 0 ? share.setScale(0) : share;
  }

  /** As {@link #read} takes it. */
  static Map<String, @Nullable Object> written(HealthConfig config) {
    HealthConfig usual = HealthConfig.DEFAULT;
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("enabled", true);
    put(out, "stuck_threshold", config.stuckThreshold(), usual.stuckThreshold());
    put(out, "loop_window", config.loopWindow(), usual.loopWindow());
    put(out, "loop_min_repeats", config.loopMinRepeats(), usual.loopMinRepeats());
    put(out, "empty_threshold", config.emptyThreshold(), usual.emptyThreshold());
    put(out, "empty_max_chars", config.emptyMaxChars(), usual.emptyMaxChars());
    put(out, "error_window", config.errorWindow(), usual.errorWindow());
    put(out, "error_rate_threshold", share(config.errorRate()), share(usual.errorRate()));
    put(out, "window", Section.seconds(config.window()), Section.seconds(usual.window()));
    put(out, "no_progress_runs", config.noProgressRuns(), usual.noProgressRuns());
    put(out, "on_anomaly", config.onAnomaly().name().toLowerCase(Locale.ROOT), "log");
    put(out, "cooldown", Section.seconds(config.cooldown()), Section.seconds(usual.cooldown()));
    put(out, "escalation", EscalationReader.written(config.escalation()), null);
    return out;
  }

  static void put(
      Map<String, @Nullable Object> out,
      String key,
      @Nullable Object value,
      @Nullable Object usual) {
    if (value != null && !value.equals(usual)) {
      out.put(key, value);
    }
  }
}
