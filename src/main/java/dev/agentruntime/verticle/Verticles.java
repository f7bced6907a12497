package dev.agentruntime.verticle;

import dev.agentruntime.config.RuntimeConfig.VerticleSettings;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.OperatorEntry.VerticleChanged;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.runtime.AgentRuntime;
import dev.agentruntime.runtime.Extensions;
import dev.agentruntime.runtime.Extensions.Brought;
import dev.agentruntime.runtime.RuntimePart;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The verticles of a node: deployed, deployed anew, undeployed, and back after a restart. One
 * change after the other. Every public method may be called from any thread; what is kept here is
 * touched on one context only.
 *
 * <p>A change is durable before it is answered. Of a verticle that is deployed anew, the new one is
 * up before the old one goes; when it does not come up, the old one stays.
 */
public final class Verticles implements RuntimePart {

  private static final Logger LOG = System.getLogger(Verticles.class.getName());

  /** How long a verticle may take to say what it brings, to start, and to stop. */
  private static final Duration MOST = Duration.ofSeconds(30);

  private final AtomicReference<@Nullable Home> home = new AtomicReference<>();
  private final Duration most;

  /** Those of one node. */
  public Verticles() {
    this(MOST);
  }

  Verticles(Duration most) {
    this.most = most;
  }

  /** Where it lives, once the runtime is there. */
  private record Home(
      AgentRuntime runtime,
      Context loop,
      AllowList allowed,
      @Nullable JarStore store,
      Map<String, Deployed> deployed,
      LibFolder lib,
      Patience patience) {

    /** What is loaded on a worker; code of others that hangs there is not waited for. */
    Future<Prepared> made(String name, Callable<Prepared> prepared) {
      return patience.within(
          "verticle " + name + " did not say what it brings",
          runtime.vertx().executeBlocking(prepared, false),
          late -> late.access().close());
    }

    Extensions extensions() {
      return runtime.extensions();
    }
  }

  private Future<Void> last = Future.succeededFuture();

  // --- The life of the node

  @Override
  public Future<Void> prepare(AgentRuntime runtime) {
    Context loop = runtime.vertx().getOrCreateContext();
    VerticleSettings settings = runtime.config().verticles();
    Path directory = runtime.extensions().directory();
    JarStore store = directory == null
        ? null
        : new JarStore(runtime.extensions().disk(), directory.resolve("verticles"));
    Home made = new Home(
        runtime,
        loop,
        new AllowList(settings),
        store,
        new TreeMap<>(),
        new LibFolder(this, runtime, runtime.config().agentsDir().resolve("lib")),
        new Patience(runtime.timers(), most));
    home.set(made);
    return inTurn(() -> restore(made)).compose(done -> made.lib().load());
  }

  @Override
  public Future<Void> start(AgentRuntime runtime) {
    home().lib().watch();
    return Future.succeededFuture();
  }

  @Override
  public void drain() {
    Home here = home.get();
    if (here != null) {
      here.lib().end();
    }
  }

  @Override
  public Future<Void> stop() {
    Home here = home.get();
    if (here == null) {
      return Future.succeededFuture();
    }
    return inTurn(() -> {
      List<Future<Void>> all = new ArrayList<>();
      for (Deployed deployed : here.deployed().values()) {
        all.add(end(here, deployed));
      }
      here.deployed().clear();
      return Future.join(all).otherwiseEmpty().mapEmpty();
    });
  }

  private Future<Void> restore(Home here) {
    return here.extensions().journaled().compose(all -> {
      Future<Void> chain = Future.succeededFuture();
      for (Map.Entry<String, Json> each : all.entrySet()) {
        chain = chain.compose(done -> restore(here, each.getKey(), each.getValue()));
      }
      return chain.compose(done -> sweep(here));
    });
  }

