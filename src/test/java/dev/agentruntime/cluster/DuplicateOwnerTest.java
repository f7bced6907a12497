package dev.agentruntime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.cluster.DuplicateOwner.Copy;
import dev.agentruntime.cluster.DuplicateOwner.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DuplicateOwnerTest {

  @ParameterizedTest(name = "older accepted={0}, younger accepted={1}: older {2}, younger {3}")
  @CsvSource({
    "false, false, KEEP,    YIELD",
    "true,  false, KEEP,    YIELD",
    "false, true,  YIELD,   KEEP",
    "true,  true,  SUSPEND, SUSPEND",
  })
  void bothSidesDecideAlike(boolean older, boolean younger, Verdict ofOlder, Verdict ofYounger) {
    Copy first = new Copy(older, 0);
    Copy second = new Copy(younger, 2);
    assertEquals(ofOlder, DuplicateOwner.decide(first, second));
    assertEquals(ofYounger, DuplicateOwner.decide(second, first));
  }

  @Test
  void aloneNothingChanges() {
    assertEquals(Verdict.KEEP, DuplicateOwner.decide(new Copy(false, 1), List.of()));
  }

  @Test
  void whateverThreeCopiesDidTheirVerdictsFit() {
    for (int bits = 0; bits < 8; bits++) {
      List<Copy> copies = List.of(
          new Copy((bits & 1) != 0, 0), new Copy((bits & 2) != 0, 1), new Copy((bits & 4) != 0, 2));
      List<Verdict> verdicts = copies.stream()
          .map(copy -> DuplicateOwner.decide(
              copy, copies.stream().filter(other -> !other.equals(copy)).toList()))
          .toList();
      int accepted = Integer.bitCount(bits);
      long kept = verdicts.stream().filter(Verdict.KEEP::equals).count();
      long held = verdicts.stream().filter(Verdict.SUSPEND::equals).count();
      assertEquals(accepted > 1 ? 0 : 1, kept, copies + " " + verdicts);
      assertEquals(accepted > 1 ? accepted : 0, held, copies + " " + verdicts);
    }
  }
}
