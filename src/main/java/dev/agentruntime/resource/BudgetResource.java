package dev.agentruntime.resource;

import dev.agentruntime.access.Scope;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.policy.BudgetLimit;
import dev.agentruntime.process.AgentProcess;
import dev.agentruntime.process.ManifestDesk;
import dev.agentruntime.rest.Answer;
import dev.agentruntime.rest.Call;
import dev.agentruntime.rest.Endpoint;
import dev.agentruntime.rest.Endpoint.Body;
import dev.agentruntime.rest.Fields;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a process may use up and what is left of it. {@code PATCH} changes the fields of the
 * manifest's {@code budget} that it names, null takes one away; {@code POST .../grant} adds to the
 * limits of today, with {@code from} out of the budget of another process of the node.
 */
final class BudgetResource {

  private static final String PATH = "/api/v1/processes/:name/budget";

  private BudgetResource() {}

  static List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get(PATH, Set.of(), BudgetResource::show),
        Endpoint.patch(PATH, Body.JSON, BudgetResource::patch).needs(Scope.DEPLOY),
        Endpoint.post(PATH + "/grant", Body.JSON, BudgetResource::grant));
  }

  private static Future<Answer> show(Call call) {
    return call.process().oversee(all -> all.budget().show()).map(Answer::ok);
  }

  private static Future<Answer> patch(Call call) {
    Json body = Json.parse(call.body());
    if (!body.isObject()) {
      throw new RuntimeFault(ErrorCode.INVALID_JSON, "body, expected=a JSON object");
    }
    return new ManifestDesk(call.process())
        .section("budget", body.object())
        .compose(done -> show(call));
  }

  private static Future<Answer> grant(Call call) {
    List<BudgetLimit> ofDay =
        Stream.of(BudgetLimit.values()).filter(limit -> !limit.perRun()).toList();
    Fields fields =
        call.fields(Stream.concat(Stream.of("from"), ofDay.stream().map(BudgetLimit::measure))
            .toArray(String[]::new));
    Map<BudgetLimit, Long> amounts = new EnumMap<>(BudgetLimit.class);
    for (BudgetLimit limit : ofDay) {
      BigDecimal amount = fields.numberOrNull(limit.measure());
      if (amount != null) {
        amounts.put(limit, kept(limit, amount));
      }
    }
    if (amounts.isEmpty()) {
      throw new RuntimeFault(
          ErrorCode.MISSING_FIELD,
          "body, expected=at least one of "
              + ofDay.stream().map(BudgetLimit::measure).toList());
    }
    String from = fields.textOrNull("from");
    if (from != null) {
      return give(call, from, amounts);
    }
    String by = call.caller().name();
    return call.process().oversee(all -> all.budget().grant(amounts, by)).map(Answer::ok);
  }

  /** Out of the budget of another process: it has less when this is answered. */
  private static Future<Answer> give(Call call, String from, Map<BudgetLimit, Long> amounts) {
    AgentProcess to = call.process();
    AgentProcess giver = call.runtime().require(from);
    if (giver.name().equals(to.name())) {
      throw new RuntimeFault(
          ErrorCode.INVALID_TYPE, "from, expected=another process, actual=the same");
    }
    return to.oversee(all -> all.budget().check(amounts))
        .compose(fits -> giver.oversee(all -> all.budget().give(to.name(), amounts)))
        .compose(given -> show(call));
  }

  private static long kept(BudgetLimit limit, BigDecimal amount) {
    String problem = limit.problem(amount);
    if (problem != null) {
      throw new RuntimeFault(ErrorCode.INVALID_TYPE, limit.measure() + ", " + problem);
    }
    return limit.kept(amount);
  }
}
