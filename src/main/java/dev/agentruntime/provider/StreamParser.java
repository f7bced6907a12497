package dev.agentruntime.provider;

import io.vertx.core.buffer.Buffer;

/** Takes a stream of bytes apart, however it is cut into pieces. Owned by: one response. */
interface StreamParser {

  /** Takes the next piece. */
  void feed(Buffer piece);

  /** The stream ended. */
  void end();
}
