package dev.agentruntime.config;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.time.CronExpression;
import dev.agentruntime.yaml.AddressSyntax;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mapping;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Scalar;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the {@code triggers} of a manifest. */
final class TriggerReader {

  private static final List<String> TYPES = List.of("cron", "webhook");
  private static final List<String> CRON = List.of("cron_expression", "cron_timezone");
  private static final List<String> WEBHOOK = List.of(
      "webhook_path",
      "webhook_port",
      "webhook_host",
      "hmac_secret",
      "signature_scheme",
      "signature_header",
      "allowed_sources",
      "auth");

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9/._~!$&'()+,;=:@-]*");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");
  private static final Pattern MASKED = Pattern.compile("\\*+");
  private static final Set<String> ZONES = Set.copyOf(ZoneId.getAvailableZoneIds());

  private static final int PATH_MAX = 256;
  private static final int PORT_DEFAULT = 9090;

  private final Reading reading;
  private final Map<String, Mark> ids = new HashMap<>();
  private final Map<String, Mark> routes = new HashMap<>();

  TriggerReader(Reading reading) {
    this.reading = reading;
  }

  /** The variables that secret fields name; to be known before any text is expanded. */
  static List<String> secretVariables(List<Node> items) {
    List<String> names = new ArrayList<>();
    for (Node item : items) {
      Node.Member member =
          item instanceof Mapping mapping ? mapping.members().get("hmac_secret") : null;
      if (member != null && member.value() instanceof Scalar scalar) {
        Matcher matcher = VARIABLE.matcher(scalar.text());
        while (matcher.find()) {
          names.add(matcher.group(1));
        }
      }
    }
    return names;
  }

