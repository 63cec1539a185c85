package org.secretfs.keymanager.identity;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.policy.NamedPolicy;
import org.secretfs.keymanager.policy.PolicyCache;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.policy.Subject;
import org.secretfs.keymanager.sigv4.Credentials;
import org.secretfs.keymanager.sigv4.Signer;
import org.secretfs.keymanager.store.PolicyRecord;
import org.secretfs.keymanager.store.PrincipalStore;
import org.secretfs.keymanager.store.RoleRecord;
import org.secretfs.keymanager.store.UserRecord;

/**
 * The principals of the store, for requests.
 *
 * <p>They are changed by other processes. What is kept in memory of them is dropped within {@link
 * #STALE_FOR} of a change, after the change's record was put on the audit log: what is not recorded
 * never takes effect. For several threads.
 */
public final class Identities implements Credentials {
  /** For how long a change by another process may go unnoticed, at most. */
  static final Duration STALE_FOR = Duration.ofMillis(250);

  private static final int MOST_CACHED = 10_000;

  private final PrincipalStore store;
  private final Sessions sessions;
  private final String accountId;
  private final PrincipalStore.Delivery audit;
  private final Clock clock;
  private final PolicyCache documents = new PolicyCache(PolicyDocument.Kind.IDENTITY);
  private final ReentrantLock refreshing = new ReentrantLock();
  private volatile Known known = new Known(-1);
  private volatile long checkedNanos = System.nanoTime() - STALE_FOR.toNanos();