  /** One that cannot be restored is listed with the reason; the node starts all the same. */
  private Future<Void> restore(Home here, String name, Json journaled) {
    VerticleSpec spec = VerticleSpec.of(name, journaled);
    String by = String.valueOf(journaled.object().get("by"));
    return here.made(name, () -> prepared(here, spec, null))
        .compose(ready -> up(here, ready, by, null)
            .compose(
                deployed -> here.extensions().replace(name, deployed.brought()).map(deployed)))
        .recover(cause -> {
          LOG.log(Level.WARNING, "verticle {0} is not restored: {1}", name, cause.getMessage());
          return Future.succeededFuture(
              new Deployed(spec, by, null, null, null, cause.getMessage()));
        })
        .map(deployed -> {
          here.deployed().put(name, deployed);
          return null;
        });
  }

  // --- Commands

  /**
   * Deploys a verticle; durable when the future succeeds.
   *
   * @return as {@link #list} shows it; fails with VERTICLE_EXISTS, VERTICLE_NOT_FOUND when what is
   *     to be deployed anew is not there, NOT_ALLOWED, INVALID_JAR, INVALID_NAME, INVALID_TYPE,
   *     INVALID_CONFIG when a name that it registers is taken, IN_USE naming processes that need
   *     what would be gone, START_FAILED, KILLED while all work of the node is ended
   */
  public Future<Json> deploy(VerticleOrder order) {
    return inTurn(() -> {
      Home here = home();
      if (here.runtime().killSwitch().isOn()) {
        throw new RuntimeFault(
            ErrorCode.KILLED,
            "nothing is deployed: all work of the node was ended by an operator, lift it with:"
                + " start --all --lift");
      }
      Deployed before = here.deployed().get(order.name());
      if (before != null && !order.replace()) {
        throw new RuntimeFault(
            ErrorCode.VERTICLE_EXISTS,
            "a verticle " + Json.quote(order.name()) + " is deployed, expected=replace: true, or"
                + " another name");
      }
      return here.made(order.name(), () -> prepared(here, order, before))
          .compose(ready -> deploy(here, order, before, ready))
          .map(Deployed::shown);
    });
  }

  private Future<Deployed> deploy(
      Home here, VerticleOrder order, @Nullable Deployed before, Prepared ready) {
    byte[] kept = here.store() != null
        ? null
        : order.jar() != null ? order.jar() : before == null ? null : before.jar();
    Brought brought = ready.access().brought();
    // Who cannot do without what goes is stopped only when the new one is up.
    return needing(here, order.name(), brought, order.force())
        .compose(free -> up(here, ready, order.by(), kept))
        .recover(cause -> {
          ready.access().close();
          return Future.failedFuture(cause);
        })
        .compose(deployed -> forgo(here, order.name(), brought, order.force())
            .compose(free -> here.extensions().journal(changed(order.name(), deployed)))
            .recover(cause -> end(here, deployed).transform(ended -> Future.failedFuture(cause)))
            .compose(durable -> {
              here.deployed().put(order.name(), deployed);
              return here.extensions().replace(order.name(), deployed.brought());
            })
            .compose(renewed -> before == null ? Future.succeededFuture() : end(here, before))
            .compose(done -> sweep(here))
            .map(deployed));
  }

  private static VerticleChanged changed(String name, Deployed deployed) {
    Map<String, @Nullable Object> spec =
        new LinkedHashMap<>(deployed.spec().toJson().object());
    spec.put("by", deployed.by());
    return new VerticleChanged(name, Json.of(spec), deployed.by());
  }

  /**
   * Undeploys a verticle; durable when the future succeeds.
   *
   * @param force whether processes that need what it brought are stopped first
   * @return fails with VERTICLE_NOT_FOUND, or IN_USE naming those processes
   */
  public Future<Void> undeploy(String name, boolean force, String by) {
    return inTurn(() -> {
      Home here = home();
      Deployed known = here.deployed().get(name);
      if (known == null) {
        throw unknown(name);
      }
      return forgo(here, name, Brought.NONE, force)
          .compose(free -> here.extensions().journal(new VerticleChanged(name, null, by)))
          .compose(durable -> {
            here.deployed().remove(name);
            return here.extensions().replace(name, Brought.NONE);
          })
          .compose(gone -> end(here, known))
          .compose(done -> sweep(here));
    });
  }

