package dev.agentruntime.manifest;

import dev.agentruntime.config.ContextLimits;
import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.core.Json;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Node.Member;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code context} and {@code world}: what an agent knows and how it is kept. */
final class ContextReader {

  static final List<String> KEYS = List.of(
      "writable_keys",
      "state_max_tokens",
      "conversation_history",
      "conversation_max_messages",
      "conversation_max_tokens",
      "conversation_summary",
      "env_prefix",
      "file_mounts",
      "initial_state");

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}|");
  private static final Pattern MOUNT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
  private static final int MOUNTS_MAX = 100;

  /** Below these a summary would not be much smaller than what it is about. */
  private static final int SUMMARY_MESSAGES_MIN = 4;

  private static final int SUMMARY_TOKENS_MIN = 4_000;
  private static final int TOKENS_MAX = 10_000_000;

  private final Reading reading;
  private final Section all;
  private final Section context;

  ContextReader(Reading reading, Section all, Section context) {
    this.reading = reading;
    this.all = all;
    this.context = context;
  }

  ProcessConfig.Context read() {
    ProcessConfig.Context usual = ProcessConfig.Context.DEFAULT;
    boolean inside = context.has("conversation_history");
    if (inside && all.has("conversation_history")) {
      ProcessReader.twice(
          reading,
          all.markOf("conversation_history"),
          "conversation_history",
          context.markOf("conversation_history"));
    }
    ProcessConfig.Context read = new ProcessConfig.Context(
        writableKeys(),
        context.whole("state_max_tokens", 0, TOKENS_MAX, usual.stateMaxTokens()),
        (inside ? context : all).flag("conversation_history", usual.conversationHistory()),
        context.whole("conversation_max_messages", 0, 1_000_000, usual.conversationMaxMessages()),
        context.whole("conversation_max_tokens", 0, TOKENS_MAX, usual.conversationMaxTokens()),
        context.flag("conversation_summary", usual.conversationSummary()),
        envPrefix(usual.envPrefix()),
        mounts());
    checkSummary(read);
    return read;
  }

  /** What is in the journal was checked when it came, perhaps by other rules. */
  private void error(Mark mark, String message) {
    if (reading.origin() != Origin.JOURNAL) {
      reading.error(mark, message);
    }
  }

  private List<String> writableKeys() {
    List<String> keys = context.texts("writable_keys");
    Set<String> seen = new LinkedHashSet<>();
    for (String key : keys) {
      String problem = ContextLimits.problemOfKey(key);
      if (problem == null && !seen.add(key)) {
        problem = Json.quote(key) + " is there twice, expected once";
      }
      if (problem != null) {
        error(context.markOfValue("writable_keys"), "writable_keys: " + problem);
      }
    }
    return keys;
  }

  private void checkSummary(ProcessConfig.Context read) {
    if (!read.conversationSummary()) {
      return;
    }
    int messages = read.conversationMaxMessages();
    int tokens = read.conversationMaxTokens();
    String problem = null;
    if (!read.conversationHistory()) {
      problem = "there is no conversation to summarise, expected conversation_history: true";
    } else if (messages == 0 && tokens == 0) {
      problem = "nothing would ever be summarised, expected conversation_max_messages or"
          + " conversation_max_tokens above 0";
    } else if (messages != 0 && messages < SUMMARY_MESSAGES_MIN) {
      problem = "expected conversation_max_messages 0 or at least " + SUMMARY_MESSAGES_MIN
          + ", actual " + messages;
    } else if (tokens != 0 && tokens < SUMMARY_TOKENS_MIN) {
      problem = "expected conversation_max_tokens 0 or at least " + SUMMARY_TOKENS_MIN + ", actual "
          + tokens;
    }
    if (problem != null) {
      error(context.markOfValue("conversation_summary"), "conversation_summary: " + problem);
    }
  }

  private String envPrefix(String usual) {
    String prefix = context.text("env_prefix", usual);
    String problem = null;
    if (!PREFIX.matcher(prefix).matches()) {
      problem = "expected letters, digits and '_', as in AGENT_, or \"\" for none, actual "
          + Json.quote(prefix);
    } else if (reading.origin() == Origin.API && !prefix.isEmpty() && !prefix.startsWith(usual)) {
      problem = "a request may show an agent only variables that begin with " + usual + ", actual "
          + Json.quote(prefix);
    }
    if (problem != null) {
      error(context.markOfValue("env_prefix"), "env_prefix: " + problem);
    }
    return prefix;
  }

  // --- Files

  private Map<String, String> mounts() {
    Map<String, String> mounts = new LinkedHashMap<>();
    Section section = context.section("file_mounts");
    if (section.members().size() > MOUNTS_MAX) {
      error(
          context.markOf("file_mounts"),
          "file_mounts: expected at most " + MOUNTS_MAX + ", actual "
              + section.members().size());
    }
    if (reading.origin() == Origin.API && !section.members().isEmpty()) {
      error(
          context.markOf("file_mounts"),
          "file_mounts: reads files beside the manifest, which a request may not; put the manifest"
              + " into the agents directory");
      return mounts;
    }
    section.members().forEach((name, member) -> {
      if (!MOUNT.matcher(name).matches()) {
        error(
            member.mark(),
            "file_mounts: name " + Json.quote(name)
                + ", expected a letter or digit, then letters, digits, '_' or '-', at most 64");
      }
      String path = section.text(name);
      if (path != null) {
        String problem = problemOfMount(path, section.markOfValue(name));
        if (problem != null) {
          error(section.markOfValue(name), "file_mounts: " + problem);
        }
        mounts.put(name, path);
      }
    });
    return mounts;
  }

  private @Nullable String problemOfMount(String text, Mark mark) {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      return "no path, " + e.getReason();
    }
    if (text.isBlank() || path.isAbsolute() || path.normalize().startsWith("..")) {
      return "expected a path inside the directory of the manifest, as in data/reports, actual "
          + Json.quote(text);
    }
    Path directory = reading.directory();
    if (reading.origin() == Origin.JOURNAL || directory == null) {
      return null;
    }
    try {
      Path root = directory.toRealPath();
      Path file = root.resolve(path);
      if (!Files.exists(file)) {
        reading.warn(mark, "file_mounts: " + Json.quote(text) + " is not there yet");
      } else if (!file.toRealPath().startsWith(root)) {
        return Json.quote(text) + " leads outside the directory of the manifest";
      }
    } catch (IOException e) {
      return "cannot reach " + Json.quote(text) + " (" + FileFaults.reason(e) + ")";
    }
    return null;
  }

  // --- The initial context

  Map<String, Json> world() {
    Node world = all.node("world");
    Node state = context.node("initial_state");
    if (world != null && state != null) {
      ProcessReader.twice(
          reading, context.markOf("initial_state"), "initial_state", all.markOf("world"));
    }
    Map<String, Json> values = new LinkedHashMap<>();
    Node given = world == null ? state : world;
    if (given == null) {
      return values;
    }
    Section section = Section.of(reading, world == null ? "initial_state" : "world", given);
    long bytes = 0;
    for (Map.Entry<String, Member> each : section.members().entrySet()) {
      String key = each.getKey();
      Json value = reading.json(each.getValue().value());
      String problem = ContextLimits.problemOfKey(key);
      if (problem == null) {
        problem = ContextLimits.problemOfValue(key, value);
      }
      if (problem != null) {
        error(each.getValue().mark(), "world: " + problem);
      }
      values.put(key, value);
      bytes += ContextLimits.size(key, value);
    }
    String problem = ContextLimits.problemOfAll(values.size(), bytes);
    if (problem != null) {
      error(section.mark(), "world: " + problem);
    }
    return values;
  }
}
