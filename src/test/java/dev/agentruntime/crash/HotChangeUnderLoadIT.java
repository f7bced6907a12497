package dev.agentruntime.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.rules.Capability;
import dev.agentruntime.rules.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Manifests are changed a hundred times, by turns over HTTP and in {@code agents/}, and a verticle
 * is deployed anew two hundred times while triggers come in, then the node is killed in the midst
 * of all that: nothing is lost, nothing is mixed, and nothing of what went stays in memory.
 * {@code -Dredeploys=N} for another count.
 */
@Needs(Capability.JCMD)
class HotChangeUnderLoadIT extends OnASite {

  /** Changed over HTTP. */
  private static final String BUSY = "busy";

  /** Changed by its file. */
  private static final String FILED = "filed";

  private static final int CONCURRENCY = 16;

  /** Triggers of each process. */
  private static final int PER_SECOND = 250;

  /** Triggers of each process between one redeployment and the next. */
  private static final int EACH = 30;

  private static final int REDEPLOYS = Integer.getInteger("redeploys", 200);

  /** Once the classes of the runtime itself are loaded. */
  private static final int WARM = 20;

  private static final int KILLS = 2;

  /** The teller's and the greeter's. */
  private static final int LOADERS = 2;

  /**
   * What the heap may grow by, in bytes: for the keys of the triggers meanwhile and buffers, and
   * far less than the greeters that were deployed, of a quarter of a MiB each.
   */
  private static final long HEAP_MARGIN = 16 << 20;

  private static final String LOADER = "dev.agentruntime.verticle.JarLoader";

  private static final String MANIFEST = """
      version: "1.0"
      name: %1$s
      model: custom:teller
      instructions: You are v%2$d.
      triggers:
        - {type: webhook, id: hook, webhook_path: /%1$s, auth: none}
      context: {conversation_max_messages: 2}
      journal: {level: full}
      config: {concurrency: 16, trigger_inbox_max: 100000}
      """;

  private final Whereabouts where = new Whereabouts();
  private final Pacer load = new Pacer(where, BUSY, PER_SECOND);
  private final Pacer filedLoad = new Pacer(where, FILED, PER_SECOND);

  /** What the greeter of each jar says, by the jar's digest. */
  private final Map<String, String> wordOfJar = new HashMap<>();

  /** What each version of the manifest that was acknowledged says. */
  private final Map<Integer, String> versions = new HashMap<>();

  /** What was answered to each call of the roll, by the answer's id. */
  private final Map<String, String> roll = new TreeMap<>();

  private final SplittableRandom random = new SplittableRandom(Long.getLong("seed", 7));

  private String token = "";

  /** How many were sent, and which of them was acknowledged last. */
  private int manifestSent;

  private int manifestTaken;
  private int filesWritten;
  private int greeterSent;
  private int greeterTaken;

  @AfterEach
  void quiet() {
    load.close();
    filedLoad.close();
  }

  @Test
  void nothingIsLostNothingIsMixedAndNothingStays() throws IOException {
    HotJars jars = new HotJars(directory);
    allow(jars);
    token = makeToken();
    try (RuntimeProcess node = site.startReady("")) {
      NodeApi api = node.api().with(token);
      ok(201, verticle(api, "teller", jars.teller(), false));
      ok(201, verticle(api, "greeter", jars.greeter(word(0)), false));
      change(api);
      writeFile();
      awaitFile(api);
      where.move(node.api());
      load.start();
      filedLoad.start();
      redeploy(api, jars, 1, WARM);
      LiveHeap warm = collected(node, Long.MAX_VALUE);
      int before = sent();
      long rate = load.rateOf(() -> redeploy(api, jars, WARM + 1, REDEPLOYS));
      int loaded = sent() - before;
      LiveHeap after = collected(node, warm.bytes() + HEAP_MARGIN);
      System.out.println("hot change: " + manifestTaken + " manifests over HTTP, " + filesWritten
          + " in files, " + greeterTaken + " greeters, " + loaded + " triggers, " + rate
          + " a second and process; live heap after " + WARM + " " + warm.bytes()
          + " bytes, now " + after.bytes());
      killInTheMidst(node, api, jars);
    }
    for (int kills = 1; kills <= KILLS; kills++) {
      try (RuntimeProcess node = site.startReady("")) {
        NodeApi api = node.api().with(token);
        inForce(api);
        where.move(node.api());
        awaitLoad(EACH);
        change(api);
        changeFile(api);
        greeter(api, jars);
        if (kills < KILLS) {
          killInTheMidst(node, api, jars);
        } else {
          load.finish(MOMENT);
          filedLoad.finish(MOMENT);
          awaitFile(api);
          await(
              "nothing left to do", () -> node.api().isIdle(BUSY) && node.api().isIdle(FILED));
          node.stop();
        }
      }
    }
    judge();
  }

  // --- What is done

  /** How many triggers were sent, to both. */
  private int sent() {
    return load.deliveries.size() + filedLoad.deliveries.size();
  }

