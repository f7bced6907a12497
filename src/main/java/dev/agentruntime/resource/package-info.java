/**
 * What the control API can be asked, a class per subject. Called by the server, on its event loop,
 * with requests that are within the limits and whose caller may ask. It never decides who may.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.resource;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
