package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The calls that are documented, each made of a real node as its file says. */
class TranscriptTest extends FullNode {

  static List<Transcript> transcripts() {
    return Transcript.all();
  }

  @ParameterizedTest
  @MethodSource("transcripts")
  void itGoesAsWritten(Transcript transcript) throws Exception {
    follow(transcript);
  }

  /** Every operation answers as it should in one of them. */
  @Test
  void everyOperationIsCalled() {
    Set<String> left = new TreeSet<>(ApiDocument.OURS.operations().keySet());
    for (Transcript transcript : transcripts()) {
      for (Transcript.Step step : transcript.steps()) {
        ApiDocument.Operation operation =
            ApiDocument.OURS.find(step.method(), step.target().split("\\?", 2)[0]);
        if (operation != null && step.status() < 300) {
          left.remove(operation.toString());
        }
      }
    }
    assertEquals(Set.of(), left, "no transcript calls these");
  }
}
