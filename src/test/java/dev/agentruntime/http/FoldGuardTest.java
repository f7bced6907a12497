package dev.agentruntime.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folded lines against the decoder itself, cut at every place. */
class FoldGuardTest {

  /** What came out: request lines with their bodies, and whether the last head was refused. */
  private record Seen(List<String> requests, boolean refused) {}

  private static Seen decode(String text, int cut) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.pipeline().addLast("httpDecoder", new HttpRequestDecoder());
    FoldGuard.guard(channel.pipeline());
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int at = 0; at < bytes.length; at += cut) {
      int length = Math.min(cut, bytes.length - at);
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, length));
    }
    List<String> requests = new ArrayList<>();
    boolean refused = false;
    for (Object each = channel.readInbound(); each != null; each = channel.readInbound()) {
      if (each instanceof HttpRequest request) {
        refused = request.decoderResult().isFailure();
        requests.add(request.uri() + " ");
      }
      if (each instanceof HttpContent content) {
        String more = content.content().toString(StandardCharsets.ISO_8859_1);
        requests.set(requests.size() - 1, requests.get(requests.size() - 1) + more);
      }
      ReferenceCountUtil.release(each);
    }
    assertFalse(channel.finish(), "nothing is left");
    return new Seen(requests, refused);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /a HTTP/1.1|x: b| content-length: 9||",
        "POST /a HTTP/1.1|x: b|\tcontent-length: 9||",
        "POST /a HTTP/1.1| x: b||",
        "POST /a HTTP/1.1|x: b| |content-length: 2||{}",
        "POST /a HTTP/1.1|content-length: 2||{}GET /b HTTP/1.1|x: y| z||",
        "POST /a HTTP/1.1|transfer-encoding: chunked||2|{}|0||GET /b HTTP/1.1|x: y| z||",
        "GET /a HTTP/1.1|x: b||GET /b HTTP/1.1|x: y| z||"
      })
  void refusesAFoldedLineInAnyHead(String text) {
    String whole = text.replace("|", "\r\n");
    for (int cut = 1; cut <= whole.length(); cut++) {
      int size = cut;
      assertTrue(decode(whole, cut).refused(), () -> "in pieces of " + size);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "POST /a HTTP/1.1|content-length: 11||{|  'a': 1!/a {|  'a': 1",
        "POST /a HTTP/1.1|content-length: 5||| 12GET /b HTTP/1.1|x: y||!/a | 12,/b ",
        "POST /a HTTP/1.1|transfer-encoding: chunked||5|| 12|0||GET /b HTTP/1.1||!/a | 12,/b ",
        "GET /a HTTP/1.1|x:  b  |y:\tc||!/a "
      })
  void leavesBodiesAndOtherBlanksAlone(String text, String expected) {
    String whole = text.replace("|", "\r\n");
    for (int cut = 1; cut <= whole.length(); cut++) {
      Seen seen = decode(whole, cut);
      assertFalse(seen.refused(), whole);
      assertEquals(
          expected.replace("|", "\r\n").strip(),
          String.join(",", seen.requests()).strip());
    }
  }
}
