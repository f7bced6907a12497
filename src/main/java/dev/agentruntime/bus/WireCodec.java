package dev.agentruntime.bus;

import dev.agentruntime.bus.Wire.ClaimAnswer;
import dev.agentruntime.bus.Wire.ClaimRequest;
import dev.agentruntime.bus.Wire.Copies;
import dev.agentruntime.bus.Wire.CopiesFound;
import dev.agentruntime.bus.Wire.CopiesRequest;
import dev.agentruntime.bus.Wire.Copy;
import dev.agentruntime.bus.Wire.Info;
import dev.agentruntime.bus.Wire.InfoRequest;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages as JSON text, {@code {"v":1,"type":"info","state":"running","processes":2,...}}; keys
 * nobody knows are ignored. No type names of Java, so that nothing a stranger sends makes an object
 * but these.
 */
public final class WireCodec {

  /** The version this build speaks; nodes of different versions do not form a cluster. */
  public static final int VERSION = 1;

  /** Longest message in characters; a longer one is refused unread. */
  public static final int LENGTH_MAX = 16 << 20;

  private WireCodec() {}

  /** Writes a message. */
  public static String encode(Wire message) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("v", VERSION);
    if (message instanceof InfoRequest) {
      out.put("type", "info_request");
    } else if (message instanceof Info info) {
      out.put("type", "info");
      out.put("state", info.state());
      out.put("processes", info.processes());
      out.put("control", info.control());
      out.put("ingress", info.ingress());
    } else if (message instanceof ClaimRequest claim) {
      out.put("type", "claim_request");
      out.put("name", claim.name().value());
      out.put("member", claim.member());
    } else if (message instanceof ClaimAnswer answer) {
      out.put("type", "claim_answer");
      out.put("word", answer.word().name());
    } else if (message instanceof CopiesRequest request) {
      out.put("type", "copies_request");
      out.put("names", request.names().stream().map(ProcessName::value).toList());
    } else if (message instanceof Copies copies) {
      out.put("type", "copies");
      out.put("copies", copies.copies().stream().map(WireCodec::map).toList());
    } else if (message instanceof CopiesFound found) {
      out.put("type", "copies_found");
      out.put("member", found.member());
      out.put("copies", found.copies().stream().map(WireCodec::map).toList());
    } else {
      throw new IllegalArgumentException("no text for " + message.getClass().getName());
    }
    return Json.of(out).toString();
  }

  private static Map<String, Object> map(Copy copy) {
    return Map.of("name", copy.name().value(), "accepted", copy.accepted());
  }

  /**
   * Reads a message.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_REQUEST} when it is of another version, unknown,
   *     too long or broken
   */
  public static Wire decode(String text) {
    if (text.length() > LENGTH_MAX) {
      throw refused("length, expected<=" + LENGTH_MAX + ", actual=" + text.length());
    }
    Fields in = new Fields(Json.parse(text).object());
    if (in.number("v") != VERSION) {
      throw refused("version, expected=" + VERSION + ", actual=" + in.number("v"));
    }
    String type = in.text("type");
    return switch (type) {
      case "info_request" -> new InfoRequest();
      case "info" ->
        new Info(
            in.text("state"),
            in.number("processes"),
            in.optional("control"),
            in.optional("ingress"));
      case "claim_request" -> new ClaimRequest(new ProcessName(in.text("name")), in.text("member"));
      case "claim_answer" -> new ClaimAnswer(word(in.text("word")));
      case "copies_request" -> new CopiesRequest(in.names());
      case "copies_found" -> new CopiesFound(in.text("member"), in.copies());
      case "copies" -> new Copies(in.copies());
      default -> throw refused("type, expected a known one, actual=" + Json.quote(type));
    };
  }

  private static ClaimAnswer.Word word(String text) {
    for (ClaimAnswer.Word word : ClaimAnswer.Word.values()) {
      if (word.name().equals(text)) {
        return word;
      }
    }
    throw refused("word, expected GRANTED, OWNED or LATER, actual=" + Json.quote(text));
  }

  private static RuntimeFault refused(String what) {
    return new RuntimeFault(ErrorCode.INVALID_REQUEST, "message between nodes: " + what);
  }

  /** The members of a JSON object, each checked when it is read. */
  private record Fields(Map<?, ?> map) {

    String text(String name) {
      if (map.get(name) instanceof String text) {
        return text;
      }
      throw refused(name + ", expected a string, actual=" + map.get(name));
    }

    @Nullable
    String optional(String name) {
      return map.get(name) == null ? null : text(name);
    }

    int number(String name) {
      if (map.get(name) instanceof Long number && number == number.intValue()) {
        return number.intValue();
      }
      throw refused(name + ", expected a whole number, actual=" + map.get(name));
    }

    List<?> list(String name) {
      if (map.get(name) instanceof List<?> items) {
        return items;
      }
      throw refused(name + ", expected a list, actual=" + map.get(name));
    }

    List<ProcessName> names() {
      List<ProcessName> names = new ArrayList<>();
      for (Object item : list("names")) {
        names.add(new ProcessName(String.valueOf(item)));
      }
      return names;
    }

    List<Copy> copies() {
      List<Copy> copies = new ArrayList<>();
      for (Object item : list("copies")) {
        if (!(item instanceof Map<?, ?> fields)) {
          throw refused("copies, expected objects, actual=" + item);
        }
        Fields copy = new Fields(fields);
        copies.add(new Copy(
            new ProcessName(copy.text("name")), Boolean.TRUE.equals(fields.get("accepted"))));
      }
      return copies;
    }
  }
}
