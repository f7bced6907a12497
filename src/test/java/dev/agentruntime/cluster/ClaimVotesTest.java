package dev.agentruntime.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.bus.Wire.ClaimAnswer.Word;
import dev.agentruntime.core.ProcessName;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClaimVotesTest {

  private static final ProcessName NAME = new ProcessName("ci-assistant");
  private static final boolean OLDER = true;
  private static final boolean YOUNGER = false;

  private static ClaimVotes recovered(ProcessName... names) {
    ClaimVotes votes = new ClaimVotes();
    votes.recovered(List.of(names));
    return votes;
  }

  @Test
  void whoOwnsRefusesEverybody() {
    ClaimVotes votes = recovered(NAME);
    assertEquals(Word.OWNED, votes.answer(NAME, "a", OLDER));
    assertEquals(Word.OWNED, votes.answer(NAME, "b", YOUNGER));
    votes.release(NAME);
    assertEquals(Word.GRANTED, votes.answer(NAME, "b", YOUNGER));
  }

  @Test
  void whoDoesNotKnowYetWhatItHasGrantsNothing() {
    ClaimVotes votes = new ClaimVotes();
    assertEquals(Word.LATER, votes.answer(NAME, "a", OLDER));
    votes.recovered(List.of());
    assertEquals(Word.GRANTED, votes.answer(NAME, "a", OLDER));

    ClaimVotes other = new ClaimVotes();
    other.want(new ProcessName("heartbeat"));
    assertEquals(Word.GRANTED, other.answer(NAME, "a", OLDER));
  }

  @Test
  void ofTwoThatWantItTheOlderGoesFirst() {
    ClaimVotes old = recovered();
    ClaimVotes young = recovered();
    old.want(NAME);
    young.want(NAME);
    assertEquals(Word.LATER, old.answer(NAME, "young", YOUNGER));
    assertEquals(Word.GRANTED, young.answer(NAME, "old", OLDER));

    old.settle(NAME, true);
    assertTrue(old.owns(NAME));
    assertEquals(Word.OWNED, old.answer(NAME, "young", YOUNGER));
  }

  @Test
  void whatTheOlderGrantedBeforeItWantedStays() {
    ClaimVotes old = recovered();
    ClaimVotes young = recovered();
    young.want(NAME);
    assertEquals(Word.GRANTED, old.answer(NAME, "young", YOUNGER));
    young.granted(NAME, "old");

    old.want(NAME);
    assertEquals(Word.LATER, young.answer(NAME, "old", OLDER));
    young.settle(NAME, true);
    assertEquals(Word.OWNED, young.answer(NAME, "old", OLDER));
  }

  @Test
  void aLostWishIsForgotten() {
    ClaimVotes votes = recovered();
    votes.want(NAME);
    votes.granted(NAME, "a");
    votes.settle(NAME, false);
    assertFalse(votes.owns(NAME));
    assertEquals(Word.GRANTED, votes.answer(NAME, "a", OLDER));
    votes.granted(NAME, "a"); // an answer that comes late changes nothing
    votes.want(NAME);
    assertEquals(Word.GRANTED, votes.answer(NAME, "a", OLDER));
  }
}
