package dev.agentruntime.entry;

import dev.agentruntime.core.Json;
import org.jspecify.annotations.Nullable;

/** Entries that say which manifest a process has, and that it has none any more. */
public sealed interface DeployEntry extends EntryData {

  /**
   * A manifest took effect.
   *
   * @param manifest as resolved, secrets as references, the play of a {@code script:} model inlined
   * @param digest SHA-256 of the manifest, hex
   * @param version 1 for the first of this incarnation, rising with each deployment
   * @param source {@code api}, {@code code} or {@code file}
   * @param file the file's name when the source is a file
   * @param restores the version whose manifest this is again, 0 = it is a new one
   * @param drift what was put in the place of what its source declared, null = nothing
   */
  record ProcessDeployed(
      Json manifest,
      String digest,
      int version,
      String source,
      @Nullable String file,
      int restores,
      @Nullable Drift drift)
      implements DeployEntry {
    /** As it was declared. */
    public ProcessDeployed(
        Json manifest, String digest, int version, String source, @Nullable String file) {
      this(manifest, digest, version, source, file, 0, null);
    }

    /** The digest of what the file, the request or the code said that brought it. */
    public String declaredDigest() {
      return drift == null ? digest : drift.declared();
    }

    @Override
    public String kind() {
      return "process_deployed";
    }
  }

  /** The process and its name are gone; a new one of this name is a new incarnation. */
  record ProcessRemoved(String reason) implements DeployEntry {
    @Override
    public String kind() {
      return "process_removed";
    }
  }
}
