package dev.agentruntime.governance;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.CanonicalJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Arguments that a person changed who was not shown all of them: where the person left what stands
 * for a value, {@code [masked]} or <code>[secret:NAME]</code>, the value itself is meant. It must
 * stand at the same path, by itself and alone. In a list nobody knows which one is meant when it
 * was made longer or shorter, or when several elements hold such and the element is not as it was
 * shown: they may have been put in another order. Pure.
 */
public final class MaskedEdit {

  private static final Pattern MARK = Pattern.compile("\\[masked]|\\[secret:[^\\]\\s]{1,128}]");
  private static final int PATH_MAX = 200;

  private MaskedEdit() {}

  /**
   * What a person means.
   *
   * @param edited as the person wrote it
   * @param shown as it was shown to the person, null = it was not
   * @param original what was asked for
   * @return the edited value with the original one wherever the person left what stands for it
   * @throws RuntimeFault INVALID_REQUEST naming the path of what stands for a value and may not
   */
  public static Json merged(Json edited, @Nullable Json shown, Json original) {
    if (!MARK.matcher(edited.toString()).find()) {
      return edited;
    }
    Object before = shown == null ? null : shown.value();
    return Json.of(merged(edited.value(), before, original.value(), ""));
  }

  private static @Nullable Object merged(
      @Nullable Object edited, @Nullable Object shown, @Nullable Object original, String path) {
    if (edited instanceof String text) {
      if (!MARK.matcher(text).find()) {
        return text;
      }
      if (!text.equals(shown)) {
        throw stray(path, text);
      }
      return original;
    }
    if (edited instanceof Map<?, ?> map) {
      Map<?, ?> before = shown instanceof Map<?, ?> known ? known : Map.of();
      Map<?, ?> first = original instanceof Map<?, ?> known ? known : Map.of();
      Map<String, @Nullable Object> all = new LinkedHashMap<>();
      map.forEach((key, value) -> {
        String name = String.valueOf(key);
        String at = path + "/" + name.replace("~", "~0").replace("/", "~1");
        if (MARK.matcher(name).find() && !(before.containsKey(name) && first.containsKey(name))) {
          throw stray(at, name);
        }
        all.put(name, merged(value, before.get(name), first.get(name), at));
      });
      return all;
    }
    if (edited instanceof List<?> list) {
      List<?> before = shown instanceof List<?> known ? known : List.of();
      List<?> first = original instanceof List<?> known ? known : List.of();
      boolean same = before.size() == list.size() && first.size() == list.size();
      boolean several = before.stream().filter(MaskedEdit::isMarked).count() > 1;
      List<@Nullable Object> all = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        boolean known = same && (!several || isEqual(list.get(i), before.get(i)));
        all.add(merged(
            list.get(i),
            known ? before.get(i) : null,
            known ? first.get(i) : null,
            path + "/" + i));
      }
      return all;
    }
    return edited;
  }

  private static boolean isMarked(@Nullable Object value) {
    return MARK.matcher(Json.of(value).toString()).find();
  }

  private static boolean isEqual(@Nullable Object one, @Nullable Object other) {
    return CanonicalJson.of(Json.of(one)).equals(CanonicalJson.of(Json.of(other)));
  }

  private static RuntimeFault stray(String path, String text) {
    String at = path.length() <= PATH_MAX ? path : path.substring(0, PATH_MAX) + "...";
    var mark = MARK.matcher(text);
    String word = mark.find() ? mark.group() : SensitiveNames.MASK;
    return new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        "arguments at " + Json.quote(at) + ", expected=the value itself, actual=" + word
            + ", which stands for one that is not shown; leave it alone where the request has it,"
            + " in a list as long as there, and where several elements of a list have one, in an"
            + " element that is not changed");
  }
}
