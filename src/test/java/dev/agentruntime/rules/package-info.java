/**
 * The rules of the house as tests: floors, public surface, tidiness, versions, and documents that
 * must stay true; and what says which tests were not run. Test code of every package may use it;
 * it knows nothing of what the runtime does.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.rules;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
