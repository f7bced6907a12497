package dev.agentruntime.observe;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.NodeId;
import dev.agentruntime.outbound.Outbound;
import dev.agentruntime.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What sinks have of the node around them.
 *
 * @param workers makes threads that may be blocked, as many as are asked for
 * @param context runs tasks, one at a time; sinks live there
 * @param redact takes out the secrets that are known
 * @param outbound sends requests, guarded
 * @param secret finds a secret, on a worker
 * @param hears whether the process of an event hears what is said on the bus under a topic
 * @param say says something there
 */
public record EventPorts(
    IntFunction<WorkerExecutor> workers,
    NodeId node,
    Timers timers,
    Executor context,
    UnaryOperator<String> redact,
    Outbound outbound,
    Function<SecretRef, Future<@Nullable String>> secret,
    BiPredicate<String, OperationalEvent> hears,
    BiFunction<String, Json, Future<?>> say) {}
