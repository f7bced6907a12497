package dev.agentruntime.secret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.macasaet.fernet.Key;
import com.macasaet.fernet.StringValidator;
import com.macasaet.fernet.Token;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vectors of the specification, and the library that others use as oracle. */
class FernetTest {

  private static final byte[] KEY =
      Base64.getUrlDecoder().decode("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=");

  private static byte[] hello() {
    return "hello".getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void makesTheTokenOfTheSpecification() {
    byte[] iv = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    Instant now = OffsetDateTime.parse("1985-10-26T01:20:00-07:00").toInstant();
    String token = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPg"
        + "JobwOz7JcbmrR64jVmpU4IwqDA==";

    assertEquals(token, Fernet.encrypt(KEY, hello(), now, iv));
    assertArrayEquals(hello(), Fernet.decrypt(KEY, token));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Another signature; too short; no Base64; no whole block; bad padding; another IV.
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szk"
            + "FVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
        "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szk"
            + "FVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73Qeo"
            + "Ck9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIp"
            + "uiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
        "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLH"
            + "pGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
        ""
      })
  void refusesWhatTheSpecificationCallsInvalid(String token) {
    assertThrows(IllegalArgumentException.class, () -> Fernet.decrypt(KEY, token));
  }

  @Test
  void everyChangedBitIsSeen() {
    byte[] token = Base64.getUrlDecoder()
        .decode(Fernet.encrypt(KEY, hello(), Instant.EPOCH, new byte[Fernet.IV_BYTES]));
    for (int bit = 0; bit < token.length * 8; bit++) {
      byte[] changed = token.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      String text = Base64.getUrlEncoder().encodeToString(changed);
      assertThrows(IllegalArgumentException.class, () -> Fernet.decrypt(KEY, text), "bit " + bit);
    }
  }

  @Test
  void anotherLibraryReadsAndWritesTheSame() {
    Random random = new Random(7);
    Key key = new Key(Arrays.copyOf(KEY, 16), Arrays.copyOfRange(KEY, 16, 32));
    for (int length = 0; length < 100; length++) {
      byte[] text = new byte[length];
      random.nextBytes(text);
      for (int i = 0; i < length; i++) {
        text[i] = (byte) ('a' + (text[i] & 15));
      }
      byte[] iv = new byte[Fernet.IV_BYTES];
      random.nextBytes(iv);
      String plain = new String(text, StandardCharsets.UTF_8);

      String ours = Fernet.encrypt(KEY, text, Instant.now(), iv);
      assertEquals(plain, Token.fromString(ours).validateAndDecrypt(key, new StringValidator() {}));
      assertArrayEquals(text, Fernet.decrypt(KEY, Token.generate(key, plain).serialise()));
    }
  }
}
