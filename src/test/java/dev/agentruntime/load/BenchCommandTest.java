package dev.agentruntime.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpNeedsNoNode() {
    assertEquals(0, run("--help"));
    assertTrue(out.toString().contains("--rate=R"), out.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rate 5 --connections 5 | mutually exclusive",
        "--url https://x/ | url, expected=http://HOST:PORT/PATH, actual=https://x/",
        "--duration 10 | expected=a number with ms, s or m such as 10s, actual=10",
        "--duration 2h | expected=a number with ms, s or m such as 10s, actual=2h",
        "--duration 0s | duration, expected=10ms..1h, actual=PT0S",
        "--size 5 | size, expected=100..1048576, actual=5",
        "--rate 0 | rate, expected=1..1000000, actual=0",
        "--connections 5000 | connections, expected=1..4096, actual=5000",
        "--count 0 | count, expected=1..100000000, actual=0",
        "--wrong | Unknown option: '--wrong'",
      })
  void refusesAWrongCommandLine(String args, String message) {
    assertEquals(2, run(args.split(" ", -1)));
    assertTrue(err.toString().contains(message), err.toString());
  }

  @Test
  void failsWhenNothingListens() {
    assertEquals(1, run("--url", "http://127.0.0.1:1/x", "--duration", "50ms"));
    assertTrue(
        err.toString().startsWith("error: bench: http://127.0.0.1:1/x cannot be reached: "),
        err.toString());
  }

  @Test
  void printsTheReportAndItsJson() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      String url = "http://127.0.0.1:" + serve(vertx, 202) + "/bench";

      assertEquals(
          0, run("--url", url, "--connections", "2", "--count", "40", "--duration", "15s"));
      assertTrue(out.toString().contains("accepted    40  ("), out.toString());

      out.getBuffer().setLength(0);
      assertEquals(0, run("--url", url, "--rate", "200", "--duration", "100ms", "--json"));
      assertEquals(20, new JsonObject(out.toString()).getInteger("accepted"));
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void failsWhenARequestIsNotAccepted() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      String url = "http://127.0.0.1:" + serve(vertx, 404) + "/bench";
      assertEquals(1, run("--url", url, "--count", "3", "--connections", "1"));
      assertTrue(out.toString().contains("other       3  status 404"), out.toString());
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static int serve(Vertx vertx, int status) throws Exception {
    HttpServer server = vertx
        .createHttpServer()
        .requestHandler(request -> request.response().setStatusCode(status).end())
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    return server.actualPort();
  }

  private int run(String... args) {
    return new CommandLine(new BenchCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
