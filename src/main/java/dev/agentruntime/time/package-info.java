/**
 * Clock, timers, ids and cron arithmetic. Every package above may use it; nothing else in the
 * runtime reads a clock, arms a timer or draws a random number. It keeps no state of a process and
 * never touches a file or a socket.
 */
@NullMarked
@CheckReturnValue
package dev.agentruntime.time;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
