package dev.agentruntime.policy;

import dev.agentruntime.core.Json;
import dev.agentruntime.guard.Topics;
import dev.agentruntime.yaml.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code escalation}, which several sections have. */
final class EscalationReader {

  private static final List<String> KEYS = List.of("webhook_url", "event_type");

  private EscalationReader() {}

  /** The target under {@code escalation}, nobody when there is none. */
  static EscalationTarget read(Section section) {
    if (!section.has("escalation")) {
      return EscalationTarget.NOBODY;
    }
    Section target = section.section("escalation");
    target.only(KEYS, Set.of());
    String url = target.text("webhook_url");
    if (url != null && !isAddress(url)) {
      target
          .reading()
          .error(
              target.markOfValue("webhook_url"),
              "webhook_url: expected an address as https://host/path, actual " + Json.quote(url));
    }
    String type = target.text("event_type");
    String problem = type == null ? null : Topics.problemOfName(type);
    if (problem != null) {
      target.reading().error(target.markOfValue("event_type"), "event_type: " + problem);
    }
    if (url == null && type == null) {
      target.reading().error(target.mark(), "escalation: expected webhook_url or event_type");
    }
    return new EscalationTarget(url, type);
  }

  static boolean isAddress(String url) {
    try {
      URI uri = new URI(url);
      String scheme = String.valueOf(uri.getScheme());
      return uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null
          && (scheme.equals("https") || scheme.equals("http"));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** As {@link #read} takes it, null when nobody is told. */
  static @Nullable Map<String, @Nullable Object> written(EscalationTarget target) {
    if (target.equals(EscalationTarget.NOBODY)) {
      return null;
    }
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (target.webhookUrl() != null) {
      out.put("webhook_url", target.webhookUrl());
    }
    if (target.eventType() != null) {
      out.put("event_type", target.eventType());
    }
    return out;
  }
}
