package dev.agentruntime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.RuntimeConfig.HostPort;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Failure;
import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class PortStepsTest {

  private final List<Integer> tried = new ArrayList<>();

  private static HostPort loopback(int port) {
    return new HostPort("127.0.0.1", port);
  }

  /** A machine on which the ports below {@code free} are taken. */
  private IntFunction<Future<Integer>> machine(int free) {
    return port -> {
      tried.add(port);
      return port < free
          ? Future.failedFuture(new RuntimeException(new BindException("Address in use")))
          : Future.succeededFuture(port);
    };
  }

  private Integer bound(PortSteps steps, HostPort wanted, int free) {
    return steps.bind(wanted, machine(free)).result();
  }

  private Failure refused(PortSteps steps, HostPort wanted, int free) {
    Failure failure = Failure.of(steps.bind(wanted, machine(free)).cause());
    assertEquals(ErrorCode.START_FAILED, failure.code());
    return failure;
  }

  @Test
  void stepsOverTakenPorts() {
    assertEquals(9103, bound(new PortSteps(true), loopback(9100), 9103));
    assertEquals(List.of(9100, 9101, 9102, 9103), tried);
  }

  @Test
  void stopsAfterAHundredSteps() {
    assertEquals(9200, bound(new PortSteps(true), loopback(9100), 9200));
    tried.clear();
    Failure failure = refused(new PortSteps(true), loopback(9100), 9201);
    assertTrue(
        failure.message().contains("127.0.0.1:9100, expected=a free port from 9100 to 9200"),
        failure.message());
    assertEquals(101, tried.size());
    tried.clear();
    Failure atTheEnd = refused(new PortSteps(true), loopback(65_530), 70_000);
    assertTrue(atTheEnd.message().contains("from 65530 to 65535"), atTheEnd.message());
    assertEquals(6, tried.size());
  }

  @Test
  void doesNotStepWithoutAClusterOrOffLoopback() {
    Failure alone = refused(new PortSteps(false), loopback(9100), 9101);
    assertTrue(
        alone.message().startsWith("cannot listen on 127.0.0.1:9100, expected=a free port,"),
        alone.message());
    Failure elsewhere = refused(new PortSteps(true), new HostPort("10.0.0.7", 9100), 9101);
    assertTrue(elsewhere.message().contains("10.0.0.7:9100"), elsewhere.message());
    assertEquals(List.of(9100, 9100), tried);
  }

  @Test
  void whoKnowsItsOnlyPortExplainsItself() {
    var said = new RuntimeFault(ErrorCode.START_FAILED, "not free", new BindException("in use"));
    var bound = new PortSteps(false).bind(loopback(9100), port -> Future.failedFuture(said));
    assertEquals(said, bound.cause());
  }

  @Test
  void anotherFailureIsNoReasonToStep() {
    var cause = new IllegalStateException("no");
    var bound = new PortSteps(true).bind(loopback(9100), port -> Future.failedFuture(cause));
    assertEquals(cause, bound.cause());
  }

  @Test
  void portZeroIsLeftToTheSystem() {
    assertEquals(0, bound(new PortSteps(true), loopback(0), 0));
    assertEquals(List.of(0), tried);
  }

  @Test
  void neverSharesAPortWithItself() {
    var steps = new PortSteps(true);
    assertEquals(9100, bound(steps, loopback(9100), 0));
    assertEquals(9101, bound(steps, loopback(9100), 0));
    steps.release(9100);
    assertEquals(9100, bound(steps, loopback(9100), 0));

    var alone = new PortSteps(false);
    assertEquals(9100, bound(alone, loopback(9100), 0));
    Failure failure = refused(alone, loopback(9100), 0);
    assertTrue(failure.message().contains("this node listens there already"), failure.message());
  }

  @Test
  void knowsATakenPortOfTheMachine(Vertx vertx, VertxTestContext test) throws Exception {
    ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    int taken = other.getLocalPort();
    new PortSteps(true)
        .bind(loopback(taken), port -> server(vertx).listen(port, "127.0.0.1"))
        .eventually(() -> vertx.executeBlocking(() -> {
          other.close();
          return true;
        }))
        .onComplete(test.succeeding(bound -> test.verify(() -> {
          assertTrue(bound.actualPort() > taken, bound.actualPort() + " after " + taken);
          test.completeNow();
        })));
  }

  private static HttpServer server(Vertx vertx) {
    return vertx.createHttpServer().requestHandler(request -> {});
  }
}
