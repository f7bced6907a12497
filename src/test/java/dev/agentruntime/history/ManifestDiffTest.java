package dev.agentruntime.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.agentruntime.core.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestDiffTest {

  private static List<String> diff(String from, String to) {
    return ManifestDiff.of(json(from), json(to)).stream().map(Json::toString).toList();
  }

  private static Json json(String text) {
    return Json.parse(text.replace('\'', '"'));
  }

  private static List<String> lines(String... all) {
    return List.of(all).stream().map(line -> line.replace('\'', '"')).toList();
  }

  @Test
  void equalManifestsDifferInNothing() {
    assertEquals(List.of(), diff("{'a':{'b':[1]}}", "{'a':{'b':[1]}}"));
  }

  @Test
  void keysAreNamedByTheirPath() {
    assertEquals(
        lines(
            "{'key':'config.concurrency','from':1,'to':2}",
            "{'key':'gone','from':true}",
            "{'key':'instructions','to':'x'}"),
        diff(
            "{'config':{'concurrency':1},'gone':true}",
            "{'config':{'concurrency':2},'instructions':'x'}"));
  }

  @Test
  void triggersAreToldApartByTheirIds() {
    assertEquals(
        lines(
            "{'key':'t[a].f','from':1,'to':2}",
            "{'key':'t[b]','from':{'id':'b'}}",
            "{'key':'t[c]','to':{'id':'c'}}"),
        diff("{'t':[{'id':'a','f':1},{'id':'b'}]}", "{'t':[{'id':'c'},{'id':'a','f':2}]}"));
  }

  @Test
  void otherListsAreComparedAsAWhole() {
    assertEquals(lines("{'key':'l','from':[1,2],'to':[2,1]}"), diff("{'l':[1,2]}", "{'l':[2,1]}"));
    assertEquals(
        lines("{'key':'l','from':[],'to':[{'id':'a'}]}"), diff("{'l':[]}", "{'l':[{'id':'a'}]}"));
  }
}
