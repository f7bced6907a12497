package dev.agentruntime.memory;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;

/** An embedding model in the test's JVM: a text is the sum of its words, each a direction. */
final class WordVectors implements EmbeddingModel {

  static final int DIMENSIONS = 256;

  @Override
  public Response<List<Embedding>> embedAll(List<TextSegment> texts) {
    return Response.from(
        texts.stream().map(text -> Embedding.from(vector(text.text()))).toList());
  }

  @Override
  public String modelName() {
    return "words";
  }

  static float[] vector(String text) {
    float[] vector = new float[DIMENSIONS];
    for (String word : TextScore.words(text)) {
      vector[Math.floorMod(word.hashCode() * 31, DIMENSIONS)] += 1;
    }
    if (text.isBlank() || TextScore.words(text).isEmpty()) {
      vector[0] = 1;
    }
    return vector;
  }
}
