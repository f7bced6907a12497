package dev.agentruntime.rules;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Says what a test, or every test of a class, needs of the machine. Where it is missing, the test
 * is not run, and the last lines of the build name it. With {@code CI=true} the test fails instead,
 * except for {@link Capability#PRIVILEGE}.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(NeedsCondition.class)
public @interface Needs {

  /** All of these. */
  Capability[] value();
}
