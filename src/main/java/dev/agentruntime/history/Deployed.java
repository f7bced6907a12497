package dev.agentruntime.history;

import dev.agentruntime.core.ProcessState;
import dev.agentruntime.fold.ProcessImage;
import org.jspecify.annotations.Nullable;

/**
 * What runs.
 *
 * @param digest of the manifest in force
 * @param declared of what its source said last; another one than {@code digest} while something
 *     else was put in its place
 * @param source {@code api, code, file}
 * @param reason why it is in its state
 * @param accepted events accepted since the incarnation began
 * @param position the sequence of its last entry
 * @param neverGotUp whether it failed because it could not be set up, which another start may mend
 */
public record Deployed(
    String digest,
    String declared,
    String source,
    @Nullable String file,
    ProcessState state,
    String reason,
    long accepted,
    long position,
    boolean neverGotUp) {

  /** What runs by an image. */
  public static Deployed of(ProcessImage image, boolean neverGotUp) {
    ProcessImage.Deployment now = image.deployment();
    return new Deployed(
        now == null ? "" : now.entry().digest(),
        now == null ? "" : now.entry().declaredDigest(),
        now == null ? "" : now.entry().source(),
        now == null ? null : now.entry().file(),
        image.state(),
        image.reason(),
        image.accepted(),
        image.sequence(),
        neverGotUp);
  }
}
