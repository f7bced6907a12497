package dev.agentruntime.core;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value (RFC 8259) as validated UTF-8 bytes on one line, so that it can be spliced into a
 * journal line or an answer as it is. Immutable; safe on every thread.
 *
 * <p>As plain Java values: {@code Map<String, Object>} in the order written, {@code List<Object>},
 * {@code String}, {@code Long}, {@code BigInteger}, {@code BigDecimal}, {@code Boolean} and null.
 * There are no type names and no reserved keys: whatever a document says stays data.
 */
public final class Json {

  /** Deepest nesting taken from outside. */
  public static final int DEPTH_MAX = 64;

  /** The empty object. */
  public static final Json EMPTY = new Json("{}".getBytes(StandardCharsets.UTF_8));

  /** The value {@code null}. */
  public static final Json NULL = new Json("null".getBytes(StandardCharsets.UTF_8));

  private static final JsonFactory FACTORY = factory(DEPTH_MAX);

  /** What the parser says of its own settings behind a place. */
  private static final Pattern SOURCE = Pattern.compile(" \\(start marker at .*\\)");

  private final byte[] bytes;

  private Json(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A tokenizer factory with our limits: duplicate keys are an error, strings end at 20 million
   * characters, numbers at 1,000.
   *
   * @param depthMax deepest nesting
   */
  public static JsonFactory factory(int depthMax) {
    return new JsonFactoryBuilder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .streamReadConstraints(StreamReadConstraints.builder()
            .maxNestingDepth(depthMax)
            .maxStringLength(20_000_000)
            .maxNumberLength(1_000)
            .build())
        .build();
  }

  /**
   * Checks a document and keeps its bytes; line breaks between tokens and a byte order mark at the
   * front are taken out.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_JSON} with line and column
   */
  public static Json parse(byte[] document) {
    requireUtf8(document);
    int start = hasMark(document) ? 3 : 0;
    boolean lineBreak = false;
    // The parser passes over one mark by itself, so it must see the one that is taken out.
    try (JsonParser parser = FACTORY.createParser(document)) {
      if (parser.nextToken() == null) {
        throw new RuntimeFault(ErrorCode.INVALID_JSON, "empty document, expected a JSON value");
      }
      parser.skipChildren();
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        parser.getTextLength();
      }
      if (parser.nextToken() != null) {
        throw new RuntimeFault(
            ErrorCode.INVALID_JSON, "text after the JSON value at " + where(parser));
      }
    } catch (JsonProcessingException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JSON, "not JSON: " + withoutSource(e.getOriginalMessage()) + at(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (byte b : document) {
      lineBreak = lineBreak || b == '\n' || b == '\r';
    }
    byte[] kept = Arrays.copyOfRange(document, start, document.length);
    return new Json(lineBreak ? withoutBreaks(kept) : kept);
  }

  /** {@link #parse(byte[])} of a text. */
  public static Json parse(String document) {
    if (hasLoneSurrogate(document)) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JSON, "not JSON: a lone surrogate outside an escape");
    }
    return parse(document.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a plain Java value.
   *
   * @throws IllegalArgumentException for any other type, and for NaN and infinities
   */
  public static Json of(@Nullable Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(128);
    try (JsonGenerator generator = FACTORY.createGenerator(out)) {
      write(generator, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Json(out.toByteArray());
  }

  /**
   * Takes bytes that this class, or the journal's checked reader, is known to have made.
   *
   * @param trusted one JSON value without line breaks; not copied
   */
  public static Json trusted(byte[] trusted) {
    return new Json(trusted);
  }

  /** {@code text} as a JSON string, control characters escaped: safe in logs and messages. */
  public static String quote(String text) {
    return of(text).toString();
  }

  /** Writes {@code value} where the generator stands; lone surrogates survive as escapes. */
  public static void write(JsonGenerator out, @Nullable Object value) throws IOException {
    if (value == null) {
      out.writeNull();
    } else if (value instanceof String text) {
      writeString(out, text);
    } else if (value instanceof Json json) {
      out.writeRawValue(json.toString());
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value instanceof BigDecimal number) {
      out.writeNumber(number.toString());
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof Number number) {
      writeNumber(out, number);
    } else if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName(String.valueOf(entry.getKey()));
        write(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof Iterable<?> items) {
      out.writeStartArray();
      for (Object item : items) {
        write(out, item);
      }
      out.writeEndArray();
    } else {
      throw new IllegalArgumentException("no JSON for " + value.getClass().getName());
    }
  }

  /** Writes a string; one with a lone surrogate is escaped as a whole, so it reads back equal. */
  public static void writeString(JsonGenerator out, String text) throws IOException {
    if (hasLoneSurrogate(text)) {
      out.setHighestNonEscapedChar(127);
      out.writeString(text);
      out.setHighestNonEscapedChar(0);
    } else {
      out.writeString(text);
    }
  }

  private static void writeNumber(JsonGenerator out, Number number) throws IOException {
    if (number instanceof Double || number instanceof Float) {
      double real = number.doubleValue();
      if (!Double.isFinite(real)) {
        throw new IllegalArgumentException("no JSON for " + real);
      }
      out.writeNumber(real);
    } else {
      out.writeNumber(number.longValue());
    }
  }

  /** The value as plain Java values. */
  public @Nullable Object value() {
    try (JsonParser parser = JOURNAL_DEPTH.createParser(bytes)) {
      parser.nextToken();
      return read(parser);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The value as an object.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_JSON} when it is none
   */
  @SuppressWarnings("unchecked") // read() makes maps with string keys only
  public Map<String, @Nullable Object> object() {
    if (value() instanceof Map<?, ?> map) {
      return (Map<String, @Nullable Object>) map;
    }
    throw new RuntimeFault(ErrorCode.INVALID_JSON, "expected a JSON object");
  }

  /** Whether the value is an object. */
  public boolean isObject() {
    for (byte b : bytes) {
      if (b != ' ' && b != '\t') {
        return b == '{';
      }
    }
    return false;
  }

  // Our own values may be nested a little deeper than what came from outside.
  private static final JsonFactory JOURNAL_DEPTH = factory(DEPTH_MAX + 16);

  /** Reads the value the parser stands on, as plain Java values. */
  public static @Nullable Object read(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          map.put(name, read(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(read(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
        switch (parser.getNumberType()) {
          case BIG_INTEGER -> parser.getBigIntegerValue();
          default -> parser.getLongValue();
        };
      case VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  /** How many bytes the text takes. */
  public int length() {
    return bytes.length;
  }

  /** A copy of the text in UTF-8. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Appends the text in UTF-8 without a copy. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, bytes.length);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Json json && Arrays.equals(bytes, json.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The text. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static boolean hasMark(byte[] document) {
    return document.length >= 3
        && document[0] == (byte) 0xEF
        && document[1] == (byte) 0xBB
        && document[2] == (byte) 0xBF;
  }

  /** The parser would guess UTF-16 and UTF-32 from zero bytes, which no JSON in UTF-8 holds. */
  private static void requireUtf8(byte[] document) {
    for (byte b : document) {
      if (b == 0) {
        throw new RuntimeFault(ErrorCode.INVALID_JSON, "not JSON: a zero byte, expected UTF-8");
      }
    }
    for (byte b : document) {
      if (b < 0) {
        try {
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(document));
          return;
        } catch (CharacterCodingException e) {
          throw new RuntimeFault(ErrorCode.INVALID_JSON, "not UTF-8", e);
        }
      }
    }
  }

  private static byte[] withoutBreaks(byte[] document) {
    byte[] out = new byte[document.length];
    int length = 0;
    // A valid document has raw line breaks between tokens only; in strings they are escapes.
    for (byte b : document) {
      if (b != '\n' && b != '\r') {
        out[length++] = b;
      }
    }
    return Arrays.copyOf(out, length);
  }

  private static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return true;
      }
    }
    return false;
  }

  /** Without the parser's own view of its input, which says nothing here. */
  private static String withoutSource(String message) {
    return SOURCE.matcher(message).replaceAll("");
  }

  private static String at(JsonProcessingException e) {
    return e.getLocation() == null
        ? ""
        : " at line " + e.getLocation().getLineNr() + ", column "
            + e.getLocation().getColumnNr();
  }

  private static String where(JsonParser parser) {
    return "line " + parser.currentTokenLocation().getLineNr() + ", column "
        + parser.currentTokenLocation().getColumnNr();
  }
}