  private void awaitLoad(int each) {
    load.awaitSent(each, MOMENT);
    filedLoad.awaitSent(each, MOMENT);
  }

  /** Deploys greeters anew, every second one together with another manifest of one or the other. */
  private void redeploy(NodeApi api, HotJars jars, int from, int to) throws IOException {
    for (int n = from; n <= to; n++) {
      awaitLoad(EACH);
      CompletableFuture<Void> changed = switch (n % 4) {
        case 0 -> meanwhile(() -> change(api));
        case 2 -> meanwhile(() -> changeFile(api));
        default -> CompletableFuture.completedFuture(null);
      };
      greeter(api, jars);
      callTheRoll(api, n);
      changed.join();
    }
  }

  /** Waits, in a pause of the load, until only what is deployed is loaded, and no more is alive. */
  private LiveHeap collected(RuntimeProcess node, long most) {
    where.move(null);
    await("nothing left to do", () -> node.api().isIdle(BUSY) && node.api().isIdle(FILED));
    List<LiveHeap> found = new ArrayList<>();
    try {
      await("a small heap", () -> {
        found.add(LiveHeap.of(node.pid()));
        LiveHeap now = found.get(found.size() - 1);
        return now.count(LOADER) == LOADERS
            && now.count("acme.Greeter") == 1
            && now.bytes() <= most;
      });
    } catch (AssertionError late) {
      throw new AssertionError("expected<=" + most + " bytes, actual=" + found, late);
    }
    where.move(node.api());
    return found.get(found.size() - 1);
  }

  private void change(NodeApi api) throws IOException {
    manifestSent++;
    boolean replace = manifestSent > 1;
    NodeApi.Answer answer = api.deploy(MANIFEST.formatted(BUSY, manifestSent), replace);
    ok(replace ? 200 : 201, answer);
    acknowledged(version(answer.object()));
  }

  /** Writes the file anew once the one before is in force, so that each becomes a version. */
  private void changeFile(NodeApi api) throws IOException {
    awaitFile(api);
    writeFile();
  }

  private void writeFile() throws IOException {
    filesWritten++;
    Path next =
        Files.writeString(directory.resolve("next.agent"), MANIFEST.formatted(FILED, filesWritten));
    Files.move(next, site.agents().resolve(FILED + ".agent"), StandardCopyOption.REPLACE_EXISTING);
  }

  private void awaitFile(NodeApi api) {
    await("version " + filesWritten + " of the file", () -> {
      NodeApi.Answer answer = api.get("/api/v1/processes/" + FILED);
      return answer.status() == 200
          && version(answer.object()) == filesWritten
          && "running".equals(answer.object().get("state"));
    });
  }

  private void acknowledged(int version) {
    versions.put(version, "v" + manifestSent);
    manifestTaken = manifestSent;
  }

  private static int version(Map<String, ?> status) {
    Map<?, ?> manifest = (Map<?, ?>) Objects.requireNonNull(status.get("manifest"));
    return Integer.parseInt(String.valueOf(manifest.get("version")));
  }

  private void greeter(NodeApi api, HotJars jars) throws IOException {
    greeterSent++;
    ok(200, verticle(api, "greeter", jars.greeter(word(greeterSent)), true));
    greeterTaken = greeterSent;
  }

  /** The greeter that is there answers, and hears nobody where the one before heard. */
  private void callTheRoll(NodeApi api, int n) throws IOException {
    Json call = Json.of(Map.of(
        "event_type", "roll.call", "data", Json.of(Map.of("n", n, "gone", word(greeterSent - 1)))));
    ok(202, api.post("/api/v1/events", call.toString()));
    await("an answer to call " + n, () -> {
      for (Map<String, Object> answer : Answers.objects(
          api.get("/api/v1/events?type=roll.answer&limit=100").object(), "events")) {
        Map<?, ?> data = (Map<?, ?>) Objects.requireNonNull(answer.get("data"));
        roll.put(Answers.text(answer, "event_id"), new TreeMap<>(data).toString());
      }
      return roll.size() >= n;
    });
    Map<String, Object> expected =
        new TreeMap<>(Map.of("n", n, "answer", word(greeterSent), "hears_who_is_gone", false));
    assertEquals(n, roll.size(), () -> "call " + n + " was answered more than once: " + roll);
    assertTrue(roll.containsValue(expected.toString()), () -> expected + " is not in " + roll);
  }

  private void killInTheMidst(RuntimeProcess node, NodeApi api, HotJars jars) {
    awaitFile(api);
    CompletableFuture<Void> changed = meanwhile(() -> change(api));
    CompletableFuture<Void> filed = meanwhile(this::writeFile);
    CompletableFuture<Void> deployed = meanwhile(() -> greeter(api, jars));
    awaitLoad(random.nextInt(6));
    node.kill9();
    where.move(null);
    endedSomehow(changed);
    endedSomehow(filed);
    endedSomehow(deployed);
  }

