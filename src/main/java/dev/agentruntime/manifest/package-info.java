/**
 * Reads manifests and settings: YAML to the records of {@code config}, every mistake with its
 * place, what was expected and the nearest key. Called by whoever takes a text from outside. It
 * starts nothing and reads no secret's value.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.manifest;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
