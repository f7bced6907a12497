package dev.agentruntime.policy;

import dev.agentruntime.core.Json;
import dev.agentruntime.policy.PeopleConfig.Inbox;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code inbox} and {@code escalation} at the top of a manifest. */
final class PeopleReader {

  private static final List<String> INBOX = List.of(
      "enabled",
      "max_messages",
      "max_message_length",
      "default_ttl",
      "max_ttl",
      "rate_limit_per_sender",
      "scan_with_guardrails");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration TTL_MAX = Duration.ofDays(30);

  private PeopleReader() {}

  static PeopleConfig read(Section all) {
    return new PeopleConfig(
        all.has("inbox") ? inbox(all.section("inbox")) : Inbox.OFF,
        all.has("escalation") ? secret(all, all.section("escalation")) : null);
  }

  private static Inbox inbox(Section section) {
    section.only(INBOX, Set.of());
    if (section.flag("scan_with_guardrails", false)) {
      section
          .reading()
          .error(
              section.markOfValue("scan_with_guardrails"),
              "scan_with_guardrails: 'true' is not available yet, expected false");
    }
    Inbox usual = Inbox.DEFAULT;
    Duration most = section.duration("max_ttl", SECOND, TTL_MAX, usual.ttlMax());
    boolean shorter = most.compareTo(usual.ttl()) < 0;
    Inbox inbox = new Inbox(
        section.flag("enabled", true),
        section.whole("max_messages", 1, 200, usual.max()),
        section.whole("max_message_length", 1, 10_000, usual.lengthMax()),
        section.duration("default_ttl", SECOND, most, shorter ? most : usual.ttl()),
        most,
        section.whole("rate_limit_per_sender", 1, 10_000, usual.perSender()));
    return inbox.enabled() ? inbox : Inbox.OFF;
  }

  private static @Nullable String secret(Section all, Section escalation) {
    escalation.only(List.of("secret"), Set.of());
    String name = escalation.text("secret");
    boolean declared = name != null && all.section("secrets").section("secrets").has(name);
    if (name != null && !declared && all.reading().origin() != Origin.JOURNAL) {
      all.reading()
          .error(
              escalation.markOfValue("secret"),
              "secret: there is no secret " + Json.quote(name) + ", expected it under 'secrets'");
    }
    return name;
  }

  /** As {@link #read} takes them, by section. */
  static Map<String, Map<String, @Nullable Object>> written(PeopleConfig config) {
    Map<String, Map<String, @Nullable Object>> out = new LinkedHashMap<>();
    if (config.inbox().enabled()) {
      out.put("inbox", inbox(config.inbox()));
    }
    if (config.escalationSecret() != null) {
      out.put("escalation", Map.of("secret", config.escalationSecret()));
    }
    return out;
  }

  /** One that is all defaults still says that it is there. */
  private static Map<String, @Nullable Object> inbox(Inbox inbox) {
    Inbox usual = Inbox.DEFAULT;
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("enabled", true);
    put(out, "max_messages", inbox.max(), usual.max());
    put(out, "max_message_length", inbox.lengthMax(), usual.lengthMax());
    put(out, "max_ttl", Section.seconds(inbox.ttlMax()), Section.seconds(usual.ttlMax()));
    put(out, "default_ttl", Section.seconds(inbox.ttl()), Section.seconds(usual.ttl()));
    put(out, "rate_limit_per_sender", inbox.perSender(), usual.perSender());
    return out;
  }

  private static void put(Map<String, @Nullable Object> out, String key, Object now, Object usual) {
    if (!now.equals(usual)) {
      out.put(key, now);
    }
  }
}