  /**
   * What is known since a change; dropped as a whole, so that nobody fills in what is older.
   *
   * @param changes the number of the change
   */
  private record Known(
      long changes, Map<String, String> users, Map<String, Optional<Attached>> principals) {
    Known(long changes) {
      this(changes, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }
  }

  /** What a principal that exists has. */
  private record Attached(Instant created, List<NamedPolicy> policies, Map<String, String> tags) {}

  /**
   * Makes one.
   *
   * @param audit puts the record of a change on the audit log, durably
   */
  public Identities(
      PrincipalStore store,
      Sessions sessions,
      String accountId,
      PrincipalStore.Delivery audit,
      Clock clock) {
    this.store = store;
    this.sessions = sessions;
    this.accountId = accountId;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public Optional<Signer> find(String accessKeyId, Optional<String> sessionToken)
      throws Refused, IOException {
    refresh(false);
    if (sessionToken.isPresent()) {
      return sessions
          .open(accessKeyId, sessionToken.get(), clock.instant())
          .map(session -> new Signer(accessKeyId, session.principal(), sessionToken));
    }
    Known now = known;
    String user = now.users().get(accessKeyId);
    return (user == null ? firstSeen(accessKeyId) : Optional.of(user))
        .map(name -> new Signer(accessKeyId, name, sessionToken));
  }

  private Optional<String> firstSeen(String accessKeyId) throws IOException {
    Known before = known;
    Optional<String> user = store.userOf(accessKeyId);
    refresh(true);
    if (user.isPresent() && before.users().size() < MOST_CACHED) {
      before.users().put(accessKeyId, user.get());
    }
    return user;
  }

  /**
   * Looks whether another process changed something, if that was not done a moment ago. After
   * something was read, at once: the record of what made it so is then on the audit log.
   */
  private void refresh(boolean atOnce) throws IOException {
    if (!atOnce && System.nanoTime() - checkedNanos < STALE_FOR.toNanos()) {
      return;
    }
    refreshing.lock();
    try {
      long changes = store.foreignChanges();
      if (changes != known.changes()) {
        store.deliverRecords(audit);
        known = new Known(changes);
      }
      checkedNanos = System.nanoTime();
    } finally {
      refreshing.unlock();
    }
  }

  @Override
  public SecretBuffer secretOf(Signer signer) throws IOException {
    return signer.sessionToken().isPresent()
        ? sessions.secretOf(signer.accessKeyId())
        : store.secretOf(signer.accessKeyId(), signer.userName());
  }

  /**
   * The principal behind a signature.
   *
   * @param request the condition keys of the request itself
   * @throws Refused if the user or role was deleted, also if one of its name was made since
   */
  public Principal principal(Signer signer, Facts request) throws Refused, IOException {
    Session session = session(signer);
    String principal =
        session == null ? PrincipalStore.user(signer.userName()) : session.principal();
    Attached attached = attached(principal).orElseThrow(Identities::gone);
    if (session != null && !session.principalCreated().equals(attached.created())) {
      throw gone();
    }
    Subject subject = subject(principal, session);
    return new Principal(
        subject,
        attached.created(),
        signer.accessKeyId(),
        session,
        attached.policies(),
        sessionPolicy(session),
        facts(request, subject, session, attached.tags()));
  }

  private @Nullable Session session(Signer signer) throws Refused {
    if (signer.sessionToken().isEmpty()) {
      return null;
    }
    String token = signer.sessionToken().get();
    return sessions
        .open(signer.accessKeyId(), token, clock.instant())
        .orElseThrow(Identities::gone);
  }

  private static Refused gone() {
    return new Refused(
        KmsErrorCode.UNRECOGNIZED_CLIENT, "The security token included in the request is invalid.");
  }

  private Subject subject(String principal, @Nullable Session session) {
    String name = principal.substring(principal.indexOf('/') + 1);
    return session != null && principal.equals(PrincipalStore.role(name))
        ? Subject.session(accountId, name, session.name())
        : Subject.user(accountId, name);
  }

  private Facts facts(
      Facts request, Subject subject, @Nullable Session session, Map<String, String> tags) {
    Facts facts = new Facts().addAll(request);
    subject.facts().forEach(facts::add);
    tags.forEach((key, value) -> facts.add("aws:PrincipalTag/" + key, value));
    if (session != null) {
      facts.add("aws:TokenIssueTime", session.issued().toString());
      Instant factor = session.secondFactor();
      facts.add("aws:MultiFactorAuthPresent", Boolean.toString(factor != null));
      if (factor != null) {
        long age = Duration.between(factor, clock.instant()).toSeconds();
        facts.add("aws:MultiFactorAuthAge", Long.toString(age));
      }
    }
    return facts;
  }

  private Optional<Attached> attached(String principal) throws IOException {
    Known now = known;
    Optional<Attached> cached = now.principals().get(principal);
    if (cached != null) {
      return cached;
    }
    Optional<Instant> created = created(principal);
    Optional<Attached> read =
        created.isPresent()
            ? Optional.of(new Attached(created.get(), policies(principal), store.tagsOf(principal)))
            : Optional.empty();
    refresh(true);
    if (now.principals().size() < MOST_CACHED) {
      now.principals().put(principal, read);
    }
    return read;
  }

  private Optional<Instant> created(String principal) throws IOException {
    String name = principal.substring(principal.indexOf('/') + 1);
    return principal.equals(PrincipalStore.role(name))
        ? store.findRole(name).map(RoleRecord::created)
        : store.findUser(name).map(UserRecord::created);
  }

  /** The policies of a user or role, {@code user/NAME} or {@code role/NAME}. */
  private List<NamedPolicy> policies(String principal) throws IOException {
    List<NamedPolicy> policies = new ArrayList<>();
    for (PolicyRecord policy : store.policiesOf(principal)) {
      policies.add(new NamedPolicy(policy.name(), document(policy.document())));
    }
    return policies;
  }

  private @Nullable NamedPolicy sessionPolicy(@Nullable Session session) throws IOException {
    return session == null || session.policy() == null
        ? null
        : new NamedPolicy("session", document(session.policy()));
  }

  /** Policies are checked before they are kept: one that cannot be read was changed there. */
  private PolicyDocument document(String json) throws IOException {
    try {
      return documents.of(json);
    } catch (MalformedPolicy e) {
      throw new IOException("a policy was changed in the database", e);
    }
  }
}
