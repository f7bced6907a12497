package dev.agentruntime.provider;

import dev.agentruntime.core.Json;
import dev.agentruntime.core.ToolDefinition;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tools as a provider takes them. The outermost level of the parameters is taken apart, since
 * LangChain4j wants an object there; below it the schema is passed on as it is where the provider
 * takes JSON Schema, and else rebuilt from the few words that it knows.
 */
final class ToolSchemas {

  private static final int DEPTH_MAX = 16;
  private static final String REF = "#/$defs/";

  private final boolean whole;
  private final Map<?, ?> definitions;

  private ToolSchemas(boolean whole, Map<?, ?> definitions) {
    this.whole = whole;
    this.definitions = definitions;
  }

  /** Tools, as this provider takes them. */
  static List<ToolSpecification> of(List<ToolDefinition> tools, Provider provider) {
    List<ToolSpecification> mapped = new ArrayList<>(tools.size());
    for (ToolDefinition tool : tools) {
      Map<String, @Nullable Object> schema = tool.parameters().object();
      Map<?, ?> definitions = schema.get("$defs") instanceof Map<?, ?> map ? map : Map.of();
      boolean whole = provider.takesSchemas(!definitions.isEmpty());
      mapped.add(ToolSpecification.builder()
          .name(tool.name())
          .description(tool.description())
          .parameters(new ToolSchemas(whole, definitions).object(schema, 0))
          .build());
    }
    return mapped;
  }

  private JsonObjectSchema object(Map<?, ?> schema, int depth) {
    List<String> required = new ArrayList<>();
    if (schema.get("required") instanceof List<?> names) {
      names.forEach(name -> required.add(String.valueOf(name)));
    }
    JsonObjectSchema.Builder builder = JsonObjectSchema.builder()
        .description(description(schema))
        .addProperties(properties(schema.get("properties"), depth))
        .required(required);
    return whole ? builder.definitions(properties(definitions, depth)).build() : builder.build();
  }

  private Map<String, JsonSchemaElement> properties(@Nullable Object schemas, int depth) {
    Map<String, JsonSchemaElement> mapped = new LinkedHashMap<>();
    if (schemas instanceof Map<?, ?> map) {
      map.forEach((name, schema) -> mapped.put(String.valueOf(name), element(schema, depth + 1)));
    }
    return mapped;
  }

  private JsonSchemaElement element(@Nullable Object schema, int depth) {
    // A schema may also be true, which allows anything, as {} does.
    Map<?, ?> map = schema instanceof Map<?, ?> given ? given : Map.of();
    return whole ? JsonRawSchema.from(Json.of(map).toString()) : rebuilt(map, depth);
  }

  private JsonSchemaElement rebuilt(Map<?, ?> schema, int depth) {
    if (depth > DEPTH_MAX) {
      return anything(schema);
    }
    if (schema.get("$ref") instanceof String ref
        && ref.startsWith(REF)
        && definitions.get(ref.substring(REF.length())) instanceof Map<?, ?> meant) {
      return rebuilt(meant, depth + 1);
    }
    if (schema.get("enum") instanceof List<?> allowed && !allowed.isEmpty()) {
      return JsonEnumSchema.builder()
          .description(description(schema))
          .enumValues(allowed.stream().map(String::valueOf).toList())
          .build();
    }
    for (String word : List.of("anyOf", "oneOf")) {
      if (schema.get(word) instanceof List<?> choices && !choices.isEmpty()) {
        return anyOf(schema, choices, depth);
      }
    }
    if (schema.get("type") instanceof List<?> types) {
      List<Map<String, @Nullable Object>> choices = new ArrayList<>();
      for (Object type : types) {
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        schema.forEach((key, value) -> choice.put(String.valueOf(key), value));
        choice.put("type", type);
        choices.add(choice);
      }
      return anyOf(schema, choices, depth);
    }
    return simple(schema, depth);
  }

  private JsonSchemaElement simple(Map<?, ?> schema, int depth) {
    String description = description(schema);
    return switch (schema.get("type") instanceof String type ? type : "anything") {
      case "object" -> object(schema, depth);
      case "array" ->
        JsonArraySchema.builder()
            .description(description)
            .items(element(schema.get("items"), depth + 1))
            .build();
      case "string" -> JsonStringSchema.builder().description(description).build();
      case "integer" -> JsonIntegerSchema.builder().description(description).build();
      case "number" -> JsonNumberSchema.builder().description(description).build();
      case "boolean" -> JsonBooleanSchema.builder().description(description).build();
      case "null" -> new JsonNullSchema();
      default -> anything(schema);
    };
  }

  private JsonSchemaElement anyOf(Map<?, ?> schema, List<?> choices, int depth) {
    return JsonAnyOfSchema.builder()
        .description(description(schema))
        .anyOf(choices.stream().map(choice -> element(choice, depth + 1)).toList())
        .build();
  }

  /** A provider that must be told a type is told the simple ones. */
  private static JsonSchemaElement anything(Map<?, ?> schema) {
    return JsonAnyOfSchema.builder()
        .description(description(schema))
        .anyOf(List.of(
            new JsonStringSchema.Builder().build(),
            new JsonNumberSchema.Builder().build(),
            new JsonBooleanSchema.Builder().build()))
        .build();
  }

  private static @Nullable String description(Map<?, ?> schema) {
    return schema.get("description") instanceof String text ? text : null;
  }
}
