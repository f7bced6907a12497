package dev.agentruntime.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimsTest {

  private static final ProcessName NAME = new ProcessName("ci-assistant");
  private static final NodeId ONE = new NodeId("node-1");
  private static final NodeId TWO = new NodeId("node-2");

  @TempDir
  Path data;

  private Path file;
  private Claims one;
  private Claims two;

  @BeforeEach
  void open() {
    file = data.resolve("claims").resolve(NAME.value());
    one = new Claims(new RealDisk(), data);
    two = new Claims(new RealDisk(), data);
  }

  @Test
  void theFirstClaimDecidesUntilItIsGivenBack() throws Exception {
    assertEquals(ONE, one.claim(NAME, ONE));
    assertEquals("node-1\n", Files.readString(file));
    assertEquals(ONE, two.claim(NAME, TWO));
    assertEquals(ONE, one.claim(NAME, ONE));

    assertFalse(two.release(NAME, TWO));
    assertEquals(Optional.of(ONE), two.holder(NAME));
    assertTrue(one.release(NAME, ONE));
    assertEquals(Optional.empty(), two.holder(NAME));
    assertEquals(TWO, two.claim(NAME, TWO));
  }

  @Test
  void nothingIsThereBeforeTheFirstClaim() {
    assertEquals(Map.of(), one.all());
    assertEquals(Optional.empty(), one.holder(NAME));
    assertFalse(one.release(NAME, ONE));
    assertFalse(Files.exists(data.resolve("claims")));
  }

  @Test
  void ofTwoRacingClaimersOneWinsAndBothAreToldWho() throws Exception {
    for (int round = 0; round < 40; round++) {
      ProcessName name = new ProcessName("racer-" + round);
      NodeId[] told = race(name);
      assertEquals(told[0], told[1]);
      assertEquals(Optional.of(told[0]), one.holder(name));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\0\0\0\0\0\0\0"})
  void whatACrashLeftEmptyIsNobodys(String left) throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, left);

    assertEquals(Optional.empty(), one.holder(NAME));
    assertEquals(Map.of(), one.all());
    assertEquals(TWO, two.claim(NAME, TWO));
    assertEquals(TWO, one.claim(NAME, ONE));
    assertEquals("node-2\n", Files.readString(file));
  }

  @Test
  void twoClaimersOfAnEmptyFileAgree() throws Exception {
    Files.createDirectories(file.getParent());
    for (int round = 0; round < 40; round++) {
      ProcessName name = new ProcessName("empty-" + round);
      Files.writeString(file.resolveSibling(name.value()), "");
      NodeId[] told = race(name);
      assertEquals(told[0], told[1]);
    }
  }

  @Test
  void aFileThatNamesNoNodeIsRefusedByName() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "what is this\n");

    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> one.claim(NAME, ONE));
    assertEquals(ErrorCode.STORAGE, fault.code());
    assertTrue(
        fault.failure().message().contains("ci-assistant"), fault.failure().message());
    assertTrue(
        fault.failure().message().contains("\"what is this\""), fault.failure().message());
    assertEquals("what is this\n", Files.readString(file));
  }

  @Test
  void aSystemProcessIsNeverClaimed() {
    assertThrows(IllegalArgumentException.class, () -> one.claim(ProcessName.system(ONE), ONE));
  }

  @Test
  void afterRecoveryTheClaimsSayWhatTheJournalSays() {
    ProcessName mine = new ProcessName("mine");
    ProcessName lost = new ProcessName("lost");
    ProcessName crashed = new ProcessName("crashed");
    assertEquals(TWO, two.claim(lost, TWO));
    assertEquals(ONE, one.claim(crashed, ONE));

    assertEquals(Map.of(lost, TWO), one.reclaim(Set.of(mine, lost), ONE));
    assertEquals(Map.of(mine, ONE, lost, TWO), two.all());
  }

  @Test
  void aClaimOfAnotherIsForgottenOnlyWhileItSaysSo() {
    assertEquals(ONE, one.claim(NAME, ONE));
    assertFalse(two.forget(NAME, TWO));
    assertTrue(two.forget(NAME, ONE));
    assertEquals(TWO, two.claim(NAME, TWO));
  }

  @Test
  void nodesOfOneDirectoryReadOneId() {
    assertEquals("first", one.directoryId(() -> "first"));
    assertEquals("first", two.directoryId(() -> "second"));
    assertEquals(Map.of(), one.all());
  }

  private NodeId[] race(ProcessName name) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    CyclicBarrier start = new CyclicBarrier(2);
    try {
      Future<NodeId> first = pool.submit(() -> insist(start, one, name, ONE));
      Future<NodeId> second = pool.submit(() -> insist(start, two, name, TWO));
      return new NodeId[] {first.get(20, TimeUnit.SECONDS), second.get(20, TimeUnit.SECONDS)};
    } finally {
      pool.shutdownNow();
    }
  }

  // Whoever finds the other replacing an empty file is refused, and may ask again.
  private static NodeId insist(CyclicBarrier start, Claims claims, ProcessName name, NodeId node)
      throws Exception {
    start.await(20, TimeUnit.SECONDS);
    while (true) {
      try {
        return claims.claim(name, node);
      } catch (RuntimeFault busy) {
        assertEquals(ErrorCode.STORAGE, busy.code());
        Thread.onSpinWait();
      }
    }
  }
}
