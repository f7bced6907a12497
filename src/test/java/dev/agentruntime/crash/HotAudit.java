package dev.agentruntime.crash;

import dev.agentruntime.entry.DeployEntry.ProcessDeployed;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.entry.EntryData.InvocationResult;
import dev.agentruntime.entry.EntryData.InvocationStart;
import dev.agentruntime.entry.EntryData.ModelReply;
import dev.agentruntime.entry.EntryData.ToolResult;
import dev.agentruntime.entry.JournalEntry;
import dev.agentruntime.entry.OperatorEntry.VerticleChanged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * P21, by the journal of a node whose manifests and verticles changed while it worked: every run
 * says from its first word to its last the version that it began with, and every greeting is by a
 * verticle that was deployed at the time. Finds violations, in words.
 */
final class HotAudit {

  private static final Pattern VERSION = Pattern.compile("\\bv[0-9]+\\b");

  private final String process;
  private final Map<String, String> wordOfJar;
  private final List<String> violations = new ArrayList<>();

  /** What the manifest of a version says it is. */
  private final Map<Integer, String> versions = new HashMap<>();

  /** The words of the greeters so far, the newest last. */
  private final List<String> greeters = new ArrayList<>();

  private final Map<String, Run> open = new HashMap<>();
  private final Set<String> ran = new TreeSet<>();
  private final Set<String> greeted = new TreeSet<>();
  private int renewed;
  private int ended;

  /** What an attempt of a run has said; the greeting null before the first. */
  private static final class Run {
    private final @Nullable String version;
    private @Nullable String greeting;
    private final int attempt;

    Run(@Nullable String version, int attempt) {
      this.version = version;
      this.attempt = attempt;
    }
  }

  /**
   * An audit.
   *
   * @param wordOfJar what the greeter of each jar says, by the jar's digest
   */
  HotAudit(String process, Map<String, String> wordOfJar) {
    this.process = process;
    this.wordOfJar = wordOfJar;
  }

  /** Reads the journal; answers what was found wrong. */
  List<String> read(Books books) {
    for (JournalEntry entry : books.all()) {
      if (entry.data() instanceof VerticleChanged change) {
        changed(change);
      } else if (entry.process().name().value().equals(process)) {
        see(entry.sequence(), entry.data());
      }
    }
    return violations;
  }

  /** The words of the versions that ran. */
  Set<String> ran() {
    return ran;
  }

  /** What the manifests said, by their version. */
  Map<Integer, String> versions() {
    return versions;
  }

  /** The words of the greeters that greeted. */
  Set<String> greeted() {
    return greeted;
  }

  /** How many runs went on as another attempt. */
  int renewed() {
    return renewed;
  }

  /** How many runs ended as they should. */
  int ended() {
    return ended;
  }

  private void changed(VerticleChanged change) {
    if (change.name().equals("greeter") && change.spec() != null) {
      String jar = Answers.text(change.spec().object(), "sha256");
      greeters.add(wordOfJar.getOrDefault(jar, jar));
    }
  }

  private void see(long sequence, EntryData data) {
    if (data instanceof ProcessDeployed deployed) {
      String word = word(Answers.text(deployed.manifest().object(), "instructions"));
      if (versions.put(deployed.version(), word) != null) {
        violations.add("two manifests are version " + deployed.version());
      }
    } else if (data instanceof InvocationStart start) {
      begun(start);
    } else if (data instanceof ModelReply reply) {
      String said = reply.reply().calls().isEmpty()
          ? reply.reply().text()
          : reply.reply().calls().get(0).arguments();
      says(sequence, open.get(reply.invocation().value()), word(said));
    } else if (data instanceof ToolResult result) {
      greets(sequence, open.get(result.invocation().value()), result);
    } else if (data instanceof InvocationResult result) {
      open.remove(result.invocation().value());
      ended += result.outcome() == EntryData.Outcome.COMPLETED ? 1 : 0;
    }
  }

  private void begun(InvocationStart start) {
    String word = versions.get(start.manifestVersion());
    Run before = open.put(start.invocation().value(), new Run(word, start.attempt()));
    if (before != null) {
      renewed++;
      if (!String.valueOf(before.version).equals(word) || start.attempt() != before.attempt + 1) {
        violations.add("attempt " + start.attempt() + " of " + start.invocation() + " has " + word
            + ", the one before " + before.version);
      }
    }
    ran.add(String.valueOf(word));
  }

  private void says(long sequence, @Nullable Run run, String word) {
    if (run == null || !word.equals(run.version)) {
      violations.add("s=" + sequence + ": " + word + " is said by a run of "
          + (run == null ? "nobody" : run.version));
    }
  }

  /**
   * A redeployment is journaled before the new one greets, and answered when the old one is gone:
   * so besides the newest only the one before may greet, and no attempt hears both.
   */
  private void greets(long sequence, @Nullable Run run, ToolResult result) {
    String word = result.text().replace("greeting ", "");
    List<String> deployed = greeters.subList(Math.max(0, greeters.size() - 2), greeters.size());
    if (!deployed.contains(word)) {
      violations.add("s=" + sequence + ": " + result.text() + ", deployed=" + deployed);
    }
    if (run == null || (run.greeting != null && !run.greeting.equals(word))) {
      violations.add("s=" + sequence + ": one attempt heard " + word + " and "
          + (run == null ? "nobody" : run.greeting));
    } else {
      run.greeting = word;
    }
    greeted.add(word);
  }

  private static String word(String text) {
    Matcher found = VERSION.matcher(text);
    return found.find() ? found.group() : text;
  }
}
