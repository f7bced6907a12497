package dev.agentruntime.policy;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.policy.ApprovalConfig.Asking;
import dev.agentruntime.policy.ApprovalConfig.DenyScope;
import dev.agentruntime.policy.ApprovalConfig.Limits;
import dev.agentruntime.policy.ApprovalConfig.Notice;
import dev.agentruntime.policy.ApprovalConfig.Taint;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Section;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code approval}, {@code taint} and the {@code approval} of single tools. */
final class ApprovalReader {

  static final List<String> KEYS = List.of("approval", "taint");

  private static final List<String> OWN = List.of(
      "tools",
      "irreversible",
      "cost",
      "tainted",
      "timeout",
      "on_timeout",
      "include_arguments",
      "redact_sensitive",
      "max_pending",
      "max_retries_after_deny",
      "deny_window",
      "deny_scope",
      "sequential",
      "context_messages",
      "decided_by",
      "escalation",
      "address");
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final BigDecimal LEAST = new BigDecimal("0.000000001");

  private ApprovalReader() {}

  static ApprovalConfig read(Section all) {
    List<String> named =
        toolsWhose(all, rules -> rules.has("approval") && rules.flag("approval", false));
    List<String> declared = toolsWhose(all, ApprovalReader::isDeclared);
    if (!all.has("approval") && !all.has("taint") && named.isEmpty() && declared.isEmpty()) {
      return ApprovalConfig.OFF;
    }
    Section own = all.section("approval");
    own.only(OWN, Set.of());
    List<String> tools = new ArrayList<>(own.texts("tools"));
    for (String glob : tools) {
      String problem = Glob.problem(glob);
      if (problem != null) {
        own.reading().error(own.markOfValue("tools"), "tools: " + problem);
      }
    }
    named.stream().filter(name -> !tools.contains(name)).forEach(tools::add);
    boolean irreversible = own.flag("irreversible", false);
    Taint taint = taint(all, own);
    Asking usual = Asking.DEFAULT;
    Limits few = Limits.DEFAULT;
    Asking asking = new Asking(
        own.duration("timeout", MOMENT, DAY, usual.timeout()),
        own.choice("on_timeout", List.of("deny", "allow"), "deny").equals("allow"),
        own.flag("include_arguments", usual.includeArguments()),
        own.flag("redact_sensitive", usual.redactSensitive()),
        own.whole("context_messages", 0, 50, usual.contextMessages()));
    if (asking.allowOnTimeout()) {
      own.reading()
          .warn(
              own.markOfValue("on_timeout"),
              "on_timeout: allow does not hold for calls that are irreversible or of a tainted run:"
                  + " those are denied");
    }
    Limits limits = new Limits(
        own.whole("max_pending", 1, 1_000, few.maxPending()),
        own.whole("max_retries_after_deny", 0, 100, few.retriesAfterDeny()),
        own.duration("deny_window", MOMENT, DAY, few.denyWindow()),
        denyScope(own),
        own.flag("sequential", few.sequential()));
    BigDecimal cost = own.decimal("cost", LEAST, BudgetLimit.AMOUNT_MAX);
    return new ApprovalConfig(
        tools,
        irreversible,
        taint,
        taint == Taint.DECLARED ? declared : List.of(),
        asking,
        limits,
        decidedBy(all, own),
        cost == null ? null : (Long) BudgetLimit.COST_RUN.kept(cost),
        notice(own));
  }

  private static DenyScope denyScope(Section own) {
    String usual = Limits.DEFAULT.denyScope().name().toLowerCase(Locale.ROOT);
    if (own.text("deny_scope", usual).equals("user")) {
      own.reading()
          .error(
              own.markOfValue("deny_scope"),
              "deny_scope: 'user' has no meaning here, for a process has no users; expected session"
                  + " (one run) or agent (all runs of the process)");
      return Limits.DEFAULT.denyScope();
    }
    return DenyScope.valueOf(
        own.choice("deny_scope", List.of("session", "agent"), usual).toUpperCase(Locale.ROOT));
  }

  private static Notice notice(Section own) {
    EscalationTarget target = EscalationReader.read(own);
    String address = own.text("address");
    if (address != null
        && (!EscalationReader.isAddress(address)
            || address.endsWith("/")
            || address.matches(".*[?#].*"))) {
      own.reading()
          .error(
              own.markOfValue("address"),
              "address: expected where the control API is reached, as https://host:port, without"
                  + " a slash at the end, actual " + Json.quote(address));
    }
    if (address != null && target.equals(EscalationTarget.NOBODY)) {
      own.reading()
          .error(
              own.markOf("address"), "address: nobody is told it, expected 'escalation' beside it");
    }
    return new Notice(target, address);
  }

