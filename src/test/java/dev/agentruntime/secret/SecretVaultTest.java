package dev.agentruntime.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.config.SecretRef;
import dev.agentruntime.config.SecretsConfig;
import dev.agentruntime.config.SecretsConfig.Secret;
import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.Json;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.guard.Redactor;
import dev.agentruntime.time.ManualTimers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SecretVaultTest {

  private static final SecretRef SOURCE = new SecretRef(SecretRef.Kind.ENV, "TOKEN");
  private static final SecretRef OTHER = new SecretRef(SecretRef.Kind.FILE, "token");

  private final ManualTimers timers = new ManualTimers(Instant.parse("2026-01-01T00:00:00Z"));
  private final SecretVault vault = new SecretVault(timers);

  private static Secret secret(@Nullable Duration ttl, boolean expose, String... tools) {
    return new Secret(SOURCE, ttl, expose, List.of(tools));
  }

  private void declare(Map<String, Secret> secrets) {
    vault.declare(new SecretsConfig(secrets, true), Set.of());
  }

  private static void refused(String expected, ErrorCode code, Runnable call) {
    RuntimeFault fault = assertThrows(RuntimeFault.class, call::run);
    assertEquals(expected, fault.getMessage());
    assertEquals(code, fault.code());
  }

  private static void used(String value) {
    assertTrue(!value.isEmpty());
  }

  @Test
  void keepsValuesByName() {
    declare(Map.of("TOKEN", secret(null, false)));
    assertEquals(Map.of("TOKEN", SOURCE), vault.wanted(Map.of()));
    refused(
        "secret TOKEN has no value now",
        ErrorCode.SECRET_UNAVAILABLE,
        () -> used(vault.value("TOKEN")));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    assertEquals("canary-value-1", vault.value("TOKEN"));
    assertEquals(Map.of(), vault.wanted(Map.of()));
    assertEquals(Map.of("TOKEN", OTHER), vault.wanted(Map.of("TOKEN", OTHER)));
    refused(
        "there is no secret \"OTHER\", expected one of [TOKEN]",
        ErrorCode.SECRET_UNAVAILABLE,
        () -> used(vault.value("OTHER")));
  }

  @Test
  void aValueExpiresOnTheMonotonicClock() {
    declare(Map.of("TOKEN", secret(Duration.ofMinutes(1), false)));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    timers.advance(Duration.ofSeconds(59));
    assertEquals("canary-value-1", vault.value("TOKEN"));
    assertEquals(Duration.ofSeconds(1), vault.shown().get(0).left());
    timers.advance(Duration.ofSeconds(1));
    refused(
        "secret TOKEN has expired, expected an operator to rotate it",
        ErrorCode.SECRET_UNAVAILABLE,
        () -> used(vault.value("TOKEN")));
    assertEquals("[secret:TOKEN]", vault.redactor().redact("canary-value-1"));
    vault.put("TOKEN", "canary-value-2", SOURCE);
    assertEquals("canary-value-2", vault.value("TOKEN"));
  }

  @Test
  void aRotatedValueIsStillTakenOutOfTexts() {
    declare(Map.of("TOKEN", secret(null, false)));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    vault.put("TOKEN", "canary-value-2", OTHER);
    assertEquals("canary-value-2", vault.value("TOKEN"));
    assertEquals(
        "[secret:TOKEN] and [secret:TOKEN]",
        vault.redactor().redact("canary-value-1 and canary-value-2"));
    assertEquals(OTHER, vault.shown().get(0).source());
  }

  @Test
  void aRevokedSecretWaitsForItsRotation() {
    declare(Map.of("TOKEN", secret(null, false)));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    vault.revoke("TOKEN");
    refused(
        "secret TOKEN is revoked, expected an operator to rotate it",
        ErrorCode.SECRET_UNAVAILABLE,
        () -> used(vault.value("TOKEN")));
    assertEquals(Map.of(), vault.wanted(Map.of()));
    assertEquals("[secret:TOKEN]", vault.redactor().redact("canary-value-1"));
    vault.put("TOKEN", "canary-value-2", SOURCE);
    assertEquals("canary-value-2", vault.value("TOKEN"));
    refused(
        "there is no secret \"X\", expected one of [TOKEN]",
        ErrorCode.NOT_FOUND,
        () -> vault.revoke("X"));
  }

  @Test
  void whatIsOnlyHiddenIsTakenOutOfTextsAndNothingElse() {
    declare(Map.of("TOKEN", secret(null, false)));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    Map<String, List<String>> given =
        Map.of("files.KEY", List.of("server-value-1", "short"), "web.KEY", List.of("web-value-1"));
    vault.hide(given);
    vault.hide(given);
    String text = "canary-value-1 server-value-1 web-value-1 short";
    assertEquals(
        "[secret:TOKEN] [secret:files.KEY] [secret:web.KEY] short",
        vault.redactor().redact(text));
    assertEquals(
        "canary-value-1 [secret:files.KEY] web-value-1 short",
        vault.redactor("files.").redact(text));
    assertEquals(List.of("TOKEN"), vault.names());
    assertEquals(1, vault.shown().size());
    declare(Map.of("TOKEN", secret(null, false)));
    assertEquals("[secret:files.KEY]", vault.redactor().redact("server-value-1"));
    vault.empty();
    assertTrue(vault.redactor().isEmpty());
    assertTrue(vault.redactor("files.").isEmpty());
  }

  @Test
  void theNewestEightValuesBeforeAreTakenOutOfTextsHoweverOftenOneIsRead() {
    declare(Map.of("TOKEN", secret(null, false)));
    for (int i = 0; i <= 8; i++) {
      vault.put("TOKEN", "canary-value-" + i, SOURCE);
    }
    for (int i = 0; i < 20; i++) {
      vault.put("TOKEN", "canary-value-8", SOURCE);
    }
    for (int i = 0; i <= 8; i++) {
      assertEquals("[secret:TOKEN]", vault.redactor().redact("canary-value-" + i));
    }
    vault.put("TOKEN", "canary-value-9", SOURCE);
    assertEquals("canary-value-0", vault.redactor().redact("canary-value-0"));
    assertEquals("[secret:TOKEN]", vault.redactor().redact("canary-value-1"));
  }

  @Test
  void emptiedItKnowsNothingAnyMore() {
    declare(Map.of("TOKEN", secret(null, false)));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    vault.empty();
    assertEquals(SecretVault.Status.ABSENT, vault.shown().get(0).status());
    assertTrue(vault.redactor().isEmpty());
    assertEquals(Map.of("TOKEN", SOURCE), vault.wanted(Map.of()));
  }

  @Test
  void whatIsNotDeclaredAnyMoreIsOutOfUseButNotForgotten() {
    declare(Map.of("OLD", secret(null, false)));
    vault.put("OLD", "canary-value-1", SOURCE);
    declare(Map.of("NEW", secret(null, false)));
    assertEquals(List.of("NEW"), vault.names());
    refused(
        "there is no secret \"OLD\", expected one of [NEW]",
        ErrorCode.SECRET_UNAVAILABLE,
        () -> used(vault.value("OLD")));
    assertEquals("[secret:OLD]", vault.redactor().redact("canary-value-1"));
  }

  @Test
  void aShortValueCannotBeKeptOutOfTexts() {
    declare(Map.of("PIN", secret(null, false), "WORD", secret(null, true)));
    refused(
        "secret PIN is too short to be kept out of texts, expected at least 8 characters, or"
            + " expose: true",
        ErrorCode.INVALID_CONFIG,
        () -> vault.put("PIN", "1234567", SOURCE));
    vault.put("WORD", "abc", SOURCE);
    assertEquals("abc", vault.redactor().redact("abc"));
  }

  @Test
  void argumentsAreGivenToNamedToolsOnly() {
    declare(Map.of("TOKEN", secret(null, false, "git_*")));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    Json arguments = Json.parse("{\"a\":[\"Bearer {{secret:TOKEN}}\"]}");
    assertNull(vault.refusal(arguments, "git_push"));
    assertEquals(
        "secret TOKEN is not for arguments of mail, expected the tool under its 'tools' in the"
            + " manifest",
        vault.refusal(arguments, "mail"));
    assertNull(vault.refusal(Json.parse("{\"a\":\"{{secret}}\"}"), "mail"));
  }

  @Test
  void itShowsNoValue() {
    declare(Map.of("TOKEN", secret(null, false)));
    vault.put("TOKEN", "canary-value-1", SOURCE);
    Redactor redactor = vault.redactor();
    assertEquals("Redactor of 1 secrets", redactor.toString());
    assertTrue(!vault.shown().toString().contains("canary"));
  }
}
