package dev.agentruntime.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The control API as an OpenAPI 3.1 document. It is written by hand, a file per subject beside this
 * class, so that each stays readable: {@code head}, then the paths of each subject, then what they
 * share. Safe on every thread.
 */
public final class OpenApi {

  /** The files, in the order in which they make one document. */
  static final List<String> PARTS = List.of(
      "head",
      "node",
      "processes",
      "triggers",
      "history",
      "past",
      "versions",
      "knowledge",
      "bus",
      "governance",
      "tools",
      "verticles",
      "access",
      "components");

  private OpenApi() {}

  /** The whole document. Reads the class path, so it belongs on a worker. */
  public static String document() {
    StringBuilder whole = new StringBuilder();
    for (String part : PARTS) {
      String name = "openapi/" + part + ".yaml";
      try (InputStream in = OpenApi.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException("the program lacks its file " + name);
        }
        whole.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(name, e);
      }
    }
    return whole.toString();
  }
}
