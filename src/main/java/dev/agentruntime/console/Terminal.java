package dev.agentruntime.console;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** What a command knows of the terminal it is read on. */
public final class Terminal {

  /** A screen of those that never say. */
  private static final int ROWS_USUAL = 24;

  /** Moves to the upper left corner. */
  static final String HOME = "\u001b[H";

  /** Clears to the end of the line. */
  static final String REST_OF_LINE = "\u001b[K";

  /** Clears to the end of the screen. */
  static final String REST_OF_SCREEN = "\u001b[J";

  private Terminal() {}

  /** How many rows it has now, as {@code stty} says; 24 where there is none to ask. */
  public static int rows() {
    try {
      Process stty = new ProcessBuilder("stty", "size")
          .redirectInput(new File("/dev/tty"))
          .redirectErrorStream(true)
          .start();
      String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0 ? rows(said) : ROWS_USUAL;
    } catch (IOException e) {
      return ROWS_USUAL;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ROWS_USUAL;
    }
  }

  /** The rows in what {@code stty size} says. */
  static int rows(String said) {
    String first = said.strip().split(" ", -1)[0];
    return first.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(first) : ROWS_USUAL;
  }
}
