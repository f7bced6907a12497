package dev.agentruntime.tool;

import dev.agentruntime.core.ToolDefinition;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a LangChain4j tool method: what may be done with a call of it in doubt. Without it a call is
 * irreversible: nobody makes it again without being told to.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface InDoubt {

  /** {@code READ_ONLY}, {@code IDEMPOTENT} or {@code IRREVERSIBLE}. */
  ToolDefinition.Policy value();
}
