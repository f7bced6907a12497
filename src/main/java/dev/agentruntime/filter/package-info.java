/**
 * The small language in which a manifest says which events it wants, and when a mission is done: an
 * expression over JSON values, parsed once, that ends whatever it is given.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.filter;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
