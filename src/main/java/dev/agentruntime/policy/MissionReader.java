package dev.agentruntime.policy;

import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.filter.FilterExpression;
import dev.agentruntime.yaml.Section;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code mission}; the section alone turns it on. */
final class MissionReader {

  static final String KEY = "mission";

  private static final List<String> KEYS = List.of(
      "enabled",
      "objective",
      "success_criteria",
      "eval_model",
      "eval_every",
      "confidence_threshold",
      "timeout_hours",
      "max_invocations",
      "auto_complete",
      "on_complete",
      "escalation",
      "success_check");
  private static final List<String> ENDS = List.of("stop", "continue", "suspend");
  private static final int TEXT_MAX = 20_000;
  private static final BigDecimal HOURS_MAX = BigDecimal.valueOf(87_600);

  private MissionReader() {}

  /** The mission, null when there is none. */
  static @Nullable MissionConfig read(Section all) {
    if (!all.has(KEY)) {
      return null;
    }
    Section section = all.section(KEY);
    section.only(KEYS, Set.of());
    boolean enabled = section.flag("enabled", true);
    String objective = text(section, "objective");
    if (enabled && objective.isBlank()) {
      section
          .reading()
          .error(
              section.has("objective") ? section.markOfValue("objective") : section.mark(),
              "objective: expected what is to be reached, actual nothing");
    }
    String check = check(section);
    MissionConfig usual = MissionConfig.of(objective);
    BigDecimal hours = section.decimal("timeout_hours", BigDecimal.ZERO, HOURS_MAX);
    int every = section.whole("eval_every", 0, 1_000_000, usual.evalEvery());
    if (every == 0 && check == null) {
      section
          .reading()
          .error(
              section.markOfValue("eval_every"),
              "eval_every: expected at least 1, or 0 with success_check, actual 0 without");
    }
    MissionConfig config = new MissionConfig(
        objective,
        text(section, "success_criteria"),
        section.text("eval_model"),
        every,
        HealthReader.thousandths(section, "confidence_threshold", "0", usual.confidenceThreshold()),
        hours == null || hours.signum() == 0 ? BigDecimal.ZERO : plain(hours),
        section.whole("max_invocations", 0, 1_000_000_000, usual.maxInvocations()),
        section.flag("auto_complete", usual.autoComplete()),
        MissionConfig.OnComplete.valueOf(
            section.choice("on_complete", ENDS, "stop").toUpperCase(Locale.ROOT)),
        EscalationReader.read(section),
        check);
    return enabled ? config : null;
  }

  private static BigDecimal plain(BigDecimal hours) {
    BigDecimal plain = hours.stripTrailingZeros();
    return plain.scale() < 0 ? plain.setScale(0) : plain;
  }

  private static String text(Section section, String key) {
    String text = section.text(key, "");
    if (text.length() > TEXT_MAX) {
      section
          .reading()
          .error(
              section.markOfValue(key),
              key + ": expected at most " + TEXT_MAX + " characters, actual " + text.length());
    }
    return text;
  }

  private static @Nullable String check(Section section) {
    String text = section.text("success_check");
    if (text == null) {
      return null;
    }
    try {
      return FilterExpression.parse(text).toString();
    } catch (RuntimeFault wrong) {
      section
          .reading()
          .error(
              section.markOfValue("success_check"),
              "success_check: " + wrong.failure().message());
      return null;
    }
  }

  /** As {@link #read} takes it. */
  static Map<String, @Nullable Object> written(MissionConfig config) {
    MissionConfig usual = MissionConfig.of(config.objective());
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("enabled", true);
    out.put("objective", config.objective());
    HealthReader.put(out, "success_criteria", config.successCriteria(), "");
    HealthReader.put(out, "eval_model", config.evalModel(), null);
    HealthReader.put(out, "eval_every", config.evalEvery(), usual.evalEvery());
    HealthReader.put(
        out,
        "confidence_threshold",
        HealthReader.share(config.confidenceThreshold()),
        HealthReader.share(usual.confidenceThreshold()));
    HealthReader.put(out, "timeout_hours", config.timeoutHours(), BigDecimal.ZERO);
    HealthReader.put(out, "max_invocations", config.maxInvocations(), usual.maxInvocations());
    HealthReader.put(out, "auto_complete", config.autoComplete(), usual.autoComplete());
    HealthReader.put(
        out, "on_complete", config.onComplete().name().toLowerCase(Locale.ROOT), "stop");
    HealthReader.put(out, "escalation", EscalationReader.written(config.escalation()), null);
    HealthReader.put(out, "success_check", config.successCheck(), null);
    return out;
  }
}
