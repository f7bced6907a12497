package dev.agentruntime.memory;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Hex;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.llm.EmbeddingSpending;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Memories in a Lucene index on this node's disk: found by their words, and, when there is an
 * embedding model, by their meaning too; a memory is as near as the nearer of both says. A memory
 * that was stored under another model, or none, is found by its words. Safe on every thread.
 *
 * <p>A document: {@code key} (scope and id, unique), {@code scope}, {@code id}, {@code origin},
 * {@code invocation}, {@code text} (the words), {@code memo} (the memory as JSON), and {@code
 * v_...}, a vector, named after the model and its dimensions.
 */
final class LuceneMemory implements Memory {

  /** Different words of a question that are searched for. */
  private static final int WORDS_MAX = 256;

  private final LuceneIndex index;
  private final @Nullable Embedder embedder;
  private final EmbeddingSpending spending;

  LuceneMemory(LuceneIndex index, @Nullable Embedder embedder, EmbeddingSpending spending) {
    this.index = index;
    this.embedder = embedder;
    this.spending = spending;
  }

  @Override
  public Memory countedBy(EmbeddingSpending other) {
    return new LuceneMemory(index, embedder, other);
  }

  @Override
  public Future<Void> store(Scope scope, Memo memo) {
    return vector(memo.content())
        .compose(vector -> index.change(writer -> {
          Document document = document(scope, memo, vector);
          writer.updateDocument(new Term("key", key(scope, memo.id())), document);
          return 1;
        }))
        .mapEmpty();
  }

  private Document document(Scope scope, Memo memo, float[] vector) {
    Document document = new Document();
    document.add(new StringField("key", key(scope, memo.id()), Field.Store.NO));
    document.add(new StringField("scope", scope.key(), Field.Store.NO));
    document.add(new StringField("id", memo.id(), Field.Store.NO));
    document.add(new SortedDocValuesField("id", new BytesRef(memo.id())));
    document.add(new StringField("origin", memo.from().origin(), Field.Store.NO));
    String invocation = memo.from().invocation();
    if (invocation != null) {
      document.add(new StringField("invocation", invocation, Field.Store.NO));
    }
    document.add(new TextField("text", memo.content(), Field.Store.NO));
    document.add(new StoredField("memo", memo.json().bytes()));
    if (vector.length > 0) {
      document.add(new KnnFloatVectorField(field(vector), vector, VectorSimilarityFunction.COSINE));
    }
    return document;
  }

  @Override
  public Future<List<Found>> search(Scope scope, String text, int max, double minScore) {
    return vector(text)
        .compose(vector -> index.look(searcher -> {
          Map<String, Found> found = new HashMap<>();
          byWords(searcher, scope, text, max, found);
          if (vector.length > 0) {
            byMeaning(searcher, scope, vector, max, found);
          }
          return found.values().stream()
              .filter(one -> one.score() > 0 && one.score() >= minScore)
              .sorted(Comparator.comparingDouble(Found::score)
                  .reversed()
                  .thenComparing(one -> one.memo().id()))
              .limit(max)
              .toList();
        }));
  }

  private static void byWords(
      IndexSearcher searcher, Scope scope, String text, int max, Map<String, Found> found)
      throws IOException {
    long texts = searcher.getIndexReader().getDocCount("text");
    BooleanQuery.Builder query = new BooleanQuery.Builder();
    double weights = 0;
    Set<String> words = words(text);
    for (String word : words) {
      Term term = new Term("text", word);
      query.add(new TermQuery(term), Occur.SHOULD);
      weights += TextScore.weight(searcher.getIndexReader().docFreq(term), texts);
    }
    if (words.isEmpty()) {
      return;
    }
    query.setMinimumNumberShouldMatch(1);
    query.add(new TermQuery(new Term("scope", scope.key())), Occur.FILTER);
    double best = TextScore.best(weights);
    for (ScoreDoc hit : searcher.search(query.build(), max).scoreDocs) {
      keep(searcher, hit, Math.min(1, hit.score / best), found);
    }
  }

