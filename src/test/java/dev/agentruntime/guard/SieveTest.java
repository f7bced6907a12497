package dev.agentruntime.guard;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SieveTest {

  @Test
  void findsAWordWhereverItStands() {
    Sieve sieve =
        Sieve.of(List.of("hunter2-hunter2", "\u00e4\u00f6\u00fc\u00df\u20ac-\u4e2d\u6587"));

    assertTrue(sieve.mayHold("hunter2-hunter2"));
    assertTrue(sieve.mayHold("it is hunter2-hunter2"));
    assertTrue(sieve.mayHold("hunter2-hunter2, it is"));
    assertTrue(sieve.mayHold("x\u00e4\u00f6\u00fc\u00df\u20ac-\u4e2d\u6587y"));
    assertFalse(sieve.mayHold(""));
    assertFalse(sieve.mayHold("hunter"));
    assertFalse(sieve.mayHold("Hunter2-Hunter2"));
    assertFalse(sieve.mayHold("a text that holds neither of them, and is long enough"));
  }

  @Test
  void takesWordsThatAreShorterThanItsWindow() {
    Sieve sieve = Sieve.of(List.of("abc", "longer-than-the-window"));

    assertTrue(sieve.mayHold("xabcx"));
    assertTrue(sieve.mayHold("longer-than-the-window"));
    assertFalse(sieve.mayHold("xabx"));
  }

  @Test
  void neverPassesATextThatHoldsAWord() {
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      List<String> words = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(30); i++) {
        words.add(text(random, 1 + random.nextInt(20)));
      }
      String word = words.get(random.nextInt(words.size()));
      String text = text(random, random.nextInt(40)) + word + text(random, random.nextInt(40));

      assertTrue(Sieve.of(words).mayHold(text), () -> words + " in " + text);
    }
  }

  @Test
  void passesNearlyAllOthers() {
    Random random = new Random(8);
    Sieve sieve = Sieve.of(List.of("0123456789", "9876543210"));
    int held = 0;
    for (int round = 0; round < 2_000; round++) {
      held += sieve.mayHold(text(random, 200)) ? 1 : 0;
    }
    assertTrue(held == 0, held + " of 2000 were taken for what they are not");
  }

  private static String text(Random random, int length) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < length; i++) {
      out.append((char) ('a' + random.nextInt(26)));
    }
    return out.toString();
  }
}
