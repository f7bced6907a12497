package dev.agentruntime.load;

import dev.agentruntime.core.RuntimeFault;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Loads a webhook of a running node: exit code 0 when every request was accepted, 1 when not, 2
 * when the command line is wrong.
 */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Loads a webhook of a running node with POSTs of JSON and reports what came back.",
      "Each accepted request wakes the agent behind the webhook: use an agent made for it."
    })
public final class BenchCommand implements Callable<Integer> {

  private static final int EXIT_OK = 0;
  private static final int EXIT_FAILED = 1;

  /** Connecting and the wait for late answers come on top of the duration. */
  private static final Duration MARGIN = Duration.ofMinutes(2);

  @Spec
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9090/webhook",
      description = "The webhook (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private String url;

  @ArgGroup(exclusive = true)
  private @Nullable Pace pace;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = DurationText.class,
      description = "How long to send: 500ms, 10s, 5m (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // filled by picocli
  private Duration duration;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Stop after so many requests, if that is sooner.")
  private long count = LoadPlan.COUNT_MAX;

  @Option(
      names = "--size",
      paramLabel = "BYTES",
      defaultValue = "200",
      description = "Length of each body, 100..1048576 (default: ${DEFAULT-VALUE}).")
  private int size;

  @Option(
      names = "--secret",
      paramLabel = "SECRET",
      description = {
        "Sign as GitHub does (X-Hub-Signature-256, a new X-GitHub-Delivery each).",
        "Unsigned requests carry a new Idempotency-Key each."
      })
  private @Nullable String secret;

  @Option(names = "--json", description = "Print the report as one JSON object.")
  private boolean json;

  /** One of the two models. */
  private static final class Pace {
    @Option(
        names = "--rate",
        paramLabel = "R",
        required = true,
        description = "Open model: R requests a second, latency from the intended send time.")
    private @Nullable Integer rate;

    @Option(
        names = "--connections",
        paramLabel = "N",
        required = true,
        description = "Closed model: N connections as fast as answers come (default: 64).")
    private @Nullable Integer connections;
  }

  @Override
  public Integer call() throws InterruptedException {
    LoadPlan plan = plan();
    PrintWriter err = spec.commandLine().getErr();
    LoadGenerator generator = LoadGenerator.open();
    try {
      LoadReport report = await(
          generator.run(plan, progress -> {
            err.println(progress.line());
            err.flush();
          }),
          plan.duration().plus(MARGIN));
      print(report);
      return report.clean() ? EXIT_OK : EXIT_FAILED;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      err.println("error: bench: " + cause.getMessage());
      return EXIT_FAILED;
    } catch (TimeoutException e) {
      err.println("error: bench: no end, expected=within " + plan.duration().plus(MARGIN));
      return EXIT_FAILED;
    } finally {
      generator.close().onFailure(cause -> err.println("error: bench: " + cause.getMessage()));
    }
  }

  private void print(LoadReport report) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(report.json().encode());
    } else {
      report.lines().forEach(out::println);
    }
    out.flush();
  }

  private LoadPlan plan() {
    try {
      return new LoadPlan(LoadPlan.Target.of(url), chosen(), size, secret, duration, count);
    } catch (RuntimeFault refused) {
      throw new ParameterException(spec.commandLine(), "bench: " + refused.getMessage(), refused);
    }
  }

  private LoadPlan.Pace chosen() {
    if (pace != null && pace.rate != null) {
      return new LoadPlan.Open(pace.rate);
    }
    return new LoadPlan.Closed(pace == null || pace.connections == null ? 64 : pace.connections);
  }

  private static <T> T await(Future<T> future, Duration bound)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(bound.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Reads {@code 500ms}, {@code 10s}, {@code 5m}. */
  static final class DurationText implements ITypeConverter<Duration> {

    private static final Pattern SHAPE = Pattern.compile("(\\d{1,9})(ms|s|m)");

    @Override
    public Duration convert(String text) {
      Matcher matcher = SHAPE.matcher(text.toLowerCase(Locale.ROOT));
      if (!matcher.matches()) {
        throw new TypeConversionException(
            "expected=a number with ms, s or m such as 10s, actual=" + text);
      }
      long number = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        default -> Duration.ofMinutes(number);
      };
    }
  }
}
