package dev.agentruntime.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.agentruntime.core.Json;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How the journal reads JSON that it wrote and whose CRC it has checked. */
final class JsonReading {

  /** Without a check for duplicate keys: the writer made none, and the CRC says it is the writer's. */
  static final JsonFactory FACTORY = new JsonFactoryBuilder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(Json.DEPTH_MAX + 32)
          .maxStringLength(LineView.LENGTH_MAX)
          .maxNumberLength(1_000)
          .build())
      .build();

  private JsonReading() {}

  /** A whole number of 64 bits; null for a longer one, which is only ever payload. */
  static @Nullable Object number(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT, LONG -> parser.getLongValue();
      default -> null;
    };
  }

  static String message(IOException e) {
    return e instanceof JsonProcessingException json ? json.getOriginalMessage() : "" + e;
  }
}
