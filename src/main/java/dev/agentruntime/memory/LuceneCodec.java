package dev.agentruntime.memory;

import java.io.IOException;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.lucene912.Lucene912Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;

/**
 * Lucene's own format, for vectors of up to {@value #DIMENSIONS_MAX} numbers instead of 1,024: the
 * usual models answer 1,536 or 3,072. What it writes is read without it.
 */
final class LuceneCodec extends Lucene912Codec {

  static final int DIMENSIONS_MAX = 4_096;

  private static final KnnVectorsFormat VECTORS = new Wide();

  @Override
  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
    return VECTORS;
  }

  private static final class Wide extends KnnVectorsFormat {
    private final KnnVectorsFormat usual;

    Wide() {
      this(new Lucene99HnswVectorsFormat());
    }

    private Wide(KnnVectorsFormat usual) {
      super(usual.getName());
      this.usual = usual;
    }

    @Override
    public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
      return usual.fieldsWriter(state);
    }

    @Override
    public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
      return usual.fieldsReader(state);
    }

    @Override
    public int getMaxDimensions(String field) {
      return DIMENSIONS_MAX;
    }
  }
}
