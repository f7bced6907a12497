package dev.agentruntime.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.nio.charset.StandardCharsets;

/**
 * Refuses a head with a folded line, as RFC 9112 §5.2 wants it: the decoder joins such a line to
 * the header before it, where a proxy may have seen a header of its own; and one with a header that
 * has no name, which the decoder takes. Stands before the decoder and, to know whether a byte
 * belongs to a head or to a body, behind it. What has no line that begins with a blank or a colon
 * passes as it came; only the rest is handed on piece by piece. Owned by: the event loop of its
 * connection.
 */
final class FoldGuard extends ChannelInboundHandlerAdapter {

  private static final String DECODER = "httpDecoder";
  private static final byte LF = '\n';

  /** What the decoder does not take for a header, in the place of the line. */
  private static final ByteBuf NO_HEADER = Unpooled.unreleasableBuffer(
      Unpooled.wrappedBuffer("\u0000\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
          .asReadOnly());

  private boolean inHead = true;
  private boolean afterLine;
  private boolean refused;
  private long bodyLeft = -1;

  private FoldGuard() {}

  /** Guards a connection that has just been accepted. */
  static void guard(HttpConnection connection) {
    if (connection instanceof HttpServerConnection server) {
      guard(server.channelHandlerContext().pipeline());
    }
  }

  static void guard(ChannelPipeline pipeline) {
    FoldGuard guard = new FoldGuard();
    pipeline.addBefore(DECODER, "foldGuard", guard);
    pipeline.addAfter(DECODER, "foldWatch", guard.new Watch());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      context.fireChannelRead(message);
    } else if (refused) {
      bytes.release();
    } else if (hasNamelessLine(bytes)) {
      try {
        inPieces(context, bytes);
      } finally {
        bytes.release();
      }
    } else {
      ends(bytes);
      context.fireChannelRead(bytes);
    }
  }

  /** Whether any line, be it of a head or of a body, begins as no header does. */
  private boolean hasNamelessLine(ByteBuf bytes) {
    int end = bytes.writerIndex();
    if (afterLine && bytes.isReadable() && hasNoName(bytes.getByte(bytes.readerIndex()))) {
      return true;
    }
    int line = bytes.indexOf(bytes.readerIndex(), end, LF) + 1;
    while (line > 0 && line < end) {
      if (hasNoName(bytes.getByte(line))) {
        return true;
      }
      line = bytes.indexOf(line, end, LF) + 1;
    }
    return false;
  }

  private void inPieces(ChannelHandlerContext context, ByteBuf bytes) {
    while (bytes.isReadable()) {
      int length;
      if (!inHead && bodyLeft > 0) {
        length = (int) Math.min(bodyLeft, bytes.readableBytes());
      } else if (inHead && afterLine && hasNoName(bytes.getByte(bytes.readerIndex()))) {
        refused = true;
        context.fireChannelRead(NO_HEADER.duplicate());
        return;
      } else {
        int line = bytes.bytesBefore(LF) + 1;
        length = line > 0 ? line : bytes.readableBytes();
      }
      ByteBuf piece = bytes.readRetainedSlice(length);
      ends(piece);
      context.fireChannelRead(piece);
    }
  }

  private void ends(ByteBuf bytes) {
    if (bytes.isReadable()) {
      afterLine = bytes.getByte(bytes.writerIndex() - 1) == LF;
    }
  }

  private static boolean hasNoName(byte first) {
    return first == ' ' || first == '\t' || first == ':';
  }

  /** What the decoder made of it. */
  private final class Watch extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        inHead = false;
        bodyLeft = HttpUtil.isTransferEncodingChunked(request)
            ? -1
            : HttpUtil.getContentLength(request, -1L);
      }
      if (message instanceof HttpContent content) {
        bodyLeft -= content.content().readableBytes();
      }
      if (message instanceof LastHttpContent) {
        inHead = true;
      }
      context.fireChannelRead(message);
    }
  }
}
