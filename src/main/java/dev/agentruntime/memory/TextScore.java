package dev.agentruntime.memory;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How near a text is to a question by its words, BM25 as Lucene has it, and as a score from 0 to 1:
 * 1 is a text of usual length that holds each word of the question. The score of a text says the
 * same whatever else is remembered, which a bare BM25 does not. Immutable.
 */
final class TextScore {

  /** How quickly a repeated word stops to count. */
  static final float K1 = 1.2f;

  /** How much the length of a text counts. */
  static final float B = 0.75f;

  private final Map<String, Double> weights = new HashMap<>();
  private final double best;
  private final double usualLength;

  /** Words of a text and how often it holds them. */
  record Counted(Map<String, Integer> words, int length) {}

  TextScore(String question, List<Counted> texts) {
    Set<String> words = new LinkedHashSet<>(words(question));
    words.forEach(word -> weights.put(
        word,
        weight(
            texts.stream().filter(text -> text.words().containsKey(word)).count(), texts.size())));
    best = best(weights.values().stream().mapToDouble(weight -> weight).sum());
    usualLength = texts.stream().mapToInt(Counted::length).average().orElse(1);
  }

  static List<String> words(String text) {
    return List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1)).stream()
        .filter(word -> !word.isEmpty())
        .toList();
  }

  static Counted count(String text) {
    Map<String, Integer> counts = new HashMap<>();
    List<String> words = words(text);
    words.forEach(word -> counts.merge(word, 1, Integer::sum));
    return new Counted(counts, words.size());
  }

  /** What a word that is in {@code holders} of {@code texts} is worth. */
  static double weight(long holders, long texts) {
    return Math.log(1 + (texts - holders + 0.5) / (holders + 0.5));
  }

  /** What a text of usual length with each word once comes to. */
  static double best(double weights) {
    return weights / (1 + K1);
  }

  double of(Counted text) {
    double sum = 0;
    for (Map.Entry<String, Double> word : weights.entrySet()) {
      double often = text.words().getOrDefault(word.getKey(), 0);
      double norm = K1 * (1 - B + B * text.length() / usualLength);
      sum += word.getValue() * often / (often + norm);
    }
    return best == 0 ? 0 : Math.min(1, sum / best);
  }
}
