package dev.agentruntime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.access.Scope;
import dev.agentruntime.access.TokenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream that is open when its token is taken away. */
class RevokedStreamTest extends ApiFixture {

  private static final String STREAM = PROCESSES + "/a/stream";

  @SuppressWarnings("NullAway.Init") // made before each test
  private String admin;

  @SuppressWarnings("NullAway.Init") // made before each test
  private TokenFile.Made reader;

  @Override
  TokenFile tokens() throws Exception {
    TokenFile file = tokenFile(directory);
    admin = "Bearer " + file.create("ops", Scope.ADMIN).secret();
    reader = file.create("reader", Scope.READ);
    return file;
  }

  private void asAdmin(String method, String path, String body) throws Exception {
    Told told = ask(method, path, body, "Authorization", admin, "Content-Type", "application/json");
    assertTrue(told.status() < 300, told::toString);
  }

  private EventReader follow(String authorization) throws Exception {
    EventReader events = EventReader.open(client, url() + STREAM, "Authorization", authorization);
    assertEquals(200, events.status());
    return events;
  }

  @ParameterizedTest
  @ValueSource(strings = {"revoke", "rotate"})
  void itEndsAndShowsNothingMore(String how) throws Exception {
    deploy("a");
    try (EventReader events = follow("Bearer " + reader.secret());
        EventReader others = follow(admin)) {
      asAdmin("POST", PROCESSES + "/a/trigger", "{\"payload\":\"early-bird\"}");
      assertTrue(events.named("trigger_event").data().contains("early-bird"));
      String path = "/api/v1/tokens/" + reader.token().id();
      Told gone = how.equals("revoke")
          ? ask("DELETE", path, null, "Authorization", admin)
          : ask("POST", path + "/rotate", null, "Authorization", admin);
      assertTrue(gone.status() < 300, gone::toString);
      asAdmin("POST", PROCESSES + "/a/trigger", "{\"payload\":\"late-bird\"}");
      EventReader.Event last = events.next("its end", event -> {
        assertTrue(!event.data().contains("late-bird"), event::data);
        return event.name().equals("error");
      });
      assertTrue(last.data().contains("\"code\":\"UNAUTHORIZED\""), last::data);
      assertEquals("clean", events.named(EventReader.END).data());
      others.next("what came after", event -> event.data().contains("late-bird"));
    }
  }

  @Test
  void oneWithoutATokenGoesOn() throws Exception {
    deploy("a");
    try (EventReader events = EventReader.open(client, url() + STREAM)) {
      Told gone =
          ask("DELETE", "/api/v1/tokens/" + reader.token().id(), null, "Authorization", admin);
      assertTrue(gone.status() < 300, gone::toString);
      asAdmin("POST", PROCESSES + "/a/trigger", "{\"payload\":\"late-bird\"}");
      events.next("what came after", event -> event.data().contains("late-bird"));
    }
  }
}
