package dev.agentruntime.settings;

import dev.agentruntime.config.HookConfig;
import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Glob;
import dev.agentruntime.manifest.ModelSettings;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings under {@code hooks}: programs that are asked. */
final class HookSettings {

  /** Most hooks of a node's settings. */
  private static final int HOOKS_MAX = 64;

  private static final int PRIORITY_MAX = 1_000;
  private static final String VARIABLE = "[A-Za-z_][A-Za-z0-9_]*";
  private static final List<String> KEYS =
      List.of("event", "command", "timeout", "cwd", "env", "process", "priority", "once", "tag");

  private final Reading reading;

  private HookSettings(Reading reading) {
    this.reading = reading;
  }

  static List<HookConfig> read(Section root) {
    List<Node> items = root.items("hooks");
    if (items.size() > HOOKS_MAX) {
      root.reading()
          .error(
              root.markOfValue("hooks"),
              "hooks: expected at most " + HOOKS_MAX + ", actual " + items.size());
    }
    List<HookConfig> hooks = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      HookConfig hook = new HookSettings(root.reading())
          .hook(Section.of(root.reading(), "hooks[" + i + "]", items.get(i)));
      if (hook != null) {
        hooks.add(hook);
      }
    }
    return hooks;
  }

  private @Nullable HookConfig hook(Section item) {
    item.only(KEYS, List.of());
    if (!item.has("event")) {
      reading.error(
          item.mark(), "event: missing, expected one of " + String.join(", ", HookEvent.words()));
      return null;
    }
    String event = item.choice("event", HookEvent.words(), "");
    List<String> command = item.texts("command");
    if (command.isEmpty() || command.get(0).isBlank()) {
      reading.error(
          item.has("command") ? item.markOfValue("command") : item.mark(),
          "command: expected a list of the program and its arguments, as in [python3, hook.py]");
      return null;
    }
    if (!HookEvent.words().contains(event)) {
      return null;
    }
    return new HookConfig(
        HookEvent.valueOf(event.toUpperCase(Locale.ROOT)),
        command,
        item.duration("timeout", Duration.ofMillis(10), Duration.ofSeconds(60), HookConfig.TIMEOUT),
        item.text("cwd"),
        env(item),
        process(item),
        item.whole("priority", -PRIORITY_MAX, PRIORITY_MAX, 0),
        item.flag("once", false),
        item.text("tag"));
  }

  private Map<String, SecretRef> env(Section item) {
    Map<String, SecretRef> env = new LinkedHashMap<>();
    if (item.has("env")) {
      Section section = item.section("env");
      section.members().forEach((name, member) -> {
        if (!name.matches(VARIABLE)) {
          reading.error(
              member.mark(), "env: expected the name of a variable, actual " + Json.quote(name));
        }
        SecretRef value = ModelSettings.secret(section, name);
        if (value != null) {
          env.put(name, value);
        }
      });
    }
    return env;
  }

  private String process(Section item) {
    String glob = item.text("process", "*");
    try {
      Glob unused = Glob.of(glob);
      return glob;
    } catch (RuntimeFault fault) {
      reading.error(item.markOfValue("process"), "process: " + fault.failure().message());
      return "*";
    }
  }
}
