package dev.agentruntime.verticle;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.ThreadingModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is deployed under a name, as the journal keeps it:
 *
 * <pre>
 * {"sha256":"64 hex"?,"main":"com.acme.Greeter","options":{},"instances":1,
 *  "threading":"event_loop"}
 * </pre>
 *
 * @param name what it is deployed as
 * @param sha256 of its jar, null when its class is on the class path of the runtime
 * @param main the verticle's class
 * @param options what the verticle finds in its configuration, a JSON object; journaled as it is
 * @param instances how many are deployed
 * @param threading where their handlers run
 */
record VerticleSpec(
    String name,
    @Nullable String sha256,
    String main,
    Json options,
    int instances,
    ThreadingModel threading) {

  static final int INSTANCES_MAX = 256;
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
  private static final Pattern CLASS = Pattern.compile("[A-Za-z_$][\\w$]*(\\.[A-Za-z_$][\\w$]*)*");

  /** Checks everything but the class itself. */
  VerticleSpec {
    if (!NAME.matcher(name).matches()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_NAME,
          "name of a verticle, expected=1 to 64 of a-z 0-9 _ - that begin with a letter or digit,"
              + " actual=" + Json.quote(name));
    }
    if (!CLASS.matcher(main).matches()) {
      throw wrong("main", "the full name of a class", Json.quote(main));
    }
    if (!options.isObject()) {
      throw wrong("options", "a JSON object", options.toString());
    }
    if (instances < 1 || instances > INSTANCES_MAX) {
      throw wrong("instances", "1.." + INSTANCES_MAX, String.valueOf(instances));
    }
    int java = Runtime.version().feature();
    if (threading == ThreadingModel.VIRTUAL_THREAD && java < 21) {
      throw wrong("threading virtual_thread", "a node on Java 21 or later", "Java " + java);
    }
  }

  private static RuntimeFault wrong(String what, String expected, String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_TYPE, what + ", expected=" + expected + ", actual=" + actual);
  }

  /** The threading model of a word. */
  static ThreadingModel threading(String word) {
    List<ThreadingModel> all =
        List.of(ThreadingModel.EVENT_LOOP, ThreadingModel.WORKER, ThreadingModel.VIRTUAL_THREAD);
    return all.stream()
        .filter(model -> word(model).equals(word))
        .findFirst()
        .orElseThrow(() -> wrong(
            "threading",
            "one of " + all.stream().map(VerticleSpec::word).toList(),
            Json.quote(word)));
  }

  private static String word(ThreadingModel model) {
    return model.name().toLowerCase(Locale.ROOT);
  }

  String threadingWord() {
    return word(threading);
  }

  Json toJson() {
    Map<String, @Nullable Object> all = shown();
    all.put("options", options);
    return Json.of(all);
  }

  /** Without its options, which may hold more than everybody should see. */
  Map<String, @Nullable Object> shown() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    if (sha256 != null) {
      all.put("sha256", sha256);
    }
    all.put("main", main);
    all.put("instances", instances);
    all.put("threading", word(threading));
    return all;
  }

  static VerticleSpec of(String name, Json spec) {
    Map<String, @Nullable Object> all = spec.object();
    Object sha256 = all.get("sha256");
    if (sha256 != null && !String.valueOf(sha256).matches("[0-9a-f]{64}")) {
      throw new RuntimeFault(ErrorCode.JOURNAL_CORRUPT, "verticle " + name + ": sha256");
    }
    return new VerticleSpec(
        name,
        sha256 == null ? null : String.valueOf(sha256),
        String.valueOf(all.get("main")),
        Json.of(all.get("options")),
        all.get("instances") instanceof Long many ? many.intValue() : 1,
        threading(String.valueOf(all.get("threading"))));
  }
}
