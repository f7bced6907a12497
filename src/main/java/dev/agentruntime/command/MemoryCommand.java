package dev.agentruntime.command;

import dev.agentruntime.console.ApiClient;
import dev.agentruntime.console.Console;
import dev.agentruntime.console.ProcessCommand;
import dev.agentruntime.console.Rows;
import dev.agentruntime.core.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code memory NAME [list | search TEXT | forget (ID... | --origin ORIGIN | --invocation ID |
 * --all)]}.
 */
@Command(
    name = "memory",
    mixinStandardHelpOptions = true,
    description = {
      "Lists what a process remembers, searches it, or forgets of it.",
      "Its memories have an origin: what came from one source can be forgotten together."
    })
final class MemoryCommand extends ProcessCommand {

  private static final int SHOWN_MAX = 60;

  /** What may be done. */
  enum Action {
    LIST,
    SEARCH,
    FORGET;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ACTION",
      defaultValue = "list",
      description = "list, search or forget (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Action action;

  @Parameters(
      index = "2..*",
      arity = "0..*",
      paramLabel = "TEXT",
      description = "search: what to search for. forget: ids.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--origin",
      paramLabel = "ORIGIN",
      description = "list, forget: of one origin, as webhook:push.")
  private @Nullable String origin;

  @Option(
      names = "--invocation",
      paramLabel = "ID",
      description = "list, forget: of one invocation.")
  private @Nullable String invocation;

  @Option(names = "--all", description = "forget: everything.")
  private boolean all;

  @Override
  public void run(ApiClient api, Console console) {
    String path = ApiClient.process(name()) + "/memory";
    boolean chosen = origin != null || invocation != null;
    if (all && action != Action.FORGET) {
      throw usage("--all, expected=together with forget");
    }
    switch (action) {
      case LIST -> {
        if (!words.isEmpty()) {
          throw usage("TEXT, expected=together with search or forget");
        }
        show(console, pages(api, path));
      }
      case SEARCH -> {
        if (words.isEmpty() || chosen) {
          throw usage("search, expected=TEXT, and neither --origin nor --invocation");
        }
        String query = ApiClient.escaped(String.join(" ", words));
        Json found = api.get(path + "?query=" + query);
        show(console, Console.objects(found.object().get("memories")));
      }
      case FORGET -> {
        if (Stream.of(!words.isEmpty(), chosen, all).filter(one -> one).count() != 1) {
          throw usage("forget, expected=one of ID..., --origin ORIGIN or --invocation ID, --all");
        }
        forget(api, console, path);
      }
    }
  }

  private List<Map<String, @Nullable Object>> pages(ApiClient api, String path) {
    List<Map<String, @Nullable Object>> items = new ArrayList<>();
    String cursor = null;
    do {
      String next = cursor == null ? "" : "&cursor=" + ApiClient.escaped(cursor);
      Map<String, @Nullable Object> page =
          api.get(path + "?limit=500" + which("&") + next).object();
      items.addAll(Console.objects(page.get("memories")));
      cursor = page.get("next_cursor") instanceof String more ? more : null;
    } while (cursor != null);
    return items;
  }

  private String which(String first) {
    StringBuilder query = new StringBuilder();
    if (origin != null) {
      query.append("&origin=").append(ApiClient.escaped(origin));
    }
    if (invocation != null) {
      query.append("&invocation=").append(ApiClient.escaped(invocation));
    }
    return query.length() == 0 ? "" : first + query.substring(1);
  }

  private void forget(ApiClient api, Console console, String path) {
    long count = 0;
    if (words.isEmpty()) {
      count = forgotten(api.delete(path + (all ? "?all=true" : which("?"))));
    }
    for (String id : words) {
      count += forgotten(api.delete(path + "/" + ApiClient.escaped(id)));
    }
    print(console, Json.of(Map.of("forgotten", count)), "forgotten  " + count);
  }

  private static long forgotten(Json answer) {
    return answer.object().get("forgotten") instanceof Long count ? count : 0;
  }

  private void show(Console console, List<Map<String, @Nullable Object>> memories) {
    if (json()) {
      console.json(Json.of(Map.of("memories", memories, "total", memories.size())));
      return;
    }
    for (Map<String, @Nullable Object> memory : memories) {
      String content = String.valueOf(memory.get("content")).replaceAll("\\s+", " ");
      memory.put(
          "shown",
          content.length() <= SHOWN_MAX ? content : content.substring(0, SHOWN_MAX) + "...");
      memory.put("trust", Boolean.FALSE.equals(memory.get("untrusted")) ? "trusted" : "untrusted");
    }
    console.table(
        List.of("ID", "TIME", "ORIGIN", "TRUST", "SCORE", "CONTENT"),
        Rows.of(memories, "id", "time", "origin", "trust", "score", "shown"));
  }
}
