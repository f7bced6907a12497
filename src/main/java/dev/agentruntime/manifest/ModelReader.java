package dev.agentruntime.manifest;

import dev.agentruntime.core.Json;
import dev.agentruntime.disk.FileFaults;
import dev.agentruntime.yaml.Node;
import dev.agentruntime.yaml.Node.Mark;
import dev.agentruntime.yaml.Reading;
import dev.agentruntime.yaml.Reading.Origin;
import dev.agentruntime.yaml.Section;
import dev.agentruntime.yaml.YamlDocument;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code model}: one, or a list whose next one is asked when the one before cannot be. */
final class ModelReader {

  private static final int MODELS_MAX = 5;
  private static final String SCRIPT = "script:";
  private static final List<String> WORDS = words();

  private final Reading reading;
  private final Section all;

  ModelReader(Reading reading, Section all) {
    this.reading = reading;
    this.all = all;
  }

  /**
   * What was read.
   *
   * @param play of the one among them that is a script, null when none is
   */
  record Models(
      String first, List<String> fallbacks, @Nullable Json play) {}

  private static List<String> words() {
    List<String> words = new ArrayList<>(ModelSettings.PROVIDERS);
    words.add("custom");
    words.add("script");
    words.add("echo");
    return List.copyOf(words);
  }

  /** Reads it; {@code usual} when there is none, and after an error. */
  Models read(String usual) {
    List<String> models = new ArrayList<>();
    Json play = null;
    Set<String> seen = new HashSet<>();
    for (Node node : nodes()) {
      String model = all.text("model", node);
      if (model == null) {
        continue;
      }
      check(model, node.mark());
      if (!seen.add(model.startsWith(SCRIPT) ? SCRIPT : model)) {
        reading.error(
            node.mark(),
            "model: " + Json.quote(model)
                + (model.startsWith(SCRIPT)
                    ? " is a second script, expected at most one"
                    : " is there twice, expected each once"));
      }
      play = model.startsWith(SCRIPT) ? play(model, node.mark()) : play;
      models.add(model);
    }
    return models.isEmpty()
        ? new Models(usual, List.of(), null)
        : new Models(models.get(0), List.copyOf(models.subList(1, models.size())), play);
  }

  private List<Node> nodes() {
    Node given = all.node("model");
    if (!(given instanceof Node.Sequence several)) {
      return given == null ? List.of() : List.of(given);
    }
    if (several.items().isEmpty() || several.items().size() > MODELS_MAX) {
      reading.error(
          given.mark(),
          "model: expected one model, or a list of 1 to " + MODELS_MAX + ", actual "
              + several.items().size());
    }
    return several.items();
  }

  /** Checks the model that judges, which is no play of its own. */
  void checkJudge() {
    String model = all.has("eval_model") ? all.text("eval_model") : null;
    if (model != null && model.startsWith(SCRIPT)) {
      reading.error(
          all.markOfValue("eval_model"),
          "eval_model: expected PROVIDER:MODEL, actual a play; the process's own play judges when"
              + " there is no eval_model, by rules with when: {trigger_type: mission}");
    } else if (model != null) {
      check(model, all.markOfValue("eval_model"));
    }
  }

  private void check(String model, Mark mark) {
    int colon = model.indexOf(':');
    String word = colon < 0 ? model : model.substring(0, colon);
    if (!WORDS.contains(word)) {
      reading.error(
          mark, "model: unknown provider '" + word + "'" + Reading.suggestion(word, WORDS));
    } else if (word.equals("echo") != (colon < 0) || model.endsWith(":")) {
      reading.error(
          mark,
          "model: expected PROVIDER:MODEL, custom:NAME, script:FILE or echo, actual "
              + Json.quote(model));
    }
  }

  private @Nullable Json play(String model, Mark mark) {
    if (reading.origin() == Origin.JOURNAL) {
      Node script = all.node("script");
      return script == null ? Json.NULL : reading.json(script);
    }
    Path directory = reading.directory();
    if (reading.origin() == Origin.API || directory == null) {
      reading.error(
          mark,
          "model: script: reads a file beside the manifest, which a request may not; put the"
              + " manifest and its play into the agents directory");
      return null;
    }
    return play(directory, model.substring(SCRIPT.length()), mark);
  }

  private @Nullable Json play(Path directory, String name, Mark mark) {
    try {
      Path root = directory.toRealPath();
      Path named = directory.resolve(name).normalize();
      if (named.startsWith(directory.normalize())) {
        reading.refer(named);
      }
      Path file = root.resolve(name).toRealPath();
      if (!file.startsWith(root)) {
        reading.error(
            mark, "model: " + Json.quote(name) + " is outside the directory of the manifest");
        return null;
      }
      Reading play = new Reading(name, "play", Origin.JOURNAL, null, variable -> null);
      Node node = YamlDocument.compose(ManifestReader.bytes(file), play);
      Json json = node == null ? null : play.json(node);
      play.errors().forEach(reading::add);
      return json;
    } catch (IOException | InvalidPathException e) {
      reading.error(
          mark,
          "model: cannot read the play " + Json.quote(name) + ", expected a file in " + directory
              + " (" + FileFaults.reason(e) + ")");
      return null;
    }
  }
}
