/**
 * What a journal says, kind by kind: data alone, a closed list. Called by everybody who writes or
 * folds entries. It knows no line format and no file.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.entry;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
