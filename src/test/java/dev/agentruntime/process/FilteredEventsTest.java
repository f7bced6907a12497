package dev.agentruntime.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.agentruntime.core.ErrorCode;
import dev.agentruntime.core.RuntimeFault;
import dev.agentruntime.entry.EntryData;
import dev.agentruntime.manifest.ManifestReader;
import dev.agentruntime.trigger.TriggerSink;
import dev.agentruntime.trigger.TriggerSink.Accepted;
import dev.agentruntime.trigger.TriggerSink.Outcome;
import io.vertx.core.Future;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FilteredEventsTest {

  private static HandProcess filtering(String filter) {
    HandProcess process = new HandProcess();
    process.open();
    String manifest = "name: hand\nmodel: echo\ninstructions: Do.\ntriggers:\n"
        + "  - {type: cron, cron_expression: '@daily', filter_expression: \"" + filter + "\"}\n";
    process.deploy(
        new ManifestReader(name -> null).readYaml(manifest, "test", null, false).config());
    Future<Void> started = process.start();
    process.flush();
    assertTrue(started.succeeded(), () -> String.valueOf(started.cause()));
    return process;
  }

  private static Accepted get(Future<Accepted> future) {
    assertTrue(future.succeeded(), () -> String.valueOf(future.cause()));
    return future.result();
  }

  @Test
  void countsWhatDoesNotMatchAndJournalsNothing() {
    HandProcess process = filtering("payload == 'yes'");
    TriggerSink sink = process.sinks.get(0);
    int before = process.entries().size();
    assertEquals(Outcome.FILTERED, get(sink.offer(process.event("no", "k"))).outcome());
    process.flush();
    assertEquals(before, process.entries().size());
    assertEquals(1, process.kernel().filtered());
    assertEquals(1L, status(process).get("filtered_count"));
    Future<Accepted> same = sink.offer(process.event("yes", "k"));
    process.flush();
    assertEquals(Outcome.ACCEPTED, get(same).outcome(), "a filtered event leaves no dedup key");
    Future<Accepted> again = sink.offer(process.event("yes", "k"));
    process.flush();
    assertTrue(get(again).duplicate());
    assertEquals(1, process.entries(EntryData.TriggerAccepted.class).size());
    assertEquals(1, process.kernel().filtered());
  }

  private static Map<String, Object> status(HandProcess process) {
    return StatusView.of(process.kernel(), HandProcess.START, false).object();
  }

  @Test
  void saysThatAStoppedProcessIsStoppedWhateverTheFilterSays() {
    HandProcess process = filtering("false");
    Future<Void> stopped = process.kernel().stop("test");
    process.flush();
    assertTrue(stopped.succeeded());
    Future<Accepted> refused = process.sinks.get(0).offer(process.event("x", null));
    process.flush();
    assertEquals(ErrorCode.PROCESS_STOPPED, ((RuntimeFault) refused.cause()).code());
    assertEquals(0, process.kernel().filtered());
  }

  @Test
  void whatAnOperatorFiresIsNotFiltered() {
    HandProcess process = filtering("false");
    Future<Accepted> offered = process.offer("by hand");
    process.flush();
    assertEquals(Outcome.ACCEPTED, get(offered).outcome());
    assertFalse(get(offered).duplicate());
  }
}
