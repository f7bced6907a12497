package dev.agentruntime.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** The frame of every scenario: measure, then print the figures, the settings and the noise. */
abstract class Scenario implements Callable<Integer> {

  @Mixin
  final Options options = new Options();

  private final List<Series> all = new ArrayList<>();
  private final List<Series> rates = new ArrayList<>();

  /** Measures; hands each figure to {@link #show} as soon as it is there. */
  abstract void measure(Bench bench) throws Exception;

  /** Prints a figure. */
  final void show(Series series) {
    series.lines().forEach(System.out::println);
    System.out.println();
    all.add(series);
  }

  /** Prints a rate, by which the machine's noise is judged too. */
  final void showRate(Series series) {
    show(series);
    rates.add(series);
  }

  /** Tells how far it is. */
  static void progress(String text) {
    System.err.println(text);
  }

  @Override
  public final Integer call() throws Exception {
    double load = ProcFs.load();
    try (Bench bench = new Bench(options)) {
      measure(bench);
    }
    options.lines(load).forEach(System.out::println);
    List<String> noise = Noise.reasons(load, rates);
    (noise.isEmpty() ? List.of("quiet") : noise).forEach(System.out::println);
    return all.isEmpty() ? 1 : 0;
  }

  /** Runs a scenario as a program. */
  static void run(Scenario scenario, String[] args) {
    int code = new CommandLine(scenario)
        .setExecutionExceptionHandler((failed, command, parsed) -> {
          System.err.println(failed.getMessage() == null ? failed : failed.getMessage());
          return 1;
        })
        .execute(args);
    System.exit(code);
  }
}
