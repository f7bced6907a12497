package dev.agentruntime.manifest;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.TriggerConfig;
import dev.agentruntime.config.TriggerConfig.Rules;
import dev.agentruntime.config.TriggerConfig.WebhookPolicy;
import dev.agentruntime.yaml.AddressSyntax;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Scalar;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a trigger of type {@code webhook}. */
final class WebhookTriggerReader {

  static final List<String> KEYS = List.of(
      "webhook_path",
      "webhook_port",
      "webhook_host",
      "hmac_secret",
      "signature_scheme",
      "signature_header",
      "signature_tolerance",
      "allowed_sources",
      "auth",
      "sync",
      "sync_timeout",
      "rate_limit");

  private static final List<String> SCHEMES =
      List.of("generic", "github", "stripe", "slack", "standard", "pagerduty");
  private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9/._~!$&'()+,;=:@-]*");
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");
  private static final Pattern MASKED = Pattern.compile("\\*+");

  private static final int PATH_MAX = 256;
  private static final int PORT_DEFAULT = 9090;
  private static final int SECRETS_MAX = 5;

  private final TriggerReader of;
  private final Section section;
  private final Reading reading;

  WebhookTriggerReader(TriggerReader of, Section section) {
    this.of = of;
    this.section = section;
    this.reading = of.reading();
  }

  TriggerConfig read(Rules rules) {
    String path = section.text("webhook_path", "/webhook");
    checkPath(path);
    boolean own = section.has("webhook_host") || section.has("webhook_port");
    String host = own ? section.text("webhook_host", "127.0.0.1") : null;
    int port = own ? section.whole("webhook_port", 1_025, 65_535, PORT_DEFAULT) : 0;
    if (host != null && !AddressSyntax.isHost(host)) {
      reading.error(
          section.markOfValue("webhook_host"),
          "webhook_host: expected a host name or an IP address, actual "
              + TriggerReader.quoted(host));
    }
    String place = host == null ? "" : host + ":" + port;
    of.claimRoute(place + path, section);
    boolean authNone = !section.choice("auth", List.of("none"), "").isEmpty();
    checkAuth(host, authNone);
    String header = section.text("signature_header");
    if (header != null && !HEADER.matcher(header).matches()) {
      reading.error(
          section.markOfValue("signature_header"),
          "signature_header: expected the name of a header, actual "
              + TriggerReader.quoted(header));
    }
    return new TriggerConfig.Webhook(
        of.id(section, "webhook", path, host == null ? "" : host, Integer.toString(port)),
        path,
        host,
        port,
        secrets(),
        section.choice("signature_scheme", SCHEMES, "generic"),
        header == null ? null : header.toLowerCase(Locale.ROOT),
        authNone,
        sources(),
        policy(),
        rules);
  }

  private void checkPath(String path) {
    if (!PATH.matcher(path).matches()
        || path.length() > PATH_MAX
        || List.of(path.split("/", -1)).stream().anyMatch(s -> s.equals(".") || s.equals(".."))) {
      reading.error(
          section.markOfValue("webhook_path"),
          "webhook_path: expected '/' and then letters, digits or any of /._~!$&'()+,;=:@-, no"
              + " '.' or '..' between slashes, at most " + PATH_MAX + " characters, actual "
              + TriggerReader.quoted(path));
    }
  }

  private void checkAuth(@Nullable String host, boolean authNone) {
    boolean signed = section.has("hmac_secret");
    if (signed && authNone) {
      reading.error(
          section.markOf("auth"),
          "'auth: none' and 'hmac_secret' contradict each other, expected one of them");
    }
    if (!signed) {
      for (String key : List.of("signature_scheme", "signature_header", "signature_tolerance")) {
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

  /** The secret fields as written; those with an error are left out. No message repeats one. */
  private List<SecretRef> secrets() {
    Node node = section.node("hmac_secret");
    if (node == null) {
      return List.of();
    }
    List<Node> values = node instanceof Node.Sequence list ? list.items() : List.of(node);
    if (values.isEmpty() || values.size() > SECRETS_MAX) {
      reading.error(
          section.markOfValue("hmac_secret"),
          "hmac_secret: expected one secret, or a list of 1 to " + SECRETS_MAX);
    }
    List<SecretRef> secrets = new ArrayList<>();
    for (Node value : values) {
      SecretRef secret = secret(reading, "hmac_secret", value);
      if (secret != null) {
        secrets.add(secret);
      }
    }
    return secrets;
  }

  /** A secret field as written; null after an error. No message repeats it. */
  static @Nullable SecretRef secret(Section section, String key) {
    Node node = section.node(key);
    return node == null ? null : secret(section.reading(), key, node);
  }

  private static @Nullable SecretRef secret(Reading reading, String key, Node node) {
    if (node instanceof Scalar scalar && scalar.value() instanceof String text) {
      return secret(reading, key, node.mark(), text);
    }
    reading.error(
        node.mark(),
        key + ": expected text (${VARIABLE}, file:PATH or the secret itself), quote it");
    return null;
  }

  private static @Nullable SecretRef secret(Reading reading, String key, Mark mark, String text) {
    SecretRef reference = SecretRef.parse(text);
    if (reference != null) {
      return reference;
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

  private List<String> sources() {
    List<String> sources = section.texts("allowed_sources");
    for (String source : sources) {
      if (!AddressSyntax.isAddressOrBlock(source)) {
        reading.error(
            section.markOfValue("allowed_sources"),
            "allowed_sources: expected an IP address or a block as 10.0.0.0/8, actual "
                + TriggerReader.quoted(source));
      }
    }
    return sources;
  }

  private WebhookPolicy policy() {
    WebhookPolicy usual = WebhookPolicy.DEFAULT;
    Duration second = Duration.ofSeconds(1);
    boolean sync = section.flag("sync", false);
    Duration wait =
        section.duration("sync_timeout", second, Duration.ofMinutes(10), Duration.ofSeconds(30));
    if (section.has("sync_timeout") && !sync) {
      reading.error(section.markOf("sync_timeout"), "'sync_timeout' needs 'sync: true'");
    }
    return new WebhookPolicy(
        section.duration("signature_tolerance", second, Duration.ofHours(1), usual.tolerance()),
        sync ? wait : usual.sync(),
        section.whole("rate_limit", 0, 10_000_000, usual.ratePerMinute()));
  }
}
