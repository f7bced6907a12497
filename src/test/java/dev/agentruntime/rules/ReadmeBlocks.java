package dev.agentruntime.rules;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fenced code blocks of a Markdown file, so that a test can compare or run what a reader sees.
 * A block may be marked by an HTML comment on the line above it:
 *
 * <pre>
 * &lt;!-- snippet: src/test/java/dev/agentruntime/Hello.java#ask --&gt;   equals a tagged region
 * &lt;!-- snippet: agents/heartbeat.agent --&gt;                           equals a whole file
 * &lt;!-- run: test --&gt;                                                 a command, by name
 * </pre>
 */
public final class ReadmeBlocks {

  private static final Pattern FENCE = Pattern.compile("( {0,3})(`{3,})\\s*(.*?)\\s*");
  private static final Pattern MARKER = Pattern.compile("<!--\\s*(.*?)\\s*-->");

  private ReadmeBlocks() {}

  /**
   * One fenced block.
   *
   * @param marker what the comment above it says, without its brackets; empty without one
   * @param info what stands behind the opening fence, such as {@code bash}
   * @param text the lines between the fences, each ended by a line break
   * @param line where the opening fence stands, from 1
   */
  public record Block(String marker, String info, String text, int line) {}

  /** The blocks of a file of the repository, in order; {@code file} is relative to its top. */
  public static List<Block> of(String file) {
    return parse(Tree.read(Tree.root().resolve(Path.of(file))));
  }

  /** The text of the block marked {@code run: name}. */
  public static String command(String file, String name) {
    return of(file).stream()
        .filter(block -> block.marker().equals("run: " + name))
        .map(Block::text)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(file + ": no block under <!-- run: " + name + " -->"));
  }

  /** The blocks of a text, in order. */
  static List<Block> parse(String markdown) {
    List<Block> blocks = new ArrayList<>();
    String marker = "";
    List<String> lines = markdown.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      Matcher open = FENCE.matcher(lines.get(i));
      if (open.matches()) {
        int start = i + 1;
        String fence = open.group(2);
        StringBuilder text = new StringBuilder();
        for (i++; i < lines.size() && !lines.get(i).strip().equals(fence); i++) {
          text.append(lines.get(i)).append('\n');
        }
        if (i == lines.size()) {
          throw new IllegalArgumentException("block at line " + start + " is never closed");
        }
        blocks.add(new Block(marker, open.group(3), text.toString(), start));
      }
      Matcher comment = MARKER.matcher(lines.get(i).strip());
      marker = comment.matches() ? comment.group(1) : lines.get(i).isBlank() ? marker : "";
    }
    return blocks;
  }

  /**
   * A part of a file: the lines between the comments {@code snippet: tag} and {@code end: tag},
   * their common indentation taken off; the whole file when the reference has no {@code #tag}.
   *
   * @param reference {@code path#tag} or {@code path}, from the top of the repository
   */
  static String region(String reference) {
    int hash = reference.indexOf('#');
    String file = hash < 0 ? reference : reference.substring(0, hash);
    String text = Tree.read(Tree.root().resolve(file));
    return hash < 0 ? text : cut(text, reference.substring(hash + 1), reference);
  }

  static String cut(String text, String tag, String reference) {
    StringBuilder region = new StringBuilder();
    boolean inside = false;
    for (String line : text.lines().toList()) {
      String comment = line.strip().replaceFirst("^(//|#)\\s*", "");
      if (comment.equals("end: " + tag)) {
        // Its own last line is empty, and stripIndent would measure that one too.
        return region.toString().stripTrailing().stripIndent() + "\n";
      }
      if (inside) {
        region.append(line).append('\n');
      }
      inside |= comment.equals("snippet: " + tag);
    }
    throw new IllegalArgumentException(
        reference + ": no lines between 'snippet: " + tag + "' and 'end: " + tag + "'");
  }
}