  /**
   * {@code {"verticles":[{"name","state":"deployed|failed","sha256","main","instances","threading",
   * "by","tools","triggers","models","problem","retry_at"?}],"total"}}, by name; of files of the
   * folder that could not be deployed {@code {"name","state":"retrying|refused","by","problem",
   * "retry_at"}}.
   */
  public Future<Json> list() {
    return onLoop(() -> {
      Map<String, Json> all = new TreeMap<>();
      home().deployed().forEach((name, deployed) -> all.put(name, deployed.shown()));
      home().lib().add(all);
      return Future.succeededFuture(
          Json.of(Map.of("verticles", List.copyOf(all.values()), "total", all.size())));
    });
  }

  /** By name, who deployed it and the digest of its jar. */
  Future<Map<String, LibFolder.Known>> known() {
    return onLoop(() -> {
      Map<String, LibFolder.Known> all = new TreeMap<>();
      home()
          .deployed()
          .forEach((name, deployed) -> all.put(
              name,
              new LibFolder.Known(
                  deployed.by(), deployed.spec().sha256(), deployed.problem() == null)));
      return Future.succeededFuture(all);
    });
  }

  // --- Steps

  private static RuntimeFault unknown(String name) {
    return new RuntimeFault(
        ErrorCode.VERTICLE_NOT_FOUND, "there is no verticle " + Json.quote(name) + " on this node");
  }

  /** Reads, checks and loads what is ordered. On a worker. */
  private static Prepared prepared(Home here, VerticleOrder order, @Nullable Deployed before) {
    byte[] jar = order.jar();
    VerticleSpec old = before == null ? null : before.spec();
    boolean same = jar == null && order.main() == null;
    if (same && old == null) {
      if (order.replace()) {
        throw unknown(order.name());
      }
      throw new RuntimeFault(
          ErrorCode.MISSING_FIELD, "expected=a jar, or the name of a class on the class path");
    }
    JarCheck.Jar checked = null;
    if (jar != null) {
      here.allowed().requireJar(JarCheck.digest(jar));
      checked = JarCheck.read(jar);
    }
    String main = order.main();
    if (main == null) {
      main = checked == null ? Objects.requireNonNull(old).main() : checked.main();
    }
    if (main == null) {
      throw new RuntimeFault(
          ErrorCode.INVALID_JAR,
          "jar: no Main-Class in its manifest, expected=one, or the name of the class beside it");
    }
    String sha256 = checked != null ? checked.sha256() : same && old != null ? old.sha256() : null;
    Json options = order.options();
    Integer instances = order.instances();
    String threading = order.threading();
    VerticleSpec spec = new VerticleSpec(
        order.name(),
        sha256,
        main,
        options != null ? options : old == null ? Json.EMPTY : old.options(),
        instances != null ? instances : old == null ? 1 : old.instances(),
        VerticleSpec.threading(
            threading != null ? threading : old == null ? "event_loop" : old.threadingWord()));
    if (checked != null) {
      if (here.store() != null && jar != null) {
        here.store().keep(checked.sha256(), jar);
      }
      return loaded(here, spec, checked);
    }
    return prepared(here, spec, before == null ? null : before.jar());
  }

  /** Loads what was deployed before. On a worker. */
  private static Prepared prepared(Home here, VerticleSpec spec, byte @Nullable [] kept) {
    String sha256 = spec.sha256();
    if (sha256 == null) {
      here.allowed().requireClass(spec.main());
      ClassLoader own = Verticles.class.getClassLoader();
      return Prepared.of(spec, own, here.runtime(), here.runtime().vertx().getOrCreateContext());
    }
    here.allowed().requireJar(sha256);
    byte[] jar = kept != null ? kept : Objects.requireNonNull(here.store()).read(sha256);
    return loaded(here, spec, JarCheck.read(jar));
  }

  private static Prepared loaded(Home here, VerticleSpec spec, JarCheck.Jar jar) {
    JarLoader loader = new JarLoader(spec.name(), Verticles.class.getClassLoader(), jar.files());
    return Prepared.of(spec, loader, here.runtime(), here.runtime().vertx().getOrCreateContext());
  }

