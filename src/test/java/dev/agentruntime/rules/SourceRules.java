package dev.agentruntime.rules;

import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.ThrowTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** What one Java file may not contain, found on its syntax tree. */
final class SourceRules extends TreePathScanner<@Nullable Void, @Nullable Void> {

  private static final int BODY_LINES_MAX = 70;
  private static final int PARAMETERS_MAX = 5;

  /** Files whose fields many threads read; DESIGN names them, a new one is a design change. */
  private static final Set<String> VOLATILE_ALLOWED =
      Set.of("FileJournal.java", "WebhookIngress.java");

  /** Clients that would trust anybody. */
  private static final Set<String> LAX_TLS = Set.of("setTrustAll", "TrustAllOptions", "trustAll");

  private static final Pattern BROAD =
      Pattern.compile("(.*\\b)?(Exception|RuntimeException|Throwable|Error)");

  private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

  // Shared, for opening one takes longer than parsing a file.
  private static final StandardJavaFileManager FILES =
      COMPILER.getStandardFileManager(null, null, null);

  private final String path;
  private final boolean product;
  private final CompilationUnitTree unit;
  private final SourcePositions positions;
  private final String text;
  private final List<String> found = new ArrayList<>();

  private SourceRules(
      String path, boolean product, String text, CompilationUnitTree unit, Trees trees) {
    this.path = path;
    this.product = product;
    this.text = text;
    this.unit = unit;
    this.positions = trees.getSourcePositions();
  }

  /**
   * Checks one file.
   *
   * @param path as shown in the answer
   * @param product whether it is part of the product, not a test or a benchmark
   * @return {@code path:line: what} each
   */
  static List<String> check(String path, boolean product, String text) {
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    JavacTask task = (JavacTask) COMPILER.getTask(
        null, FILES, problems, List.of("-proc:none"), null, List.of(new Text(path, text)));
    try {
      CompilationUnitTree unit = task.parse().iterator().next();
      SourceRules rules = new SourceRules(path, product, text, unit, Trees.instance(task));
      rules.scan(unit, null);
      problems.getDiagnostics().stream()
          .filter(problem -> problem.getKind() == Diagnostic.Kind.ERROR)
          .forEach(problem -> rules.found.add(path + ":" + problem.getLineNumber() + ": not Java"));
      return rules.found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public @Nullable Void visitImport(ImportTree node, @Nullable Void unused) {
    if (node.getQualifiedIdentifier().toString().endsWith(".*")) {
      report(node, "wildcard import");
    }
    return super.visitImport(node, null);
  }

  @Override
  public @Nullable Void visitMethod(MethodTree node, @Nullable Void unused) {
    if (node.getBody() != null) {
      long lines = line(positions.getEndPosition(unit, node.getBody()) - 1)
          - line(positions.getStartPosition(unit, node.getBody()))
          - 1;
      if (lines > BODY_LINES_MAX) {
        report(
            node,
            "body of " + node.getName() + ", expected<=" + BODY_LINES_MAX + " lines, actual="
                + lines);
      }
    }
    if (product && node.getParameters().size() > PARAMETERS_MAX && !given(node)) {
      report(
          node,
          "parameters of " + node.getName() + ", expected<=" + PARAMETERS_MAX + ", actual="
              + node.getParameters().size());
    }
    if (node.getModifiers().getFlags().contains(Modifier.SYNCHRONIZED)) {
      reportInProduct(node, "synchronized method " + node.getName());
    }
    return super.visitMethod(node, null);
  }

  /** Whether the parameters were not this method's choice. */
  private boolean given(MethodTree node) {
    boolean overrides = node.getModifiers().getAnnotations().stream()
        .anyMatch(annotation -> annotation.getAnnotationType().toString().endsWith("Override"));
    Tree owner = getCurrentPath().getParentPath().getLeaf();
    return overrides
        || (owner instanceof ClassTree
            && owner.getKind() == Tree.Kind.RECORD
            && node.getReturnType() == null);
  }

  @Override
  public @Nullable Void visitSynchronized(SynchronizedTree node, @Nullable Void unused) {
    reportInProduct(node, "synchronized block");
    return super.visitSynchronized(node, null);
  }

  @Override
  public @Nullable Void visitVariable(VariableTree node, @Nullable Void unused) {
    if (node.getModifiers().getFlags().contains(Modifier.VOLATILE)
        && !VOLATILE_ALLOWED.contains(path.substring(path.lastIndexOf('/') + 1))) {
      reportInProduct(node, "volatile field " + node.getName());
    }
    return super.visitVariable(node, null);
  }

  @Override
  public @Nullable Void visitMemberSelect(MemberSelectTree node, @Nullable Void unused) {
    String name = node.toString();
    if ((name.equals("System.out") || name.equals("System.err")) && !path.contains("/cli/")) {
      reportInProduct(node, name + " outside cli");
    }
    if (LAX_TLS.contains(node.getIdentifier().toString())) {
      report(node, "a client that trusts anybody: " + node.getIdentifier());
    }
    return super.visitMemberSelect(node, null);
  }

  @Override
  public @Nullable Void visitMethodInvocation(MethodInvocationTree node, @Nullable Void unused) {
    if (node.getMethodSelect().toString().endsWith("setVerifyHost")
        && node.getArguments().toString().equals("false")) {
      report(node, "a client that trusts anybody: setVerifyHost(false)");
    }
    return super.visitMethodInvocation(node, null);
  }

  @Override
  public @Nullable Void visitCatch(CatchTree node, @Nullable Void unused) {
    String type = node.getParameter().getType().toString();
    if (node.getBlock().getStatements().isEmpty()) {
      String body = text.substring((int) positions.getStartPosition(unit, node.getBlock()), (int)
          positions.getEndPosition(unit, node.getBlock()));
      if (!body.contains("//") || BROAD.matcher(type).matches()) {
        reportInProduct(node, "swallowed " + type + ": say why nothing is to be done");
      }
    } else if (BROAD.matcher(type).matches()
        && !Uses.of(node.getBlock(), node.getParameter().getName().toString())) {
      reportInProduct(node, "swallowed " + type + ": use it, throw, or catch what you expect");
    }
    return super.visitCatch(node, null);
  }

  private void reportInProduct(Tree node, String what) {
    if (product) {
      report(node, what);
    }
  }

  private void report(Tree node, String what) {
    found.add(path + ":" + line(positions.getStartPosition(unit, node)) + ": " + what);
  }

  private long line(long position) {
    return unit.getLineMap().getLineNumber(position);
  }

  /** Whether a block mentions a name or throws. */
  private static final class Uses extends TreeScanner<@Nullable Void, String> {
    private boolean used;

    private static boolean of(Tree block, String name) {
      Uses uses = new Uses();
      uses.scan(block, name);
      return uses.used;
    }

    @Override
    public @Nullable Void visitIdentifier(IdentifierTree node, String name) {
      used |= node.getName().contentEquals(name);
      return super.visitIdentifier(node, name);
    }

    @Override
    public @Nullable Void visitThrow(ThrowTree node, String name) {
      used = true;
      return super.visitThrow(node, name);
    }
  }

  private static final class Text extends SimpleJavaFileObject {
    private final String text;

    private Text(String path, String text) {
      super(URI.create("string:///" + path), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
