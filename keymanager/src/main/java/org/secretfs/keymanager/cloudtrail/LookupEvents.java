package org.secretfs.keymanager.cloudtrail;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.secretfs.audit.AuditEntry;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditResource;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.json.StrictJson;
import org.secretfs.keymanager.kms.Params;
import org.secretfs.keymanager.store.Tokens;

/**
 * Finds records in the audit log, newest first. A request looks at no more than a few of the log's
 * files, so a page may have few events or none and still be followed by another.
 */
public final class LookupEvents implements CloudTrailService.Operation {
  private static final int MOST_RESULTS = 50;
  private static final int MOST_FILES = 4;
  private static final String PURPOSE = "LookupEvents";

  /** CloudTrail's own limit: two requests a second. */
  private static final long NANOS_PER_REQUEST = Duration.ofMillis(500).toNanos();

  private static final int BURST = 2;

  private final Path directory;
  private final Supplier<Verification.Head> durable;
  private final Tokens tokens;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private long freeAtNanos;

  /**
   * Makes one.
   *
   * @param directory where the audit log is
   * @param durable its last durable record
   * @param tokens seals where a page ended
   * @param nanoTime as {@link System#nanoTime}
   */
  public LookupEvents(
      Path directory, Supplier<Verification.Head> durable, Tokens tokens, LongSupplier nanoTime) {
    this.directory = directory;
    this.durable = durable;
    this.tokens = tokens;
    this.nanoTime = nanoTime;
    this.freeAtNanos = nanoTime.getAsLong() - BURST * NANOS_PER_REQUEST;
  }

  @Override
  public Set<String> members() {
    return Set.of("LookupAttributes", "StartTime", "EndTime", "MaxResults", "NextToken");
  }

  /** What is looked for; the same for all pages. */
  private record Search(
      Predicate<AuditEvent> matches, Instant start, Instant end, int most, String text) {
    boolean finds(AuditEvent event) {
      return !event.eventTime().isBefore(start)
          && !event.eventTime().isAfter(end)
          && matches.test(event);
    }
  }

  /** The newest that were found, newest first. */
  private static final class Page {
    private final Deque<AuditEntry> found = new ArrayDeque<>();
    private long before;
    private boolean reachedStart;
  }

  @Override
  public ObjectNode run(Params params) throws Refused, IOException {
    takeTurn();
    Search search = search(params);
    Page page = new Page();
    page.before = before(params, search);
    for (int i = 0; i < MOST_FILES && page.before > 1 && page.found.size() < search.most(); i++) {
      if (!page.reachedStart) {
        file(search, page);
      }
    }
    return answer(search, page);
  }

