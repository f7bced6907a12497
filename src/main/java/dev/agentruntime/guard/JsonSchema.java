package dev.agentruntime.guard;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema (draft 2020-12) that values are checked against. It refers to nothing outside
 * itself, so nothing is ever fetched. Immutable; safe on every thread.
 */
public final class JsonSchema {

  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
  private static final int ERRORS_SHOWN = 5;

  private final Schema schema;

  /** Loaded when a schema is first read, which happens on a worker. */
  private static final class Dialect {
    // Two schemas may give themselves one id: none is remembered by it.
    static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
        SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaCacheEnabled(false));

    /** The schema of schemas, from the class path. */
    static final Schema ITSELF = REGISTRY.getSchema(SchemaLocation.of(DIALECT));
  }

  private JsonSchema(Schema schema) {
    this.schema = schema;
  }

  /**
   * Reads a schema.
   *
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when it is none, or refers elsewhere
   */
  public static JsonSchema of(Json schema) {
    String elsewhere = elsewhere(schema.value());
    if (elsewhere != null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG,
          "a schema refers to itself only, expected a reference that begins with '#', actual "
              + Json.quote(elsewhere));
    }
    try {
      String wrong = problem(Dialect.ITSELF, schema);
      if (wrong != null) {
        throw new RuntimeFault(ErrorCode.INVALID_CONFIG, "not a JSON Schema: " + wrong);
      }
      Schema read = Dialect.REGISTRY.getSchema(schema.toString(), InputFormat.JSON);
      read.initializeValidators();
      return new JsonSchema(read);
    } catch (SchemaException | IllegalArgumentException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_CONFIG, "not a JSON Schema: " + firstLine(e.getMessage()), e);
    }
  }

  private static @Nullable String elsewhere(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> member : map.entrySet()) {
        Object key = member.getKey();
        boolean refers = "$ref".equals(key) || "$dynamicRef".equals(key) || "$schema".equals(key);
        if (refers && member.getValue() instanceof String text && !isOurs(text)) {
          return text;
        }
        String inside = elsewhere(member.getValue());
        if (inside != null) {
          return inside;
        }
      }
    } else if (value instanceof List<?> list) {
      for (Object item : list) {
        String inside = elsewhere(item);
        if (inside != null) {
          return inside;
        }
      }
    }
    return null;
  }

  private static boolean isOurs(String reference) {
    return reference.startsWith("#") || reference.equals(DIALECT);
  }

  /** What is wrong with a value, in a sentence; null when nothing is. */
  public @Nullable String problem(Json value) {
    return problem(schema, value);
  }

  private static @Nullable String problem(Schema schema, Json value) {
    List<Error> errors = schema.validate(value.toString(), InputFormat.JSON);
    if (errors.isEmpty()) {
      return null;
    }
    String shown = errors.stream()
        .limit(ERRORS_SHOWN)
        .map(JsonSchema::shown)
        .collect(Collectors.joining("; "));
    return errors.size() <= ERRORS_SHOWN
        ? shown
        : shown + "; and " + (errors.size() - ERRORS_SHOWN) + " more";
  }

  private static String shown(Error error) {
    String place = String.valueOf(error.getInstanceLocation());
    return place.isEmpty() ? error.getMessage() : place + ": " + error.getMessage();
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "" : text.lines().findFirst().orElse("");
  }
}
