package dev.agentruntime.disk;

import dev.agentruntime.core.RuntimeFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Named places where a test makes the running system fail, by the system property {@code
 * agentruntime.failpoints}: a comma list of {@code name:action} or {@code name:action@n}.
 *
 * <pre>
 * journal.afterWrite:halt@3            ends the JVM, as kill -9 would, at the third hit
 * journal.beforeWrite:torn=100         writes the first 100 bytes, then ends the JVM
 * journal.afterSync:io-error@2+        throws an IOException from the second hit on
 * journal.beforeWrite:delay=500@1+     waits 500 ms on the calling thread at every hit
 * </pre>
 *
 * {@code n} counts from 1 and is 1 when absent. Costs nothing when the property is not set. Safe
 * for every thread.
 */
public final class Failpoints {

  /** The system property. */
  public static final String PROPERTY = "agentruntime.failpoints";

  private static final @Nullable String CONFIGURED = System.getProperty(PROPERTY);
  private static final boolean ON = CONFIGURED != null && !CONFIGURED.isBlank();
  private static final FailpointPlan PLAN = new FailpointPlan(CONFIGURED == null ? "" : CONFIGURED);

  private Failpoints() {}

  /**
   * Reads the property; called once, early, so that a slip in it stops the start.
   *
   * @throws RuntimeFault {@code INVALID_CONFIG} for anything but the form above
   */
  public static void check() {
    PLAN.check();
  }

  /** Passes the place called {@code name}. */
  public static void hit(String name) throws IOException {
    if (ON) {
      PLAN.hit(name, 0);
    }
  }

  /**
   * Passes the place called {@code name} with so many bytes about to be written.
   *
   * @return how many of them to write; when fewer than {@code bytes}, {@link #tear} must follow
   */
  public static int hit(String name, int bytes) throws IOException {
    return ON ? PLAN.hit(name, bytes) : bytes;
  }

  /**
   * Passes a place that touches no file.
   *
   * @throws UncheckedIOException when the test asked for an {@code io-error} here
   */
  public static void reach(String name) {
    if (ON) {
      try {
        PLAN.hit(name, 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Ends the JVM after a torn write. */
  public static void tear() {
    Runtime.getRuntime().halt(FailpointPlan.KILLED);
  }
}