  /** A manifest that speaks of approvals at all is asked about tainted runs unless it says not. */
  private static Taint taint(Section all, Section own) {
    if (all.has("taint") && own.has("tainted")) {
      own.reading()
          .error(
              own.markOf("tainted"),
              "'tainted' is given twice, first as taint on "
                  + all.markOf("taint").shown() + ", expected one");
    }
    boolean tainted = own.flag("tainted", all.has("approval"));
    boolean silent = !all.has("approval") && !own.has("tainted");
    String usual = tainted ? "ask" : silent ? "declared" : "allow";
    String word = all.choice("taint", List.of("ask", "deny", "allow", "declared"), usual);
    return Taint.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static boolean isDeclared(Section rules) {
    // What is no text is told of where the rules themselves are read.
    return rules.node("policy") instanceof Node.Scalar scalar
        && scalar.value() instanceof String
        && ToolDefinition.Policy.IRREVERSIBLE.word().equals(rules.text("policy"));
  }

  /** The tools whose own rules say something. */
  private static List<String> toolsWhose(Section all, Predicate<Section> said) {
    List<String> named = new ArrayList<>();
    if (all.node("tools") instanceof Node.Mapping tools) {
      tools.members().forEach((name, member) -> {
        if (member.value() instanceof Node.Mapping rules
            && said.test(Section.of(all.reading(), name, rules))) {
          named.add(name);
        }
      });
    }
    return named;
  }

  /** Whose events decide must be somebody an agent cannot be. */
  private static List<String> decidedBy(Section all, Section own) {
    List<String> ids = own.texts("decided_by");
    for (String id : ids) {
      Section trigger = trigger(all, id);
      String problem = null;
      if (trigger == null) {
        problem = "there is no trigger with id: " + id;
      } else if (!List.of("webhook", "event").contains(trigger.text("type", ""))) {
        problem = "trigger " + id + " is neither a webhook nor an event";
      } else if (trigger.text("type", "").equals("webhook") && !trigger.has("hmac_secret")) {
        problem = "webhook " + id + " has no hmac_secret, so anybody could decide";
      }
      if (problem != null) {
        own.reading().error(own.markOfValue("decided_by"), "decided_by: " + problem);
      }
    }
    return ids;
  }

  private static @Nullable Section trigger(Section all, String id) {
    for (Node item : all.items("triggers")) {
      Node.Member member = item instanceof Node.Mapping one ? one.members().get("id") : null;
      if (member != null
          && member.value() instanceof Node.Scalar scalar
          && scalar.text().equals(id)) {
        return Section.of(all.reading(), "trigger", item);
      }
    }
    return null;
  }

  /** As {@link #read} takes them; the taint is always said, for its default depends. */
  static Map<String, @Nullable Object> written(ApprovalConfig config) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (config.equals(ApprovalConfig.OFF)) {
      return out;
    }
    ApprovalConfig off = ApprovalConfig.OFF;
    Asking usual = Asking.DEFAULT;
    Limits few = Limits.DEFAULT;
    Map<String, @Nullable Object> own = new LinkedHashMap<>();
    put(own, "tools", config.tools(), off.tools());
    put(own, "irreversible", config.irreversible(), off.irreversible());
    Asking asking = config.asking();
    put(own, "timeout", Section.seconds(asking.timeout()), Section.seconds(usual.timeout()));
    put(own, "on_timeout", asking.allowOnTimeout() ? "allow" : "deny", "deny");
    put(own, "include_arguments", asking.includeArguments(), usual.includeArguments());
    put(own, "redact_sensitive", asking.redactSensitive(), usual.redactSensitive());
    put(own, "context_messages", asking.contextMessages(), usual.contextMessages());
    Limits limits = config.limits();
    put(own, "max_pending", limits.maxPending(), few.maxPending());
    put(own, "max_retries_after_deny", limits.retriesAfterDeny(), few.retriesAfterDeny());
    put(
        own,
        "deny_window",
        Section.seconds(limits.denyWindow()),
        Section.seconds(few.denyWindow()));
    put(own, "deny_scope", word(limits.denyScope()), word(few.denyScope()));
    put(own, "sequential", limits.sequential(), few.sequential());
    put(own, "decided_by", config.decidedBy(), off.decidedBy());
    Long cost = config.cost();
    if (cost != null) {
      own.put("cost", BudgetLimit.COST_RUN.shown(cost));
    }
    Map<String, @Nullable Object> target =
        EscalationReader.written(config.notice().target());
    if (target != null) {
      own.put("escalation", target);
    }
    if (config.notice().address() != null) {
      own.put("address", config.notice().address());
    }
    if (!own.isEmpty()) {
      out.put("approval", own);
    }
    if (!own.isEmpty() || config.taint() != off.taint()) {
      out.put("taint", word(config.taint()));
    }
    return out;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static void put(
      Map<String, @Nullable Object> out, String key, Object value, Object usual) {
    if (!value.equals(usual)) {
      out.put(key, value);
    }
  }
}
