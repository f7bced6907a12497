package dev.agentruntime.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lists of a node's answers, as rows of a table. */
public final class Rows {

  private Rows() {}

  /** All pages of a list as one. */
  public static List<Map<String, @Nullable Object>> all(ApiClient api, String path, String field) {
    List<Map<String, @Nullable Object>> items = new ArrayList<>();
    String cursor = null;
    do {
      String query = cursor == null ? "" : "&cursor=" + ApiClient.escaped(cursor);
      Map<String, @Nullable Object> page = api.get(path + "?limit=500" + query).object();
      items.addAll(Console.objects(page.get(field)));
      cursor = page.get("next_cursor") instanceof String next ? next : null;
    } while (cursor != null);
    return items;
  }

  /** The columns of a list of objects; a missing value is {@code -}. */
  public static List<List<String>> of(List<Map<String, @Nullable Object>> items, String... keys) {
    List<List<String>> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> item : items) {
      List<String> row = new ArrayList<>();
      for (String key : keys) {
        Object value = item.get(key);
        row.add(value == null ? "-" : Console.text(value));
      }
      rows.add(row);
    }
    return rows;
  }
}
