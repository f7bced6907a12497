package dev.agentruntime.verticle;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes of one jar, from memory: what was checked is what is loaded, and no file is
 * held open. Its own classes go before the runtime's of the same name; a jar can have none of those
 * that it shares with the runtime.
 */
final class JarLoader extends ClassLoader {

  private final Map<String, byte[]> files;

  JarLoader(String name, ClassLoader parent, Map<String, byte[]> files) {
    super("verticle-" + name, parent);
    this.files = files;
  }

  private static String file(String className) {
    return className.replace('.', '/') + ".class";
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!files.containsKey(file(name))) {
      return super.loadClass(name, resolve);
    }
    Class<?> known = findLoadedClass(name);
    return known == null ? findClass(name) : known;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] bytes = files.get(file(name));
    if (bytes == null) {
      throw new ClassNotFoundException(name);
    }
    try {
      return defineClass(name, bytes, 0, bytes.length);
    } catch (LinkageError e) {
      // Another thread was first, unless the class itself is bad.
      Class<?> known = findLoadedClass(name);
      if (known == null) {
        throw e;
      }
      return known;
    }
  }

  @Override
  public @Nullable URL getResource(String name) {
    URL own = findResource(name);
    return own == null ? super.getResource(name) : own;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    List<URL> all = new ArrayList<>();
    URL own = findResource(name);
    if (own != null) {
      all.add(own);
    }
    all.addAll(Collections.list(getParent().getResources(name)));
    return Collections.enumeration(all);
  }

  @Override
  protected @Nullable URL findResource(String name) {
    byte[] bytes = files.get(name);
    try {
      return bytes == null
          ? null
          : new URL(null, "verticle:" + getName() + "/" + name, new InMemory(bytes));
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a URL with a handler of its own", e);
    }
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL own = findResource(name);
    return Collections.enumeration(own == null ? List.of() : List.of(own));
  }

  /** Opens what is in memory. */
  private static final class InMemory extends URLStreamHandler {
    private final byte[] bytes;

    InMemory(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {
          connected = true;
        }

        @Override
        public int getContentLength() {
          return bytes.length;
        }

        @Override
        public InputStream getInputStream() {
          return new ByteArrayInputStream(bytes);
        }
      };
    }
  }
}
