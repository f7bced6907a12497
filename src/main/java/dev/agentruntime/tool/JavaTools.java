package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Methods annotated with LangChain4j's {@code @Tool} as tools. A method may block: it runs on a
 * virtual thread where the JVM has them, else on one of a bounded pool, and is interrupted when its
 * time is over or nobody waits for it any more.
 *
 * <p>{@link InDoubt} says what may be done with a call in doubt, {@link EffectKey} hands the effect
 * key in. A {@code ToolExecutionException}, {@code ToolArgumentsException} or {@code
 * IllegalArgumentException} is an error in words for the model: the method says that it did
 * nothing. After any other exception nobody knows whether it acted.
 */
public final class JavaTools {

  /** How long a call may take if nothing is said. */
  public static final Duration TIMEOUT = Duration.ofSeconds(60);

  private JavaTools() {}

  /**
   * The tools of some objects.
   *
   * @param objects with {@code @Tool} methods; one that is a {@link Tool} is taken as it is
   * @throws RuntimeFault {@link ErrorCode#INVALID_CONFIG} when an object has none, or a method
   *     cannot be a tool
   */
  public static List<Tool> of(Object... objects) {
    return of(TIMEOUT, objects);
  }

  /**
   * The same with another time-out.
   *
   * @param timeout for one call, at least a millisecond
   */
  public static List<Tool> of(Duration timeout, Object... objects) {
    if (timeout.toMillis() < 1) {
      throw bad("timeout, expected>=1 ms, actual=" + timeout);
    }
    List<Tool> tools = new ArrayList<>();
    for (Object object : objects) {
      if (object instanceof Tool tool) {
        tools.add(tool);
      } else {
        tools.addAll(methods(object, timeout));
      }
    }
    return tools;
  }

  private static List<Tool> methods(Object object, Duration timeout) {
    List<Tool> tools = new ArrayList<>();
    for (Class<?> type = object.getClass();
        type != null && type != Object.class;
        type = type.getSuperclass()) {
      Arrays.stream(type.getDeclaredMethods())
          .filter(method -> method.isAnnotationPresent(dev.langchain4j.agent.tool.Tool.class)
              && !method.isBridge())
          .sorted((a, b) -> a.getName().compareTo(b.getName()))
          .forEach(method -> tools.add(tool(object, method, timeout)));
    }
    if (tools.isEmpty()) {
      throw bad(object.getClass().getName() + ", expected=a method with @Tool, actual=none");
    }
    return tools;
  }

  private static Tool tool(Object object, Method method, Duration timeout) {
    String place = object.getClass().getName() + "." + method.getName();
    try {
      method.setAccessible(true);
    } catch (InaccessibleObjectException | SecurityException e) {
      throw new RuntimeFault(ErrorCode.INVALID_CONFIG, place + " cannot be called", e);
    }
    if (Modifier.isStatic(method.getModifiers())) {
      throw bad(place + ", expected=a method of an object, actual=a static method");
    }
    ToolSpecification said = ToolSpecifications.toolSpecificationFrom(method);
    List<JavaParameter> parameters =
        Arrays.stream(method.getParameters()).map(JavaParameter::of).toList();
    for (JavaParameter parameter : parameters) {
      if (parameter.key() && parameter.type() != String.class) {
        throw bad(place + ", expected=@EffectKey on a String, actual="
            + parameter.type().getTypeName());
      }
    }
    InDoubt inDoubt = method.getAnnotation(InDoubt.class);
    ToolDefinition.Policy policy =
        inDoubt == null ? ToolDefinition.Policy.IRREVERSIBLE : inDoubt.value();
    if (policy == ToolDefinition.Policy.OWN_STATE) {
      throw bad(place + ", expected=@InDoubt of READ_ONLY, IDEMPOTENT or IRREVERSIBLE");
    }
    String description = said.description() == null ? "" : said.description();
    return new JavaTool(
        object,
        method,
        new ToolDefinition(said.name(), description, schema(place, said, parameters), policy),
        parameters,
        timeout);
  }

  /** The schema of the arguments, without what is not the model's to give. */
  private static Json schema(String place, ToolSpecification said, List<JavaParameter> parameters) {
    Map<String, @Nullable Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    if (said.parameters() != null) {
      schema.putAll(JsonSchemaElementUtils.toMap(said.parameters()));
    }
    Map<String, @Nullable Object> properties = new LinkedHashMap<>();
    if (schema.get("properties") instanceof Map<?, ?> all) {
      all.forEach((name, value) -> properties.put(String.valueOf(name), value));
    }
    List<Object> required = new ArrayList<>();
    if (schema.get("required") instanceof List<?> all) {
      required.addAll(all);
    }
    for (JavaParameter parameter : parameters) {
      if (parameter.key()) {
        properties.remove(parameter.name());
        required.remove(parameter.name());
      } else if (!properties.containsKey(parameter.name())) {
        throw bad(place + ": parameter " + parameter.name() + " has no argument, expected=one of "
            + properties.keySet());
      }
    }
    schema.put("properties", properties);
    schema.put("required", required);
    schema.put("additionalProperties", false);
    return Json.of(schema);
  }

  private static RuntimeFault bad(String message) {
    return new RuntimeFault(ErrorCode.INVALID_CONFIG, message);
  }
}