  private void takeTurn() throws Refused {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      freeAtNanos = Math.max(freeAtNanos, now - BURST * NANOS_PER_REQUEST);
      if (freeAtNanos - now > -NANOS_PER_REQUEST) {
        throw new Refused(KmsErrorCode.THROTTLED, "Rate exceeded");
      }
      freeAtNanos += NANOS_PER_REQUEST;
    } finally {
      lock.unlock();
    }
  }

  private void file(Search search, Page page) throws IOException {
    Deque<AuditEntry> ofFile = new ArrayDeque<>();
    int room = search.most() - page.found.size();
    boolean[] within = new boolean[1];
    boolean[] full = new boolean[1];
    long first =
        AuditTrail.readBefore(
            directory,
            page.before,
            entry -> {
              within[0] |= !entry.event().eventTime().isBefore(search.start());
              if (search.finds(entry.event())) {
                ofFile.addLast(entry);
                full[0] |= ofFile.size() > room;
                if (ofFile.size() > room) {
                  ofFile.removeFirst();
                }
              }
            });
    page.before = full[0] ? ofFile.getFirst().position().sequence() : first;
    page.reachedStart = !within[0];
    while (!ofFile.isEmpty()) {
      page.found.addLast(ofFile.removeLast());
    }
  }

  private static Search search(Params params) throws Refused {
    Instant start = params.time("StartTime").orElse(Instant.EPOCH);
    Instant end = params.time("EndTime").orElse(Instant.MAX);
    if (end.isBefore(start)) {
      throw new Refused(KmsErrorCode.INVALID_TIME_RANGE, "The start time is after the end time.");
    }
    List<Params> attributes = params.objects("LookupAttributes");
    if (attributes.size() > 1) {
      throw wrongAttribute("There is at most one lookup attribute.");
    }
    String key = "";
    String value = "";
    if (!attributes.isEmpty()) {
      attributes.getFirst().requireKnown(Set.of("AttributeKey", "AttributeValue"));
      key = attributes.getFirst().text("AttributeKey", 1, 64).orElse("");
      value = attributes.getFirst().text("AttributeValue", 1, 2000).orElse("");
    }
    String text = String.join("\n", key, value, start.toString(), end.toString());
    return new Search(matching(key, value), start, end, most(params), text);
  }

  private static int most(Params params) throws Refused {
    try {
      OptionalInt most = params.number("MaxResults", 1, MOST_RESULTS);
      return most.orElse(MOST_RESULTS);
    } catch (Refused e) {
      throw new Refused(KmsErrorCode.INVALID_MAX_RESULTS, "MaxResults is 1 to 50.");
    }
  }

  private static Refused wrongAttribute(String message) {
    return new Refused(KmsErrorCode.INVALID_LOOKUP_ATTRIBUTES, message);
  }

  private static Predicate<AuditEvent> matching(String key, String value) throws Refused {
    return switch (key) {
      case "" -> event -> true;
      case "EventId" -> event -> event.eventId().equals(value);
      case "EventName" -> event -> event.eventName().equals(value);
      case "EventSource" -> event -> event.eventSource().equals(value);
      case "ReadOnly" -> event -> Boolean.toString(event.readOnly()).equals(value);
      case "Username" -> event -> value.equals(event.userIdentity().userName());
      case "AccessKeyId" -> event -> value.equals(event.userIdentity().accessKeyId());
      case "ResourceType" ->
          event -> event.resources().stream().map(AuditResource::type).anyMatch(value::equals);
      case "ResourceName" ->
          event -> event.resources().stream().map(AuditResource::arn).anyMatch(value::equals);
      default -> throw wrongAttribute("The lookup attribute is not one that is known.");
    };
  }

  /** Where the page before ended; the end of the log for the first. */
  private long before(Params params, Search search) throws Refused {
    Optional<String> token = params.text("NextToken", 1, 8192);
    if (token.isEmpty()) {
      return durable.get().sequence() + 1;
    }
    try {
      byte[] sealed = Base64.getUrlDecoder().decode(token.get());
      String content =
          tokens.open(PURPOSE, sealed).map(bytes -> new String(bytes, UTF_8)).orElse("");
      int line = content.indexOf('\n');
      if (line > 0 && content.substring(line + 1).equals(search.text())) {
        return Long.parseLong(content.substring(0, line));
      }
    } catch (IllegalArgumentException e) {
      // Not Base64: no token of ours.
    }
    throw new Refused(
        KmsErrorCode.INVALID_NEXT_TOKEN, "The token is not one that was given for this search.");
  }

  private ObjectNode answer(Search search, Page page) {
    ObjectNode answer = StrictJson.empty();
    ArrayNode events = answer.putArray("Events");
    page.found.forEach(entry -> events.add(json(entry.event())));
    if (page.before > 1 && !page.reachedStart) {
      byte[] content = (page.before + "\n" + search.text()).getBytes(UTF_8);
      byte[] sealed = Base64.getUrlEncoder().withoutPadding().encode(tokens.seal(PURPOSE, content));
      answer.put("NextToken", new String(sealed, US_ASCII));
    }
    return answer;
  }

  private static ObjectNode json(AuditEvent event) {
    ObjectNode json =
        StrictJson.empty()
            .put("EventId", event.eventId())
            .put("EventName", event.eventName())
            .put("ReadOnly", Boolean.toString(event.readOnly()))
            .put("EventTime", event.eventTime().getEpochSecond())
            .put("EventSource", event.eventSource());
    if (event.userIdentity().accessKeyId() != null) {
      json.put("AccessKeyId", event.userIdentity().accessKeyId());
    }
    if (event.userIdentity().userName() != null) {
      json.put("Username", event.userIdentity().userName());
    }
    ArrayNode resources = json.putArray("Resources");
    for (AuditResource resource : event.resources()) {
      resources
          .addObject()
          .put("ResourceType", resource.type())
          .put("ResourceName", resource.arn());
    }
    return json.put("CloudTrailEvent", new String(event.toJson(), UTF_8));
  }
}
