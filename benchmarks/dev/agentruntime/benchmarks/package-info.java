/**
 * The scenarios that measure the runtime, and limit-sync, the smallest server that keeps the same
 * promise. Compiled with the tests so that it cannot rot; stands outside the floors: it sees the
 * runtime from outside, as processes that listen on ports, and uses only the load generator.
 */
@NullMarked
package dev.agentruntime.benchmarks;

import org.jspecify.annotations.NullMarked;
