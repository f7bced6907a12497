package dev.agentruntime.tool;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.ProcessName;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.core.ToolDefinition;
import dev.agentruntime.policy.BudgetLimit;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code grant_budget}: gives a part of what is left of the process's own budget of the day to
 * another process. It is gone as soon as the answer is in the journal, and on its way when the run
 * commits. A process carries the call out itself; anywhere else it is an error in words. Stateless;
 * safe on every thread.
 */
public final class GrantTool implements Tool {

  public static final String NAME = "grant_budget";

  private static final List<BudgetLimit> OF_DAY =
      Stream.of(BudgetLimit.values()).filter(limit -> !limit.perRun()).toList();

  private final ToolDefinition definition;

  /** Offered by a manifest that lets its agent give to these, globs of process names. */
  public GrantTool(List<String> to) {
    StringBuilder properties =
        new StringBuilder("\"process\":{\"type\":\"string\",\"description\":\"its name\"}");
    for (BudgetLimit limit : OF_DAY) {
      properties
          .append(",\"")
          .append(limit.measure())
          .append(limit.billionths() ? "\":{\"type\":\"number\"}" : "\":{\"type\":\"integer\"}");
    }
    this.definition = new ToolDefinition(
        NAME,
        "Gives a part of what is left of your budget of today to another process: " + to
            + ". You have so much less at once; it has so much more once this run ended well.",
        BuiltinTools.schema(properties.toString(), "\"process\""),
        ToolDefinition.Policy.OWN_STATE);
  }

  /**
   * A grant that an agent wants, checked.
   *
   * @param amounts by limit of the day, each above 0, as kept; never empty
   */
  public record Wish(ProcessName to, Map<BudgetLimit, Long> amounts) {}

  @Override
  public ToolDefinition definition() {
    return definition;
  }

  @Override
  public Future<Reply> call(Call call) {
    return Future.succeededFuture(Reply.error("there is no budget here to give from"));
  }

  /**
   * The grant that some arguments ask for.
   *
   * @throws RuntimeFault INVALID_REQUEST or INVALID_NAME, worded for the model
   */
  public static Wish wish(Json arguments) {
    Map<String, @Nullable Object> all = arguments.object();
    Map<BudgetLimit, Long> amounts = new EnumMap<>(BudgetLimit.class);
    for (BudgetLimit limit : OF_DAY) {
      if (all.get(limit.measure()) instanceof Number number) {
        BigDecimal amount = new BigDecimal(number.toString());
        String problem = limit.problem(amount);
        if (problem != null) {
          throw new RuntimeFault(ErrorCode.INVALID_REQUEST, limit.measure() + ", " + problem);
        }
        amounts.put(limit, limit.kept(amount));
      }
    }
    if (amounts.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.INVALID_REQUEST,
          "arguments, expected=at least one of "
              + OF_DAY.stream().map(BudgetLimit::measure).toList());
    }
    return new Wish(new ProcessName(String.valueOf(all.get("process"))), amounts);
  }
}
