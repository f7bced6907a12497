package dev.agentruntime.manifest;

import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.CronExpression;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads a trigger of type {@code cron}. */
final class CronTriggerReader {

  static final List<String> KEYS = List.of(
      "cron_expression",
      "cron_timezone",
      "misfire",
      "misfire_window",
      "misfire_max",
      "jitter",
      "boot_delay",
      "min_interval");

  private static final Set<String> ZONES = Set.copyOf(ZoneId.getAvailableZoneIds());

  private final TriggerReader of;
  private final Section section;
  private final Reading reading;

  CronTriggerReader(TriggerReader of, Section section) {
    this.of = of;
    this.section = section;
    this.reading = of.reading();
  }

  TriggerConfig read(Rules rules) {
    String expression = section.text("cron_expression", "").strip().replaceAll("\\s+", " ");
    CronPolicy policy = policy();
    if (!section.has("cron_expression")) {
      reading.error(section.mark(), "a cron trigger needs 'cron_expression'");
    } else {
      checkCron(expression, section.markOfValue("cron_expression"), policy);
    }
    String zone = section.text("cron_timezone", "UTC");
    if (!ZONES.contains(zone)) {
      String near = Reading.suggestion(zone, ZONES);
      reading.error(
          section.markOfValue("cron_timezone"),
          "cron_timezone: unknown zone " + TriggerReader.quoted(zone)
              + (near.startsWith(", did") ? near : ", expected an IANA name as Europe/Berlin"));
    }
    return new TriggerConfig.Cron(
        of.id(section, "cron", expression, zone), expression, zone, policy, rules);
  }

  /** The one place that decides whether an expression is one. */
  private void checkCron(String expression, Mark mark, CronPolicy policy) {
    if (expression.isEmpty()) {
      reading.error(mark, "cron_expression: empty, expected 5 or 6 fields or a macro as @hourly");
      return;
    }
    try {
      Duration gap = CronExpression.parse(expression).smallestGap();
      // What the journal keeps was accepted once, perhaps under another rule.
      if (reading.origin() != Reading.Origin.JOURNAL) {
        checkGap(gap, mark, policy);
      }
    } catch (RuntimeFault fault) {
      reading.error(mark, "cron_expression: " + fault.failure().message());
    }
  }

  private void checkGap(Duration gap, Mark mark, CronPolicy policy) {
    if (gap.compareTo(policy.minInterval()) < 0) {
      reading.error(
          mark,
          "cron_expression: fires can be " + Section.shown(gap) + " apart, expected at least "
              + Section.shown(policy.minInterval()) + "; if that is meant, say min_interval: "
              + Section.shown(gap));
    }
    if (policy.jitter().compareTo(gap) > 0) {
      reading.error(
          section.markOfValue("jitter"),
          "jitter: " + Section.shown(policy.jitter()) + " is longer than the " + Section.shown(gap)
              + " that two fires can be apart, expected at most that");
    }
  }

  private CronPolicy policy() {
    CronPolicy usual = CronPolicy.DEFAULT;
    String misfire = section.choice("misfire", List.of("skip", "once", "all"), "skip");
    Duration hour = Duration.ofHours(1);
    return new CronPolicy(
        Misfire.valueOf(misfire.toUpperCase(Locale.ROOT)),
        section.duration(
            "misfire_window", Duration.ofSeconds(1), Duration.ofDays(366), usual.window()),
        section.whole("misfire_max", 1, 1_000, usual.max()),
        section.duration("jitter", Duration.ZERO, hour, usual.jitter()),
        section.duration("boot_delay", Duration.ZERO, hour, usual.bootDelay()),
        section.duration(
            "min_interval", Duration.ofSeconds(1), Duration.ofDays(1), usual.minInterval()));
  }
}