  private void byMeaning(
      IndexSearcher searcher, Scope scope, float[] vector, int max, Map<String, Found> found)
      throws IOException {
    Query inScope = new TermQuery(new Term("scope", scope.key()));
    Query near = new KnnFloatVectorQuery(field(vector), vector, max, inScope);
    for (ScoreDoc hit : searcher.search(near, max).scoreDocs) {
      // Lucene says (1 + cosine) / 2.
      keep(searcher, hit, Math.max(0, Math.min(1, 2 * hit.score - 1)), found);
    }
  }

  /** The words of a question, as those of memories were told apart. */
  private static Set<String> words(String text) throws IOException {
    Set<String> words = new LinkedHashSet<>();
    try (Analyzer analyzer = new StandardAnalyzer();
        TokenStream tokens = analyzer.tokenStream("text", text)) {
      CharTermAttribute word = tokens.addAttribute(CharTermAttribute.class);
      tokens.reset();
      while (words.size() < WORDS_MAX && tokens.incrementToken()) {
        words.add(word.toString());
      }
    }
    return words;
  }

  private static void keep(
      IndexSearcher searcher, ScoreDoc hit, double score, Map<String, Found> found)
      throws IOException {
    Memo memo = memo(searcher, hit);
    found.merge(
        memo.id(), new Found(memo, score), (one, other) -> one.score() < score ? other : one);
  }

  private static Memo memo(IndexSearcher searcher, ScoreDoc hit) throws IOException {
    BytesRef stored =
        searcher.storedFields().document(hit.doc, Set.of("memo")).getBinaryValue("memo");
    if (stored == null) {
      throw new IOException("a document without its memory");
    }
    return Memo.of(Json.parse(BytesRef.deepCopyOf(stored).bytes).object());
  }

  @Override
  public Future<Page> list(Scope scope, Where where, int limit, @Nullable String cursor) {
    return index.look(searcher -> {
      BooleanQuery.Builder query = query(scope, where);
      if (cursor != null) {
        query.add(TermRangeQuery.newStringRange("id", cursor, null, false, true), Occur.FILTER);
      }
      Sort byId = new Sort(new SortField("id", SortField.Type.STRING));
      List<Memo> memos = new ArrayList<>();
      for (ScoreDoc hit : searcher.search(query.build(), limit + 1, byId).scoreDocs) {
        memos.add(memo(searcher, hit));
      }
      boolean more = memos.size() > limit;
      return new Page(
          more ? memos.subList(0, limit) : memos, more ? memos.get(limit - 1).id() : null);
    });
  }

  @Override
  public Future<Integer> forget(Scope scope, Where where) {
    return index.change(writer -> {
      Query query = query(scope, where).build();
      int count = count(writer, query);
      long ignored = writer.deleteDocuments(query);
      return count;
    });
  }

  private static int count(IndexWriter writer, Query query) throws IOException {
    try (DirectoryReader now = DirectoryReader.open(writer)) {
      return new IndexSearcher(now).count(query);
    }
  }

  private static BooleanQuery.Builder query(Scope scope, Where where) {
    BooleanQuery.Builder query =
        new BooleanQuery.Builder().add(new TermQuery(new Term("scope", scope.key())), Occur.FILTER);
    must(query, "id", where.id());
    must(query, "origin", where.origin());
    must(query, "invocation", where.invocation());
    return query;
  }

  private static void must(BooleanQuery.Builder query, String field, @Nullable String value) {
    if (value != null) {
      query.add(new TermQuery(new Term(field, value)), Occur.FILTER);
    }
  }

  /** The vector of a text, empty without a model. */
  private Future<float[]> vector(String text) {
    return embedder == null
        ? Future.succeededFuture(new float[0])
        : embedder.embed(text, spending).compose(LuceneMemory::fitting);
  }

  private static Future<float[]> fitting(float[] vector) {
    return vector.length <= LuceneCodec.DIMENSIONS_MAX
        ? Future.succeededFuture(vector)
        : Future.failedFuture(new RuntimeFault(
            ErrorCode.INVALID_CONFIG,
            "memory.embedding: vectors, expected<=" + LuceneCodec.DIMENSIONS_MAX
                + " dimensions, actual=" + vector.length));
  }

  /** Vectors of different models cannot be compared. */
  private String field(float[] vector) {
    String space = embedder == null ? "" : embedder.space();
    return "v_" + Hex.sha256(space).substring(0, 16) + "_" + vector.length;
  }

  private static String key(Scope scope, String id) {
    return scope.key() + "\n" + id;
  }
}