  private static Future<Deployed> up(Home here, Prepared ready, String by, byte @Nullable [] kept) {
    VerticleSpec spec = ready.spec();
    try {
      here.extensions().check(spec.name(), ready.access().brought());
    } catch (RuntimeFault fault) {
      ready.access().close();
      return Future.failedFuture(fault);
    }
    return ready
        .deploy(here.runtime(), here.patience())
        .map(id -> new Deployed(spec, by, id, ready.access(), kept, null))
        .onFailure(cause -> ready.access().close());
  }

  /** The processes that are up and need what will be gone; unless forced, there may be none. */
  private static Future<List<String>> needing(Home here, String name, Brought next, boolean force) {
    return here.extensions()
        .needing(name, next)
        .compose(needing -> force || needing.isEmpty()
            ? Future.succeededFuture(needing)
            : Future.failedFuture(new RuntimeFault(
                ErrorCode.IN_USE,
                "verticle " + name + " brings what processes need that are up: " + needing
                    + ", expected=them to be stopped, or force: true, which stops them")));
  }

  /** Nobody that is up may need what will be gone. */
  private static Future<Void> forgo(Home here, String name, Brought next, boolean force) {
    return needing(here, name, next, force).compose(needing -> {
      List<Future<Void>> stops = new ArrayList<>();
      for (String each : needing) {
        AgentProcess process = here.runtime().process(new ProcessName(each));
        if (process != null) {
          stops.add(process.stop("verticle " + name + " no longer brings what it needs"));
        }
      }
      return Future.join(stops).mapEmpty();
    });
  }

  /** Takes it off Vert.x; it hears and may do nothing more. */
  private static Future<Void> end(Home here, Deployed old) {
    String id = old.id();
    Future<Void> gone = id == null
        ? Future.succeededFuture()
        : here.patience()
            .within(
                "verticle " + old.spec().name() + " did not stop",
                here.runtime().vertx().undeploy(id),
                late -> {});
    return gone.transform(ended -> {
      if (ended.failed()) {
        LOG.log(
            Level.WARNING, "verticle " + old.spec().name() + " did not end cleanly", ended.cause());
      }
      if (old.access() != null) {
        old.access().close();
      }
      return Future.succeededFuture();
    });
  }

  /** Jars that nobody has deployed go; that they could not is no reason to fail. */
  private static Future<Void> sweep(Home here) {
    JarStore store = here.store();
    if (store == null) {
      return Future.succeededFuture();
    }
    Set<String> used = new HashSet<>();
    here.deployed().values().forEach(deployed -> {
      if (deployed.spec().sha256() != null) {
        used.add(deployed.spec().sha256());
      }
    });
    return here.runtime()
        .vertx()
        .executeBlocking(
            () -> {
              store.keepOnly(used);
              return true;
            },
            false)
        .transform(done -> {
          if (done.failed()) {
            LOG.log(Level.WARNING, "unused jars stay: {0}", done.cause().getMessage());
          }
          return Future.succeededFuture();
        });
  }

  // --- Turns

  private Home home() {
    Home here = home.get();
    if (here == null) {
      throw new RuntimeFault(ErrorCode.STARTING, "the node is starting");
    }
    return here;
  }

  private <T> Future<T> inTurn(Supplier<Future<T>> change) {
    return onLoop(() -> {
      Future<T> mine = last.transform(done -> {
        try {
          return change.get();
        } catch (RuntimeException e) {
          return Future.failedFuture(e);
        }
      });
      last = mine.mapEmpty();
      return mine;
    });
  }

  /** Runs on the one context; the future completes on the caller's. */
  private <T> Future<T> onLoop(Supplier<Future<T>> command) {
    Context loop = home().loop();
    Context here = Vertx.currentContext();
    Promise<T> answer = Promise.promise();
    loop.runOnContext(ignored -> {
      Future<T> done;
      try {
        done = command.get();
      } catch (RuntimeException e) {
        done = Future.failedFuture(e);
      }
      done.onComplete(result -> {
        if (here == null || here == loop) {
          answer.handle(result);
        } else {
          here.runOnContext(back -> answer.handle(result));
        }
      });
    });
    return answer.future();
  }
}
