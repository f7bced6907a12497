package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.langchain4j.agent.tool.P;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parameter of a tool method.
 *
 * @param name in the arguments
 * @param type what an argument becomes
 * @param key whether it is filled with the effect key instead
 * @param fallback for an argument that is not given, null = none
 */
record JavaParameter(
    String name, Type type, boolean key, @Nullable String fallback) {

  static JavaParameter of(Parameter parameter) {
    P said = parameter.getAnnotation(P.class);
    boolean named = said != null && !said.name().isBlank();
    boolean defaulted = said != null && !said.defaultValue().equals(P.NO_DEFAULT);
    return new JavaParameter(
        named ? said.name() : parameter.getName(),
        parameter.getParameterizedType(),
        parameter.isAnnotationPresent(EffectKey.class),
        defaulted ? said.defaultValue() : null);
  }

  /**
   * The argument.
   *
   * @throws RuntimeFault INVALID_REQUEST, worded for the model
   */
  @Nullable
  Object value(Map<String, @Nullable Object> given, Tool.Call call) {
    if (key) {
      return call.effectKey();
    }
    Object value = given.get(name);
    if (value == null && fallback != null) {
      return type == String.class ? fallback : converted(fallback);
    }
    if (value == null) {
      if (type instanceof Class<?> plain && plain.isPrimitive()) {
        throw bad("a value, it is required", "nothing");
      }
      return null;
    }
    if (type == String.class && value instanceof String) {
      return value;
    }
    return converted(Json.of(value).toString());
  }

  private @Nullable Object converted(String json) {
    try {
      return dev.langchain4j.internal.Json.fromJson(json, type);
    } catch (RuntimeException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "argument " + Json.quote(name) + ", expected=" + type.getTypeName() + ", actual=" + json,
          e);
    }
  }

  private RuntimeFault bad(String expected, String actual) {
    return new RuntimeFault(
        ErrorCode.INVALID_REQUEST,
        "argument " + Json.quote(name) + ", expected=" + expected + ", actual=" + actual);
  }
}
