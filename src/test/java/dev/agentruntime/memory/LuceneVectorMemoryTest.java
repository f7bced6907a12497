package dev.agentruntime.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.config.MemoryConfig;
import dev.agentruntime.config.MemorySettings;
import dev.agentruntime.contract.MemoryContract;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lucene with an embedding model: by words and by meaning. */
final class LuceneVectorMemoryTest extends MemoryContract {

  @TempDir
  @SuppressWarnings("NullAway.Init") // filled by JUnit
  Path directory;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Memories memories;

  /** Knows that a car is an automobile; 3,072 numbers, as a usual model has. */
  private static final class Synonyms implements EmbeddingModel {
    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
      return Response.from(texts.stream()
          .map(text -> {
            float[] vector = new float[3_072];
            boolean car = text.text().contains("car") || text.text().contains("automobile");
            vector[car ? 0 : 1] = 1;
            return Embedding.from(vector);
          })
          .toList());
    }

    @Override
    public String modelName() {
      return "synonyms";
    }
  }

  private Memories memories(EmbeddingModel model) {
    return MemoryFixture.memories(vertx, directory, MemorySettings.DEFAULT, model);
  }

  @Override
  protected Memory open() {
    memories = memories(new WordVectors());
    return lucene();
  }

  @Override
  protected void close() throws Exception {
    done(memories.close());
  }

  private Memory lucene() {
    return memories.create(MemoryFixture.config(MemoryConfig.Provider.LUCENE));
  }

  @Test
  void findsByMeaningWhatSharesNoWordAndByWordsWhatAnotherModelStored() throws Exception {
    done(lucene().store(MINE, memo("old", "pears of last year")));
    done(memories.close());
    memories = memories(new Synonyms());
    done(lucene().store(MINE, memo("car", "his automobile is red")));
    done(lucene().store(MINE, memo("tree", "the tree is green")));

    List<Memory.Found> near = await(lucene().search(MINE, "which car", 5, 0.9));
    assertEquals(List.of("car"), near.stream().map(one -> one.memo().id()).toList());
    assertEquals(1, near.get(0).score(), 1e-6);
    List<Memory.Found> old = await(lucene().search(MINE, "pears", 5, 0.5));
    assertEquals("old", old.get(0).memo().id());
  }
}
