package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.CronPolicy;
import dev.agentruntime.config.TriggerConfig.Misfire;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a manifest says of a cron trigger, and what it may not say. */
class CronManifestTest {

  private static String yaml(String trigger) {
    return "name: clock\nmodel: echo\ntriggers:\n  - {type: cron, " + trigger + "}\n";
  }

  private static Manifest read(String trigger) {
    return new ManifestReader(name -> null).readYaml(yaml(trigger), "t.agent", Path.of("."), false);
  }

  private static CronPolicy policy(String trigger) {
    return ((TriggerConfig.Cron) read(trigger).config().triggers().get(0)).policy();
  }

  @Test
  void readsEveryKey() {
    assertEquals(
        new CronPolicy(
            Misfire.ALL,
            Duration.ofHours(2),
            7,
            Duration.ofSeconds(2),
            Duration.ofMinutes(3),
            Duration.ofSeconds(5)),
        policy("cron_expression: '* * * * * */5', misfire: all, misfire_window: 2h, misfire_max: 7,"
            + " jitter: 2s, boot_delay: 3m, min_interval: 5s"));
  }

  @Test
  void theExampleOfTheManualIsValid() {
    Manifest manifest =
        new ManifestReader(name -> null).readFile(Path.of("src/test/resources/morning.agent"));
    assertEquals(
        Misfire.ONCE,
        ((TriggerConfig.Cron) manifest.config().triggers().get(0)).policy().misfire());
  }

  @Test
  void hasDefaults() {
    assertEquals(CronPolicy.DEFAULT, policy("cron_expression: '@daily'"));
    assertEquals(Duration.ofSeconds(10), CronPolicy.DEFAULT.minInterval());
    assertEquals(Misfire.SKIP, CronPolicy.DEFAULT.misfire());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      cron_expression: '* * * * * *'               | cron_expression: fires can be 1s apart, expected at least 10s; if that is meant, say min_interval: 1s
      cron_expression: '* * * * * */5'             | cron_expression: fires can be 5s apart, expected at least 10s; if that is meant, say min_interval: 5s
      cron_expression: '0,59 0,23 * * * 0,59'      | cron_expression: fires can be 1s apart, expected at least 10s; if that is meant, say min_interval: 1s
      cron_expression: '* * * * *', min_interval: 5m | cron_expression: fires can be 1m apart, expected at least 5m; if that is meant, say min_interval: 1m
      cron_expression: '* * * * *', jitter: 2m     | jitter: 2m is longer than the 1m that two fires can be apart, expected at most that
      cron_expression: '0 0 30 2 *'                | cron_expression: cron expression "0 0 30 2 *": never fires, expected=a day that exists in a month it names
      cron_expression: '* * * *'                   | cron_expression: cron expression "* * * *": has another number of fields, expected=5 (minute hour day-of-month month day-of-week) or 6 with seconds last, actual=4
      cron_expression: '@reboot'                   | cron_expression: cron expression "@reboot": is not supported, expected=a time; a start is not one
      cron_expression: '60 * * * *'                | cron_expression: cron expression "60 * * * *": minute "60" is not allowed, expected=*, a number, low-high or a step (*/n, low-high/n) within 0-59
      cron_expression: '*/0 * * * *'               | cron_expression: cron expression "*/0 * * * *": minute "*/0" has no step within 1-60, expected=*, a number, low-high or a step (*/n, low-high/n) within 0-59
      cron_expression: '5-1 * * * *'               | cron_expression: cron expression "5-1 * * * *": minute "5-1" goes backwards, expected=*, a number, low-high or a step (*/n, low-high/n) within 0-59
      cron_expression: '@daily', misfire: fire     | misfire: unknown value 'fire', expected one of skip, once, all
      cron_expression: '@daily', misfire_max: 0    | misfire_max: expected a whole number from 1 to 1000, actual 0
      cron_expression: '@daily', misfire_window: 2y | misfire_window: expected a duration from 1s to 366d, in seconds or with a unit (ms, s, m, h, d), actual "2y"
      cron_expression: '@daily', jitter: 2h        | jitter: expected a duration from 0 to 1h, in seconds or with a unit (ms, s, m, h, d), actual "2h"
      cron_expression: '@daily', boot_delay: -1    | boot_delay: expected a duration from 0 to 1h, in seconds or with a unit (ms, s, m, h, d), actual -1
      cron_expression: '@daily', min_interval: 0   | min_interval: expected a duration from 1s to 1d, in seconds or with a unit (ms, s, m, h, d), actual 0
      """)
  void refuses(String trigger, String expected) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> read(trigger));
    assertEquals(expected, fault.failure().message().replaceAll("t\\.agent:\\d+:\\d+: ", ""));
  }

  @Test
  void whatIsMeantIsTaken() {
    assertEquals(
        Duration.ofSeconds(1),
        policy("cron_expression: '* * * * * *', min_interval: 1s").minInterval());
  }
}
