package dev.agentruntime.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.agentruntime.core.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one JSON object inside a journal line, read in one pass; nested values stay where
 * they are until asked for. Asking for a field that is not there, or is of another type, is {@code
 * JOURNAL_CORRUPT}. Owned by: one thread.
 */
public final class Fields {

  /** Without a check for duplicate keys: the writer made none, the CRC says it was him. */
  private static final JsonFactory FACTORY = new JsonFactoryBuilder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(Json.DEPTH_MAX + 32)
          .maxStringLength(LineView.LENGTH_MAX)
          .maxNumberLength(1_000)
          .build())
      .build();

  private final byte[] source;
  private final List<Field> fields = new ArrayList<>(8);

  public Fields(byte[] source, int offset, int length) {
    this.source = source;
    try (JsonParser parser = FACTORY.createParser(source, offset, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw EntryCodec.corrupt("data, expected=a JSON object");
      }
      String name = parser.nextFieldName();
      while (name != null) {
        fields.add(field(parser, name, offset));
        name = parser.nextFieldName();
      }
      if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
        throw EntryCodec.corrupt("data, expected=one JSON object and nothing else");
      }
    } catch (IOException e) {
      throw EntryCodec.corrupt("data is not JSON: " + message(e));
    }
  }

  private static Field field(JsonParser parser, String name, int base) throws IOException {
    JsonToken token = parser.nextToken();
    int start = base + (int) parser.currentTokenLocation().getByteOffset();
    Object value = null;
    switch (token) {
      case VALUE_STRING -> value = parser.getText();
      case VALUE_NUMBER_INT -> value = number(parser);
      case VALUE_TRUE -> value = true;
      case VALUE_FALSE -> value = false;
      default -> {
        parser.skipChildren();
        parser.finishToken();
      }
    }
    int end = base + (int) parser.currentLocation().getByteOffset();
    return new Field(name, token, value, start, end - start);
  }

  public String text(String name) {
    String text = optionalText(name);
    if (text == null) {
      throw missing(name, "a string");
    }
    return text;
  }

  @Nullable
  public String optionalText(String name) {
    Field field = find(name);
    if (field == null) {
      return null;
    }
    if (field.value instanceof String text) {
      return text;
    }
    throw missing(name, "a string");
  }

  public long number(String name) {
    Long number = optionalNumber(name);
    if (number == null) {
      throw missing(name, "a whole number");
    }
    return number;
  }

  public int integer(String name) {
    long number = number(name);
    if (number != (int) number) {
      throw missing(name, "a whole number of 32 bits");
    }
    return (int) number;
  }

  @Nullable
  public Long optionalNumber(String name) {
    Field field = find(name);
    if (field == null) {
      return null;
    }
    if (field.value instanceof Long number) {
      return number;
    }
    throw missing(name, "a whole number");
  }

  public boolean flag(String name) {
    Field field = find(name);
    if (field != null && field.value instanceof Boolean flag) {
      return flag;
    }
    throw missing(name, "true or false");
  }

  public Json json(String name) {
    Json json = optionalJson(name);
    if (json == null) {
      throw missing(name, "any JSON value");
    }
    return json;
  }

  @Nullable
  public Json optionalJson(String name) {
    Field field = find(name);
    return field == null
        ? null
        : Json.trusted(Arrays.copyOfRange(source, field.start, field.start + field.length));
  }

  public Fields object(String name) {
    Fields object = optionalObject(name);
    if (object == null) {
      throw missing(name, "an object");
    }
    return object;
  }

  @Nullable
  public Fields optionalObject(String name) {
    Field field = find(name);
    return field == null ? null : new Fields(source, field.start, field.length);
  }

  /** A map of texts; empty when absent. */
  public Map<String, String> textMap(String name) {
    Fields object = optionalObject(name);
    if (object == null) {
      return Map.of();
    }
    Map<String, String> map = new TreeMap<>();
    for (Field field : object.fields) {
      map.put(field.name, object.text(field.name));
    }
    return map;
  }

  /** The names of all fields, in order. */
  public List<String> names() {
    return fields.stream().map(field -> field.name).toList();
  }

  public List<String> texts(String name) {
    return items(name, JsonToken.VALUE_STRING, (parser, base) -> parser.getText());
  }

  public List<Long> numbers(String name) {
    return items(name, JsonToken.VALUE_NUMBER_INT, (parser, base) -> parser.getLongValue());
  }

  public List<Fields> objects(String name) {
    return items(name, JsonToken.START_OBJECT, (parser, base) -> {
      int start = base + (int) parser.currentTokenLocation().getByteOffset();
      parser.skipChildren();
      int end = base + (int) parser.currentLocation().getByteOffset();
      return new Fields(source, start, end - start);
    });
  }

  private <T> List<T> items(String name, JsonToken each, Item<T> item) {
    Field field = find(name);
    if (field == null) {
      return List.of();
    }
    if (field.token != JsonToken.START_ARRAY) {
      throw missing(name, "an array");
    }
    List<T> items = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(source, field.start, field.length)) {
      JsonToken token = parser.nextToken();
      while ((token = parser.nextToken()) == each) {
        items.add(item.read(parser, field.start));
      }
      if (token != JsonToken.END_ARRAY) {
        throw missing(name, "an array of " + each);
      }
    } catch (IOException e) {
      throw EntryCodec.corrupt("data is not JSON: " + message(e));
    }
    return items;
  }

  /** A whole number of 64 bits; null for a longer one, which is only ever payload. */
  private static @Nullable Object number(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT, LONG -> parser.getLongValue();
      default -> null;
    };
  }

  private static String message(IOException e) {
    return e instanceof JsonProcessingException json ? json.getOriginalMessage() : "" + e;
  }

  private @Nullable Field find(String name) {
    for (Field field : fields) {
      if (field.name.equals(name)) {
        return field;
      }
    }
    return null;
  }

  private RuntimeException missing(String name, String expected) {
    Field field = find(name);
    return EntryCodec.corrupt("data field " + name + ", expected=" + expected + ", actual="
        + (field == null ? "nothing" : field.token.toString()));
  }

  private interface Item<T> {
    T read(JsonParser parser, int base) throws IOException;
  }

  private record Field(
      String name, JsonToken token, @Nullable Object value, int start, int length) {}
}
