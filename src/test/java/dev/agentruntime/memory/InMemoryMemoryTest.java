package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.contract.MemoryContract;
import org.junit.jupiter.api.Test;

final class InMemoryMemoryTest extends MemoryContract {

  @Override
  protected Memory open() {
    return new Bounded(new InMemoryMemory());
  }

  @Override
  protected void close() {}

  @Test
  void keepsTheNewest() throws Exception {
    Memory memory = new InMemoryMemory();
    for (int i = 0; i <= InMemoryMemory.SCOPE_MAX; i++) {
      done(memory.store(MINE, memo(String.format("%05d", i), "apples " + i)));
    }

    Memory.Page page = await(memory.list(MINE, Memory.Where.ALL, 1, null));
    assertEquals("00001", page.memos().get(0).id());
  }
}
