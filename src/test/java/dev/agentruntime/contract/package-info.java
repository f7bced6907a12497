/**
 * What every implementation of a port must do, as test suites that authors of their own ones extend
 * too: this package travels in the jar with the classifier {@code tests}, with {@code ListSink} and
 * nothing else of our tests.
 */
@NullMarked
package dev.agentruntime.contract;

import org.jspecify.annotations.NullMarked;
