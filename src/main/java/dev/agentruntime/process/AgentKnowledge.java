package dev.agentruntime.process;

import dev.agentruntime.config.ProcessConfig;
import dev.agentruntime.context.AgentContext;
import dev.agentruntime.core.ContextWrite;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.fold.ProcessImage;
import dev.agentruntime.history.KnowledgeViews;
import dev.agentruntime.live.ProcessLog;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the agent of a process knows between runs, from outside: context and conversation. Every
 * method may be called from any thread; nothing is shown that a crash could take back.
 */
public final class AgentKnowledge {

  /** What a condition may name instead of tags: any state will do. */
  public static final String ANY_TAG = "*";

  private final AgentProcess process;

  AgentKnowledge(AgentProcess process) {
    this.process = process;
  }

  /**
   * The context at one moment.
   *
   * @param json as {@link KnowledgeViews#context} shows it
   * @param tag its entity tag, in quotes
   */
  public record Context(Json json, String tag) {
    private static Context of(ProcessImage image) {
      return new Context(KnowledgeViews.context(image), KnowledgeViews.tag(image));
    }
  }

  /** The context. */
  public Future<Context> context() {
    return process.call(kernel -> {
      Context view = Context.of(kernel.log().image());
      return kernel.shown().map(view);
    });
  }

  /** Writes all or nothing, whatever the context is. */
  public Future<Context> write(List<ContextWrite> writes) {
    return write(writes, List.of(ANY_TAG));
  }

  /**
   * Writes all or nothing; fails with PRECONDITION_FAILED, WRITE_DENIED, VERSION_CONFLICT or
   * LIMIT_EXCEEDED, in this order.
   *
   * @param tags of which the context must have one, or {@link #ANY_TAG}
   */
  public Future<Context> write(List<ContextWrite> writes, List<String> tags) {
    return process.call(kernel -> kernel.allowed(() -> {
      check(kernel.log().image(), writes, tags);
      Future<Void> durable = kernel.log().write(new EntryData.ContextUpdate(writes, "api"));
      return durable.map(Context.of(kernel.log().image()));
    }));
  }

  private static void check(ProcessImage image, List<ContextWrite> writes, List<String> tags) {
    String tag = KnowledgeViews.tag(image);
    if (!tags.contains(ANY_TAG) && !tags.contains(tag)) {
      throw new RuntimeFault(
          ErrorCode.PRECONDITION_FAILED,
          "the context has changed, expected=one of " + tags + ", actual=" + tag
              + "; read it again");
    }
    ProcessConfig.Context rules = image.config().context();
    for (ContextWrite write : writes) {
      if (!rules.writableKeys().isEmpty() && !rules.writableKeys().contains(write.key())) {
        throw new RuntimeFault(
            ErrorCode.WRITE_DENIED,
            "key " + Json.quote(write.key()) + " is not writable, expected one of "
                + rules.writableKeys());
      }
    }
    AgentContext context = image.context();
    for (ContextWrite write : writes) {
      long version = context.version(write.key());
      if (write.ifVersion() != null && write.ifVersion() != version) {
        throw new RuntimeFault(
            ErrorCode.VERSION_CONFLICT,
            "key " + Json.quote(write.key()) + ", expected version " + write.ifVersion()
                + ", actual=" + version);
      }
      if (image.runs().values().stream().anyMatch(run -> run.claims(write.key()))) {
        throw new RuntimeFault(
            ErrorCode.VERSION_CONFLICT,
            "key " + Json.quote(write.key()) + " is being written by a run");
      }
    }
    String tooMuch = image.open().pending(context).refusal(writes);
    if (tooMuch != null) {
      throw new RuntimeFault(ErrorCode.LIMIT_EXCEEDED, tooMuch);
    }
  }

  /** Who changed a key, as {@link KnowledgeViews#changes} shows it; fails with NOT_FOUND. */
  public Future<Json> changes(String key) {
    return process.call(kernel -> {
      Json view = KnowledgeViews.changes(kernel.log().image(), key);
      return kernel.shown().map(done -> found(view, key));
    });
  }

  private static Json found(@Nullable Json view, String key) {
    if (view == null) {
      throw new RuntimeFault(
          ErrorCode.NOT_FOUND, "no change of the key " + Json.quote(key) + " is known");
    }
    return view;
  }

  /** What was said, as {@link KnowledgeViews#conversation} shows it. */
  public Future<Json> conversation() {
    return process.call(kernel -> {
      Json view = KnowledgeViews.conversation(kernel.log().image());
      return kernel.shown().map(view);
    });
  }

  /** Forgets what was said; a run that is open goes on with what it began with. */
  public Future<Void> clearConversation() {
    return process.call(kernel -> kernel.allowed(() -> clear(kernel.log())));
  }

  private static Future<Void> clear(ProcessLog log) {
    return log.image().conversation().messages().isEmpty()
        ? log.durable()
        : log.write(new EntryData.ContextUpdate(List.of(), "api", true));
  }
}
