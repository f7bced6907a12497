/** What must not get in or out: corpora of attempts against the guards, with real servers. */
@NullMarked
package dev.agentruntime.security;

import org.jspecify.annotations.NullMarked;
