package dev.agentruntime.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.disk.RealDisk;
import dev.agentruntime.time.ManualTimers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessControlTest {

  private static final String HERE = "127.0.0.1";

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final ManualTimers timers = new ManualTimers(Instant.parse("2026-11-26T08:00:00Z"));

  @SuppressWarnings("NullAway.Init") // made before each test
  private TokenFile file;

  @BeforeEach
  void open() {
    file = new TokenFile(new RealDisk(), directory, timers::now, TokenRandom::draw);
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private AccessControl control(boolean loopback) {
    return new AccessControl(vertx, file, loopback, timers);
  }

  private static List<String> bearer(String secret) {
    return List.of("Bearer " + secret);
  }

  private static ErrorCode refused(AccessControl control, Scope needed, List<String> shown) {
    return assertThrows(RuntimeFault.class, () -> control.admit(needed, shown, HERE))
        .code();
  }

  @Test
  void refusedRequestsCountTowardsTheRateToo() throws Exception {
    String reader = file.create("reader", Scope.READ).secret();
    AccessControl control = new AccessControl(vertx, file, true, timers, 3);
    await(control.start());
    for (int i = 0; i < 3; i++) {
      assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.ADMIN, List.of()));
      assertEquals(ErrorCode.FORBIDDEN, refused(control, Scope.ADMIN, bearer(reader)));
    }
    assertEquals(ErrorCode.RATE_LIMITED, refused(control, Scope.ADMIN, List.of()));
    assertEquals(ErrorCode.RATE_LIMITED, refused(control, Scope.READ, bearer(reader)));
  }

  @Test
  void changesAtOnceAreAllKept() throws Exception {
    AccessControl control = control(true);
    await(control.start());
    List<Future<TokenFile.Made>> made = new ArrayList<>();
    Promise<Void> begun = Promise.promise();
    vertx.getOrCreateContext().runOnContext(now -> {
      for (int i = 0; i < 20; i++) {
        made.add(control.create("ops-" + i, Scope.READ));
      }
      begun.complete();
    });
    await(begun.future());
    await(Future.all(made));
    assertEquals(20, await(control.list()).size());
    for (Future<TokenFile.Made> each : made) {
      Caller caller = control.admit(Scope.READ, bearer(each.result().secret()), HERE);
      assertTrue(control.stillAdmits(caller));
      await(control.revoke(each.result().token().id()));
      assertFalse(control.stillAdmits(caller));
    }
  }

  @Test
  void onLoopbackNobodyNeedsATokenToDeployManifests() throws Exception {
    AccessControl control = control(true);
    await(control.start());
    for (Scope scope : List.of(Scope.READ, Scope.OPERATE, Scope.DEPLOY)) {
      assertEquals(
          new Caller("anonymous", Scope.DEPLOY, HERE), control.admit(scope, List.of(), HERE));
    }
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.ADMIN, List.of()));
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, bearer("art_wrong")));
  }

  @Test
  void elsewhereNothingStartsWithoutAToken() throws Exception {
    AccessControl control = control(false);
    Future<Void> started = control.start();
    await(started.transform(done -> Future.succeededFuture()));
    RuntimeFault fault = assertInstanceOf(RuntimeFault.class, started.cause());
    assertEquals(ErrorCode.INVALID_CONFIG, fault.code());
    // The command as it must be typed: made for another node, the token would not help.
    String command = "token create NAME --scope admin --data " + directory.getParent() + " --node "
        + directory.getFileName();
    assertTrue(
        fault.failure().message().endsWith(command), () -> fault.failure().message());

    String secret = file.create("ops", Scope.READ).secret();
    await(control.start());
    assertEquals("ops", control.admit(Scope.READ, bearer(secret), HERE).name());
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, List.of()));
    assertEquals(ErrorCode.FORBIDDEN, refused(control, Scope.OPERATE, bearer(secret)));
    assertEquals(
        ErrorCode.UNAUTHORIZED,
        refused(control, Scope.READ, List.of("Bearer " + secret, "Bearer " + secret)));
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, List.of("Basic " + secret)));
    assertEquals(
        "ops",
        control.admit(Scope.READ, List.of("bearer  " + secret + " "), HERE).name());
  }

  @Test
  void whatChangesHoldsAtOnceAndWhatTheFileSaysSoon() throws Exception {
    String admin = file.create("admin", Scope.ADMIN).secret();
    AccessControl control = control(false);
    await(control.start());
    TokenFile.Made made = await(control.create("ci", Scope.DEPLOY));
    assertEquals("ci", control.admit(Scope.DEPLOY, bearer(made.secret()), HERE).name());
    TokenFile.Made rotated = await(control.rotate(made.token().id()));
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, bearer(made.secret())));
    assertEquals(
        "ci", control.admit(Scope.DEPLOY, bearer(rotated.secret()), HERE).name());
    await(control.revoke(made.token().id()));
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, bearer(rotated.secret())));

    String late = file.create("late", Scope.READ).secret();
    timers.advance(AccessControl.REREAD);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        assertEquals(
            "late",
            control.admit(Scope.READ, bearer(late), "10.0.0." + until % 7).name());
        break;
      } catch (RuntimeFault notYet) {
        timers.advance(Duration.ofMinutes(1));
        assertTrue(System.nanoTime() < until, "the file was not read again");
      }
    }
    assertEquals("admin", control.admit(Scope.ADMIN, bearer(admin), HERE).name());
    control.stop();
  }

  @Test
  void guessingIsSlow() throws Exception {
    String secret = file.create("ops", Scope.READ).secret();
    AccessControl control = control(true);
    await(control.start());
    for (int i = 0; i < 10; i++) {
      assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, bearer("art_" + i)));
    }
    assertEquals(ErrorCode.RATE_LIMITED, refused(control, Scope.READ, bearer("art_10")));
    assertEquals(ErrorCode.RATE_LIMITED, refused(control, Scope.READ, bearer(secret)));
    assertEquals("ops", control.admit(Scope.READ, bearer(secret), "127.0.0.2").name());
    timers.advance(Duration.ofMinutes(1));
    assertEquals("ops", control.admit(Scope.READ, bearer(secret), HERE).name());
  }

  @Test
  void aFileThatIsNoneLetsNobodyIn() throws Exception {
    String secret = file.create("ops", Scope.READ).secret();
    Files.writeString(directory.resolve(TokenFile.NAME), "{");
    AccessControl control = control(true);
    Future<Void> started = control.start();
    await(started.transform(done -> Future.succeededFuture()));
    assertEquals(
        ErrorCode.INVALID_CONFIG,
        assertInstanceOf(RuntimeFault.class, started.cause()).code());
    assertEquals(ErrorCode.UNAUTHORIZED, refused(control, Scope.READ, bearer(secret)));
  }
}
