package dev.agentruntime.context;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.Message;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is kept of what was said. */
final class ConversationTest {

  private static Conversation after(int exchanges, int max) {
    Conversation conversation = Conversation.EMPTY;
    for (int i = 1; i <= exchanges; i++) {
      conversation = conversation.with(new Message.UserText("q" + i), "a" + i, max);
    }
    return conversation;
  }

  private static String shown(Conversation conversation) {
    return conversation.messages().stream()
        .map(message -> message instanceof Message.UserText user
            ? user.text()
            : ((Message.Assistant) message).text())
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "0, q1 a1 q2 a2 q3 a3",
    "6, q1 a1 q2 a2 q3 a3",
    "5, q2 a2 q3 a3",
    "4, q2 a2 q3 a3",
    "3, q3 a3",
    "2, q3 a3",
    "1, ''",
  })
  void theOldestExchangesGoFirstAndWhole(int max, String expected) {
    assertEquals(expected, shown(after(3, max)));
  }

  @Test
  void addingLeavesTheEarlierOneAlone() {
    Conversation one = after(1, 0);
    assertEquals("q1 a1 q a", shown(one.with(new Message.UserText("q"), "a", 0)));
    assertEquals("q1 a1", shown(one));
  }

  @Test
  void itIsRebuiltFromItsMessages() {
    Conversation two = after(2, 0);
    assertEquals(two, Conversation.of(two.messages()));
    assertEquals(Conversation.EMPTY, Conversation.of(List.of()));
  }
}
