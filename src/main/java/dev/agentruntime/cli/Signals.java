package dev.agentruntime.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;

/**
 * The operator's signals: the first of TERM, INT or HUP asks for an end, a second one for a quick
 * one. Without handlers of our own the JVM would answer TERM with exit code 143, and a second TERM
 * with nothing. Safe on every thread.
 */
final class Signals {

  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private final CompletableFuture<Void> quickEnd = new CompletableFuture<>();

  /** Begins to listen, for the rest of the JVM's life. */
  static Signals listen() {
    Signals signals = new Signals();
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      if (!handle(name, signals::asked)) {
        // Signals that the JVM was told to leave alone (-Xrs) still end it, and run its hooks.
        Runtime.getRuntime().addShutdownHook(new Thread(signals::asked, "signal-" + name));
      }
    }
    return signals;
  }

  /** Completes with the first signal. */
  CompletableFuture<Void> end() {
    return end;
  }

  /** Completes with the second. */
  CompletableFuture<Void> quickEnd() {
    return quickEnd;
  }

  /** A signal arrived. */
  void asked() {
    if (!end.complete(null)) {
      quickEnd.complete(null);
    }
  }

  // By reflection: javac warns of every mention of these classes, and no other API has signals.
  private static boolean handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler act = (proxy, method, arguments) -> {
        if (method.getName().equals("handle")) {
          action.run();
          return null;
        }
        return method.getName().equals("hashCode") ? 0 : "signal handler";
      };
      Object proxy =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, act);
      Object previous = signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
      return previous != null;
    } catch (ReflectiveOperationException e) {
      System.getLogger(Signals.class.getName())
          .log(System.Logger.Level.DEBUG, "no handler for signal " + name, e);
      return false;
    }
  }
}