  List<TriggerConfig> read(List<Node> items) {
    List<TriggerConfig> triggers = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      String name = "triggers[" + i + "]";
      Section section = Section.of(reading, name, items.get(i));
      TriggerConfig trigger = items.get(i) instanceof Mapping ? trigger(section, name) : null;
      if (trigger != null) {
        triggers.add(trigger);
      }
    }
    return triggers;
  }

  private @Nullable TriggerConfig trigger(Section section, String name) {
    if (!section.has("type")) {
      reading.error(section.mark(), name + " has no 'type', expected " + Section.or(TYPES));
      return null;
    }
    String type = section.choice("type", TYPES, "");
    if (type.isEmpty()) {
      // What its other keys mean is not known.
      return null;
    }
    boolean cron = type.equals("cron");
    List<String> known = new ArrayList<>(List.of("type", "id"));
    known.addAll(cron ? CRON : WEBHOOK);
    Map<String, Node.Member> own = new LinkedHashMap<>(section.members());
    for (String key : cron ? WEBHOOK : CRON) {
      if (own.remove(key) != null) {
        reading.error(section.markOf(key), "'" + key + "' is no key of a trigger of type " + type);
      }
    }
    new Section(reading, section.mark(), own).only(known, Unavailable.TRIGGER);
    TriggerConfig trigger = cron ? cron(section) : webhook(section);
    claim(ids, trigger.id(), section, "id");
    return trigger;
  }

  private void claim(Map<String, Mark> taken, String value, Section section, String key) {
    Mark here = section.markOfValue(key);
    Mark before = taken.putIfAbsent(value, here);
    if (before != null) {
      reading.error(
          here,
          key.equals("id")
              ? "trigger id '" + value + "' is given twice, first on " + before.shown()
              : value + " is the route of another trigger, on " + before.shown());
    }
  }

  private String id(Section section, String type, String... defining) {
    String id = section.text("id");
    if (id != null && !ID.matcher(id).matches()) {
      reading.error(
          section.markOfValue("id"),
          "id: expected a letter or digit, then letters, digits, '_', '.' or '-', at most 64,"
              + " actual " + quoted(id));
    }
    return id == null ? type + "-" + Hex.sha256(String.join("\n", defining)).substring(0, 8) : id;
  }

  private TriggerConfig cron(Section section) {
    String expression = section.text("cron_expression", "").strip().replaceAll("\\s+", " ");
    if (!section.has("cron_expression")) {
      reading.error(section.mark(), "a cron trigger needs 'cron_expression'");
    } else {
      checkCron(expression, section.markOfValue("cron_expression"));
    }
    String zone = section.text("cron_timezone", "UTC");
    if (!ZONES.contains(zone)) {
      String near = Reading.suggestion(zone, ZONES);
      reading.error(
          section.markOfValue("cron_timezone"),
          "cron_timezone: unknown zone " + quoted(zone)
              + (near.startsWith(", did") ? near : ", expected an IANA name as Europe/Berlin"));
    }
    return new TriggerConfig.Cron(id(section, "cron", expression, zone), expression, zone);
  }

  /** The one place that decides whether an expression is one. */
  private void checkCron(String expression, Mark mark) {
    if (expression.isEmpty()) {
      reading.error(mark, "cron_expression: empty, expected 5 or 6 fields or a macro as @hourly");
      return;
    }
    try {
      var unused = CronExpression.parse(expression);
    } catch (RuntimeFault fault) {
      reading.error(mark, "cron_expression: " + fault.failure().message());
    }
  }

  private TriggerConfig webhook(Section section) {
    String path = section.text("webhook_path", "/webhook");
    checkPath(path, section);
    boolean own = section.has("webhook_host") || section.has("webhook_port");
    String host = own ? section.text("webhook_host", "127.0.0.1") : null;
    int port = own ? section.whole("webhook_port", 1_025, 65_535, PORT_DEFAULT) : 0;
    if (host != null && !AddressSyntax.isHost(host)) {
      reading.error(
          section.markOfValue("webhook_host"),
          "webhook_host: expected a host name or an IP address, actual " + quoted(host));
    }
    String place = host == null ? "" : host + ":" + port;
    claim(routes, place + path, section, "webhook_path");
    SecretRef secret = section.has("hmac_secret") ? secret(section, "hmac_secret") : null;
    boolean authNone = !section.choice("auth", List.of("none"), "").isEmpty();
    checkAuth(section, host, authNone);
    String header = section.text("signature_header");
    if (header != null && !HEADER.matcher(header).matches()) {
      reading.error(
          section.markOfValue("signature_header"),
          "signature_header: expected the name of a header, actual " + quoted(header));
    }
    return new TriggerConfig.Webhook(
        id(section, "webhook", path, host == null ? "" : host, Integer.toString(port)),
        path,
        host,
        port,
        secret,
        section.choice("signature_scheme", List.of("generic", "github"), "generic"),
        header == null ? null : header.toLowerCase(Locale.ROOT),
        authNone,
        sources(section));
  }

  private void checkPath(String path, Section section) {
    if (!PATH.matcher(path).matches()
        || path.length() > PATH_MAX
        || List.of(path.split("/", -1)).stream().anyMatch(s -> s.equals(".") || s.equals(".."))) {
      reading.error(
          section.markOfValue("webhook_path"),
          "webhook_path: expected '/' and then letters, digits or any of /._~!$&'()+,;=:@-, no"
              + " '.' or '..' between slashes, at most " + PATH_MAX + " characters, actual "
              + quoted(path));
    }
  }

  private void checkAuth(Section section, @Nullable String host, boolean authNone) {
    boolean signed = section.has("hmac_secret");
    if (signed && authNone) {
      reading.error(
          section.markOf("auth"),
          "'auth: none' and 'hmac_secret' contradict each other, expected one of them");
    }
    if (!signed) {
      for (String key : List.of("signature_scheme", "signature_header")) {
        if (section.has(key)) {
          reading.error(section.markOf(key), "'" + key + "' needs 'hmac_secret'");
        }
      }
    }
    if (signed || authNone) {
      return;
    }
    if (host != null && !AddressSyntax.isLoopback(host)) {
      reading.error(
          section.markOfValue("webhook_host"),
          "webhook_host: " + host + " is reached from other machines, expected 'hmac_secret', or"
              + " 'auth: none' when anyone may fire this trigger");
    } else {
      reading.warn(
          section.mark(),
          "this webhook checks no signature: any program on this machine may fire it; give"
              + " 'hmac_secret', or say 'auth: none'");
    }
  }

  /** A secret field as written; null after an error. No message repeats it. */
  static @Nullable SecretRef secret(Section section, String key) {
    Reading reading = section.reading();
    Mark mark = section.markOfValue(key);
    if (section.node(key) instanceof Scalar scalar && scalar.value() instanceof String text) {
      return secret(reading, key, mark, text);
    }
    reading.error(
        mark, key + ": expected text (${VARIABLE}, file:PATH or the secret itself), quote it");
    return null;
  }

  private static @Nullable SecretRef secret(Reading reading, String key, Mark mark, String text) {
    Matcher variable = VARIABLE.matcher(text);
    if (variable.matches()) {
      return new SecretRef(SecretRef.Kind.ENV, variable.group(1));
    }
    if (text.startsWith("file:") && text.length() > "file:".length()) {
      return new SecretRef(SecretRef.Kind.FILE, text.substring("file:".length()));
    }
    String problem = null;
    if (text.isBlank() || text.equals("file:")) {
      problem = "empty, expected ${VARIABLE}, file:PATH or the secret itself";
    } else if (text.contains("${")) {
      problem =
          "expected one variable and nothing else, as in ${VARIABLE}; a secret has no" + " default";
    } else if (reading.origin() == Origin.API) {
      problem = "a literal secret is taken from a file only, expected ${VARIABLE} or file:PATH";
    } else if (reading.origin() != Origin.JOURNAL && MASKED.matcher(text).matches()) {
      problem = "this is the mask that stands for a secret, expected the secret, ${VARIABLE} or"
          + " file:PATH";
    }
    if (problem == null) {
      return new SecretRef(SecretRef.Kind.LITERAL, text);
    }
    reading.error(mark, key + ": " + problem);
    return null;
  }

  private List<String> sources(Section section) {
    List<String> sources = section.texts("allowed_sources");
    for (String source : sources) {
      if (!AddressSyntax.isAddressOrBlock(source)) {
        reading.error(
            section.markOfValue("allowed_sources"),
            "allowed_sources: expected an IP address or a block as 10.0.0.0/8, actual "
                + quoted(source));
      }
    }
    return sources;
  }

  private static String quoted(String text) {
    return new Scalar(Mark.at(""), text, text).kind();
  }
}
