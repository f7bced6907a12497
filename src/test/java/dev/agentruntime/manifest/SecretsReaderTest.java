package dev.agentruntime.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.Manifest;
import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.config.SecretsConfig.Secret;
import dev.agentruntime.core.RuntimeFault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsReaderTest {

  private static Manifest read(String yaml, boolean posted) {
    return new ManifestReader(Map.of("TOKEN", "s3cret")::get)
        .readYaml("name: a\n" + yaml, "t.agent", null, posted);
  }

  @Test
  void readsAllForms() {
    Manifest manifest = read("""
        secrets:
          default_ttl: 8h
          ttls: {SHORT: 10m}
          revoke_on_stop: false
          secrets:
            TOKEN: ${TOKEN}
            SHORT: file:/run/short
            WRITTEN: not-in-the-journal
            WIDE: {value: "${WIDE}", ttl: 1h, expose: true, tools: [git_*]}
        """, false);
    Duration usual = Duration.ofHours(8);
    SecretsConfig config = manifest.config().outbound().secrets();
    assertEquals(
        Map.of(
            "TOKEN",
            new Secret(new SecretRef(SecretRef.Kind.ENV, "TOKEN"), usual, false, List.of()),
            "SHORT",
            new Secret(
                new SecretRef(SecretRef.Kind.FILE, "/run/short"),
                Duration.ofMinutes(10),
                false,
                List.of()),
            "WRITTEN",
            new Secret(
                new SecretRef(SecretRef.Kind.LITERAL, "not-in-the-journal"),
                usual,
                false,
                List.of()),
            "WIDE",
            new Secret(
                new SecretRef(SecretRef.Kind.ENV, "WIDE"),
                Duration.ofHours(1),
                true,
                List.of("git_*"))),
        config.byName());
    assertEquals(false, config.revokeOnStop());
    String resolved = manifest.resolved().toString();
    assertTrue(!resolved.contains("not-in-the-journal") && !resolved.contains("s3cret"), resolved);
    Manifest back = ManifestReader.of(ManifestReader.fromResolved(manifest.resolved()));
    assertEquals(manifest.digest(), back.digest());
  }

  @Test
  void switchedOffThereAreNone() {
    Manifest manifest = read("secrets: {enabled: false, secrets: {TOKEN: \"${TOKEN}\"}}\n", false);
    assertEquals(SecretsConfig.NONE, manifest.config().outbound().secrets());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {secret: {}}|2:11: unknown key 'secret', did you mean 'secrets'?
      {secrets: {a b: x}}|2:21: secrets: expected a letter or '_', then letters, digits, '_' or '-', at most 64, actual "a b"
      {secrets: {A: 12345678}}|2:24: A: expected text (${VARIABLE}, file:PATH or the secret itself), quote it
      {secrets: {A: {}}}|2:24: the secret "A" needs 'value'
      {secrets: {A: {value: x, tool: []}}}|2:35: unknown key 'tool', did you mean 'tools'?
      {secrets: {A: "***"}}|2:24: A: this is the mask that stands for a secret, expected the secret, ${VARIABLE} or file:PATH
      {secrets: {A: "${A:-b}"}}|2:24: A: expected one variable and nothing else, as in ${VARIABLE}; a secret has no default
      {secrets: {A: x}, ttls: {B: 1h}}|2:35: unknown key 'B', did you mean 'A'?
      {secrets: {A: x}, default_ttl: 0}|2:41: default_ttl: expected a duration from 1ms to 365d, in seconds or with a unit (ms, s, m, h, d), actual 0
      """)
  void saysWhatIsWrong(String section, String message) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused = read("secrets: " + section + "\n", false);
    });
    assertEquals("t.agent:" + message, fault.getMessage());
  }

  @Test
  void aRequestBringsReferencesOnly() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused = read("secrets: {secrets: {A: literal, B: \"${B}\"}}\n", true);
    });
    assertEquals(
        "t.agent:2:24: A: a literal secret is taken from a file only, expected ${VARIABLE} or"
            + " file:PATH",
        fault.getMessage());
  }

  @Test
  void aVariableThatHoldsASecretIsNamedNowhereElse() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused =
          read("instructions: use ${TOKEN}\nsecrets: {secrets: {A: \"${TOKEN}\"}}\n", false);
    });
    assertEquals(
        "t.agent:2:15: ${TOKEN} holds a secret, expected it in secret fields only",
        fault.getMessage());
  }

  @Test
  void aHandleInAHeaderNamesASecret() {
    RuntimeFault fault = assertThrows(RuntimeFault.class, () -> {
      Manifest unused = read("""
          http_tools:
            t:
              description: d
              url: https://h/
              headers: {Authorization: "Bearer {{secret:TOKN}}"}
          secrets: {secrets: {TOKEN: "${TOKEN}"}}
          """, false);
    });
    assertEquals(
        "t.agent:3:3: headers of t: there is no secret \"TOKN\", expected it under 'secrets'",
        fault.getMessage());
  }
}
