package dev.agentruntime.runtime;

import dev.agentruntime.config.HookEvent;
import dev.agentruntime.config.RuntimeConfig;
import dev.agentruntime.disk.Disk;
import dev.agentruntime.hook.Hook;
import dev.agentruntime.hook.HookOptions;
import dev.agentruntime.llm.ChatClient;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.observe.EventCallback;
import dev.agentruntime.tool.Tool;
import dev.agentruntime.trigger.TriggerTypes;
import dev.agentruntime.trigger.WebhookRoutes;
import dev.langchain4j.model.embedding.EmbeddingModel;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a builder was told. */
record Setup(
    RuntimeConfig config,
    Disk disk,
    List<RuntimePart> parts,
    List<Tool> tools,
    @Nullable WebhookRoutes routes,
    Placement placement,
    Function<String, @Nullable String> env,
    Map<String, String> variables,
    ManifestReader manifests,
    TriggerTypes types,
    List<Map.Entry<String, ChatClient>> models,
    @Nullable EmbeddingModel embedding,
    Watching watching) {

  /** Java code that is told what happens, and asked. */
  record Watching(List<EventCallback> callbacks, List<Asked> hooks) {}

  /** One hook. */
  record Asked(HookEvent event, Hook hook, HookOptions options) {}
}
