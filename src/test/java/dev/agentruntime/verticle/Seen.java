package dev.agentruntime.verticle;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Where verticles of tests show their class loaders, so that a test can see them go. */
public final class Seen {

  private static final ConcurrentLinkedQueue<WeakReference<ClassLoader>> LOADERS =
      new ConcurrentLinkedQueue<>();

  private Seen() {}

  /** Called by a verticle. */
  public static void add(ClassLoader loader) {
    LOADERS.add(new WeakReference<>(loader));
  }

  static List<WeakReference<ClassLoader>> all() {
    return List.copyOf(LOADERS);
  }

  static long alive() {
    return LOADERS.stream().filter(seen -> seen.get() != null).count();
  }
}
