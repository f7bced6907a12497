package dev.agentruntime.live;

import dev.agentruntime.disk.MountedFiles;
import dev.agentruntime.tool.FileTools;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * What an agent may see of the machine it runs on.
 *
 * @param environment variables by name, of which it is shown those with its prefix
 * @param files reads what its manifest mounts
 */
public record Surroundings(Map<String, String> environment, FileTools.Host files) {

  /** No variables; files are read below a root that is not there. */
  public static final Surroundings NONE = new Surroundings(
      Map.of(), new FileTools.Host(new MountedFiles(Path.of("nowhere")), new FileTools.Worker() {
        @Override
        public <T> Future<T> run(Callable<T> task) {
          return Future.failedFuture("there are no files");
        }
      }));

  /** Keeps an unmodifiable copy. */
  public Surroundings {
    environment = Map.copyOf(environment);
  }
}
