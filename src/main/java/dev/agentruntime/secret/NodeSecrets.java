package dev.agentruntime.secret;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.guard.Redactor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of secrets: the vaults of all processes, for what belongs to none alone, such
 * as its log and what comes from outside; and the secrets of its settings, which no process may
 * tell either. Safe on every thread.
 */
public final class NodeSecrets {

  private final ConcurrentHashMap<ProcessName, SecretVault> vaults = new ConcurrentHashMap<>();
  private final AtomicReference<Settings> settings =
      new AtomicReference<>(new Settings(Map.of(), Redactor.NONE));

  /** Values by the name that stands for them, and what takes them out of texts. */
  private record Settings(Map<String, List<String>> values, Redactor redactor) {
    Settings with(String name, String value) {
      if (values.getOrDefault(name, List.of()).contains(value)) {
        return this;
      }
      Map<String, List<String>> all = new LinkedHashMap<>(values);
      List<String> texts = new ArrayList<>(all.getOrDefault(name, List.of()));
      texts.add(value);
      all.put(name, List.copyOf(texts));
      return new Settings(all, Redactor.of(() -> all));
    }
  }

  /** The vault of a process from now on. */
  public void keep(ProcessName process, SecretVault vault) {
    vaults.put(process, vault);
  }

  /** The process is no more. */
  public void forget(ProcessName process) {
    vaults.remove(process);
  }

  /**
   * Takes a secret of the settings out of texts from now on, unless it is too short to be told from
   * other text.
   */
  public void hide(SecretRef source, String value) {
    if (value.length() >= Redactor.CHARS_MIN) {
      String name = source.kind() == SecretRef.Kind.ENV ? source.value() : "settings";
      Settings unused = settings.updateAndGet(now -> now.with(name, value));
    }
  }

  /** A text without the secrets of any process, and of the settings. */
  public String redact(String text) {
    return redactor().redact(text);
  }

  /** Takes the secrets of all processes and of the settings out. */
  public Redactor redactor() {
    List<Redactor> all = new ArrayList<>();
    vaults.values().forEach(vault -> all.add(vault.redactor()));
    all.add(ofSettings());
    return Redactor.all(all);
  }

  private Redactor ofSettings() {
    return Objects.requireNonNull(settings.get()).redactor();
  }

  /** Takes out what another does, and the secrets of the settings. For one thread. */
  public Supplier<Redactor> with(Supplier<Redactor> other) {
    return new Both(other);
  }

  /** Made anew only when one of the two is another one: it is asked for with each entry. */
  private final class Both implements Supplier<Redactor> {
    private final Supplier<Redactor> other;
    private @Nullable Redactor one;
    private Redactor two = Redactor.NONE;
    private Redactor all = Redactor.NONE;

    Both(Supplier<Redactor> other) {
      this.other = other;
    }

    @Override
    public Redactor get() {
      Redactor first = other.get();
      Redactor second = ofSettings();
      if (second.isEmpty()) {
        return first;
      }
      if (one != first || two != second) {
        one = first;
        two = second;
        all = Redactor.all(List.of(first, second));
      }
      return all;
    }
  }
}