  /** Answered, or cut off: then nobody knows whether it was taken. */
  private static void endedSomehow(CompletableFuture<Void> request) {
    try {
      request.join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof IOException)) {
        throw e;
      }
    }
  }

  /** What was answered is in force, or what was in flight. */
  private void inForce(NodeApi api) throws IOException {
    Map<String, ?> status = api.status(BUSY);
    int version = version(status);
    int known = Collections.max(versions.keySet());
    if (version != known) {
      assertEquals(known + 1, version, status::toString);
      assertTrue(manifestTaken < manifestSent, status::toString);
      acknowledged(version);
    }
    manifestTaken = manifestSent;
    awaitFile(api);
    String shown = api.get("/api/v1/verticles").body();
    Map<String, Object> greeter =
        Answers.objects(Json.parse(shown).object(), "verticles").get(0);
    assertEquals("greeter", greeter.get("name"), shown);
    assertEquals("deployed", greeter.get("state"), shown);
    String word = wordOfJar.get(Answers.text(greeter, "sha256"));
    assertTrue(List.of(word(greeterTaken), word(greeterSent)).contains(word), shown);
  }

  private void judge() {
    assertEquals(List.of(), List.copyOf(load.unexpected));
    assertEquals(List.of(), List.copyOf(filedLoad.unexpected));
    Books books = Books.read(site.journal());
    Audit audit = new Audit(books, ledger.effects());
    audit.process(BUSY, CONCURRENCY, load.deliveries);
    audit.process(FILED, CONCURRENCY, filedLoad.deliveries);
    assertEquals(List.of(), audit.violations());
    HotAudit hot = new HotAudit(BUSY, wordOfJar);
    assertEquals(List.of(), hot.read(books));
    assertTrue(hot.ran().size() > manifestTaken / 2, () -> "ran: " + hot.ran());
    assertTrue(hot.greeted().size() > greeterTaken / 2, () -> "greeted: " + hot.greeted());
    versions.forEach((version, word) -> assertEquals(word, hot.versions().get(version)));
    HotAudit filed = new HotAudit(FILED, wordOfJar);
    assertEquals(List.of(), filed.read(books));
    assertTrue(filed.ran().size() > filesWritten / 2, () -> "ran: " + filed.ran());
    for (int n = 1; n <= filesWritten; n++) {
      assertEquals("v" + n, filed.versions().get(n));
    }
    assertEquals(filesWritten, filed.versions().size());
    worked(hot, load);
    worked(filed, filedLoad);
    System.out.println(
        "hot change: versions " + hot.ran().size() + " of " + hot.versions().size() + " and "
            + filed.ran().size() + " of " + filed.versions().size() + " ran, greeters "
            + hot.greeted().size() + " of " + greeterTaken + ", attempts again " + hot.renewed()
            + " and " + filed.renewed() + ", refused " + load.refused + ", broken " + load.broken);
  }

  /** The changes were made under load: so many triggers came in, and each had a run that ended. */
  private static void worked(HotAudit hot, Pacer load) {
    int sent = load.deliveries.size();
    assertTrue(sent >= REDEPLOYS * EACH, () -> "sent: " + sent);
    assertEquals(sent, hot.ended());
  }

  // --- How it is done

  private static String word(int n) {
    return "w" + n;
  }

  private void allow(HotJars jars) throws IOException {
    StringBuilder list = new StringBuilder(Hex.sha256(jars.teller())).append("  teller\n");
    for (int n = 0; n <= REDEPLOYS + 2 * KILLS + 1; n++) {
      String digest = Hex.sha256(jars.greeter(word(n)));
      wordOfJar.put(digest, word(n));
      list.append(digest).append("  ").append(word(n)).append('\n');
    }
    Path file = Files.writeString(directory.resolve("verticles.allow"), list);
    site.settings("verticles:\n  allow_file: " + file + "\n");
  }

  private String makeToken() {
    try (Jvm made = site.run(
        "token", "create", "ops", "--scope", "deploy", "--data", site.data().toString())) {
      assertTrue(made.awaitEnd(MOMENT), made::said);
      Matcher shown = Pattern.compile("art_\\S+").matcher(made.said());
      assertTrue(shown.find(), made::said);
      return shown.group();
    }
  }

  private static NodeApi.Answer verticle(NodeApi api, String name, byte[] jar, boolean replace)
      throws IOException {
    Json order = Json.of(
        Map.of("name", name, "jar", Base64.getEncoder().encodeToString(jar), "replace", replace));
    return api.post("/api/v1/verticles", order.toString());
  }

  private static void ok(int status, NodeApi.Answer answer) {
    assertEquals(status, answer.status(), answer::body);
  }

  private static CompletableFuture<Void> meanwhile(Pacer.Work request) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread = new Thread(() -> {
      try {
        request.run();
        done.complete(null);
      } catch (IOException | AssertionError e) {
        done.completeExceptionally(e);
      }
    });
    thread.setDaemon(true);
    thread.start();
    return done;
  }
}
