package dev.agentruntime.journal;

import dev.agentruntime.core.ProcessId;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A segment that holds entries, as readers see it: up to where it is durable, and where each
 * process begins in it. The writer adds, any thread reads.
 */
final class Segment {

  private static final Pattern NAME = Pattern.compile("[0-9]{8}\\.jsonl");

  private final int number;
  private final Path file;
  private final AtomicLong durableEnd = new AtomicLong();
  private final ConcurrentHashMap<ProcessId, Mark> marks = new ConcurrentHashMap<>();

  Segment(Path directory, int number) {
    this.number = number;
    this.file = directory.resolve(name(number));
  }

  /** {@code 00000001.jsonl} for 1. */
  static String name(int number) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, 8 - digits.length())) + digits + ".jsonl";
  }

  /** The number of a file of that name, 0 when it is no segment. */
  static int number(String name) {
    return NAME.matcher(name).matches() ? Integer.parseInt(name.substring(0, 8)) : 0;
  }

  int number() {
    return number;
  }

  Path file() {
    return file;
  }

  /** Everything before this offset is durable, or was never there. */
  long durableEnd() {
    return durableEnd.get();
  }

  void durableEnd(long end) {
    durableEnd.set(end);
  }

  /** Notes where an entry stands, if it is its process's first here. */
  void note(ProcessId process, long sequence, long offset) {
    if (!marks.containsKey(process)) {
      marks.put(process, new Mark(sequence, offset));
    }
  }

  @Nullable
  Mark mark(ProcessId process) {
    return marks.get(process);
  }

  /** The first entry of a process in a segment. */
  record Mark(long sequence, long offset) {}
}
