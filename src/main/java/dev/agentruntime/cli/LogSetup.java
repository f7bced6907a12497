package dev.agentruntime.cli;

import dev.agentruntime.console.Console;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Logging of the process: a line per record on standard error, {@code time LEVEL source message},
 * control characters escaped, so that no text from outside can forge a line.
 */
final class LogSetup {

  private static final int LINE_MAX = 8_192;
  private static final int FRAMES_MAX = 16;

  /** Libraries that tell more than an operator wants to hear. */
  private static final List<String> QUIET =
      List.of("io.vertx", "io.netty", "com.hazelcast", "dev.langchain4j", "jdk.event.security");

  /** It repeats what servers of tools say of themselves; what counts is logged by us. */
  private static final String MUTE = "io.modelcontextprotocol";

  // The log manager holds loggers weakly: a level that nobody holds is forgotten.
  private static final List<Logger> HELD = new ArrayList<>();

  private static final AtomicReference<UnaryOperator<String>> REDACTION =
      new AtomicReference<>(UnaryOperator.identity());

  private LogSetup() {}

  /** From now on what {@code redact} takes out of a line is not logged. */
  static void redacting(UnaryOperator<String> redact) {
    REDACTION.set(redact);
  }

  /** Sends all records of this JVM to {@code err}. Called once, before anything is logged. */
  static void install(PrintWriter err) {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.INFO);
    root.addHandler(new Lines(err));
    QUIET.forEach(name -> hold(name, Level.WARNING));
    hold(MUTE, Level.SEVERE);
  }

  private static void hold(String name, Level level) {
    Logger logger = Logger.getLogger(name);
    logger.setLevel(level);
    HELD.add(logger);
  }

  /** A record as one line, without the line break. */
  static String line(LogRecord record) {
    StringBuilder line = new StringBuilder(160)
        .append(record.getInstant())
        .append(' ')
        .append(word(record.getLevel()))
        .append(' ')
        .append(source(record.getLoggerName()))
        .append(' ')
        .append(Console.printable(new SimpleFormatter().formatMessage(record)));
    Throwable thrown = record.getThrown();
    while (thrown != null && line.length() < LINE_MAX) {
      line.append(" | ").append(Console.printable(thrown.toString()));
      StackTraceElement[] frames = thrown.getStackTrace();
      for (int i = 0; i < Math.min(FRAMES_MAX, frames.length); i++) {
        line.append(" at ").append(frames[i]);
      }
      thrown = thrown.getCause();
    }
    String clean = Objects.requireNonNull(REDACTION.get()).apply(line.toString());
    return clean.length() <= LINE_MAX ? clean : clean.substring(0, LINE_MAX) + "...";
  }

  private static String word(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "WARN ";
    }
    return level.intValue() >= Level.INFO.intValue()
        ? "INFO "
        : level.getName().toUpperCase(Locale.ROOT);
  }

  private static String source(@Nullable String logger) {
    return logger == null ? "-" : logger.substring(logger.lastIndexOf('.') + 1);
  }

  private static final class Lines extends Handler {

    private final PrintWriter err;

    Lines(PrintWriter err) {
      this.err = err;
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        err.println(line(record));
      }
    }

    @Override
    public void flush() {
      err.flush();
    }

    @Override
    public void close() {
      flush();
    }
  }
}
