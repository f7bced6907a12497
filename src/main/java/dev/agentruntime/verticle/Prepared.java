package dev.agentruntime.verticle;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.runtime.AgentRuntime;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A verticle whose instances are made and have said what they bring; nothing of it holds yet.
 *
 * @param loader its own, or the runtime's
 */
record Prepared(VerticleSpec spec, ClassLoader loader, List<Deployable> instances, Access access) {

  /**
   * Loads the class, makes its instances and asks them what they bring. Blocks.
   *
   * @param context on which it hears what is said
   * @throws RuntimeFault INVALID_JAR when the class is not there, is no verticle or cannot be made,
   *     START_FAILED when it threw
   */
  static Prepared of(VerticleSpec spec, ClassLoader loader, AgentRuntime runtime, Context context) {
    Access access = new Access(spec.name(), runtime, context);
    try {
      Class<? extends Deployable> type = type(spec, loader);
      List<Deployable> instances = new ArrayList<>();
      for (int i = 0; i < spec.instances(); i++) {
        Deployable instance = make(type);
        instances.add(instance);
        if (instance instanceof RuntimeExtension extension) {
          extend(extension, access, type);
        }
      }
      access.extended();
      return new Prepared(spec, loader, instances, access);
    } catch (RuntimeException | LinkageError e) {
      access.close();
      throw e instanceof RuntimeFault fault ? fault : failed(spec.main(), "be loaded", e);
    }
  }

  private static Class<? extends Deployable> type(VerticleSpec spec, ClassLoader loader) {
    try {
      Class<?> found = Class.forName(spec.main(), true, loader);
      if (!Deployable.class.isAssignableFrom(found)) {
        throw new RuntimeFault(
            ErrorCode.INVALID_JAR,
            "class " + spec.main() + " is no verticle, expected=a class that extends"
                + " io.vertx.core.VerticleBase, or implements Verticle");
      }
      return found.asSubclass(Deployable.class);
    } catch (ClassNotFoundException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JAR,
          "there is no class " + spec.main() + (spec.sha256() == null ? "" : " in the jar"),
          e);
    } catch (LinkageError e) {
      throw failed(spec.main(), "be loaded", e);
    }
  }

  private static Deployable make(Class<? extends Deployable> type) {
    try {
      Constructor<? extends Deployable> constructor = type.getConstructor();
      return constructor.newInstance();
    } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JAR,
          "class " + type.getName() + " cannot be made, expected=a public class with a public"
              + " constructor without parameters",
          e);
    } catch (InvocationTargetException e) {
      throw failed(type.getName(), "be made", Objects.requireNonNullElse(e.getCause(), e));
    }
  }

  private static void extend(RuntimeExtension extension, Access access, Class<?> type) {
    try {
      extension.extend(access);
    } catch (RuntimeFault fault) {
      throw fault;
    } catch (Exception e) {
      throw failed(type.getName(), "extend the runtime", e);
    }
  }

  private static RuntimeFault failed(String what, String verb, Throwable cause) {
    return new RuntimeFault(
        ErrorCode.START_FAILED, "class " + what + " cannot " + verb + ": " + cause, cause);
  }

  /** Deploys the instances; answers the id. */
  Future<String> deploy(AgentRuntime runtime, Patience patience) {
    Deque<Deployable> next = new ArrayDeque<>(instances);
    DeploymentOptions options = new DeploymentOptions()
        .setInstances(spec.instances())
        .setThreadingModel(spec.threading())
        .setClassLoader(loader)
        .setConfig(new JsonObject(spec.options().toString()));
    Supplier<Deployable> each = next::remove;
    Future<String> deployed = runtime
        .vertx()
        .deployVerticle(each, options)
        .recover(cause -> Future.failedFuture(new RuntimeFault(
            ErrorCode.START_FAILED,
            "verticle " + spec.name() + " did not start: " + cause,
            cause)));
    return patience.within(
        "verticle " + spec.name() + " did not start",
        deployed,
        id -> Access.unheard(runtime.vertx().undeploy(id)));
  }
}
