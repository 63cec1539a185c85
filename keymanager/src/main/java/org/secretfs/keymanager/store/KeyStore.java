package org.secretfs.keymanager.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.Verification;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;

/**
 * The keys, their material, aliases and tags, and the stores of what belongs to them, durable when
 * a method that changes them returns. For several threads; whoever opened one closes it.
 *
 * <p>Keys and grants are changed by one process only, which therefore keeps those it used last in
 * memory; users, roles and policies may be changed by others at any time. Every method throws
 * {@link IOException} if the database fails; a change is then done as a whole or not at all.
 *
 * <p>Key material is in the database under the root key only, and in memory off the heap.
 */
public final class KeyStore implements AutoCloseable {
  private static final int MOST_KEYS_CACHED = 50_000;
  private static final int MOST_MATERIALS_CACHED = 1_000;
  private static final int MATERIAL_BYTES = 32;

  private final StoreFiles files;
  private final Transactions transactions;
  private final Wrapping wrapping;
  private final GrantStore grants;
  private final PrincipalStore principals;
  private final TrailStore trail;

  // Hits take no lock.
  private final Map<String, KeyRecord> keys = new ConcurrentHashMap<>();
  private final Map<String, String> aliases = new ConcurrentHashMap<>();
  private final SecretCache<MaterialName> materials = new SecretCache<>(MOST_MATERIALS_CACHED);

  private record MaterialName(String keyId, int version) {}

  KeyStore(StoreFiles files, Database database, Wrapping wrapping, GenerationFile generation) {
    this.files = files;
    this.transactions = new Transactions(database, generation);
    this.wrapping = wrapping;
    this.grants = new GrantStore(transactions);
    this.principals = new PrincipalStore(transactions, wrapping);
    this.trail = new TrailStore(transactions, wrapping);
  }

  /** The grants of keys. */
  public GrantStore grants() {
    return grants;
  }

  /** Users, roles and their policies. */
  public PrincipalStore principals() {
    return principals;
  }

  /** The delivery of the audit trail, and the keys that sign it. */
  public TrailStore trail() {
    return trail;
  }

  /** Seals what is given out and must come back unchanged, as session and grant tokens. */
  public Tokens tokens() {
    return new Tokens(wrapping);
  }

  /**
   * Makes the root key and the database where they are missing; checks what is there.
   *
   * @return whether the database was made now
   */
  public static boolean init(StoreFiles files, RootSealer sealer) throws KeyManagerException {
    return new StoreOpener(files).init(sealer);
  }

  /**
   * The root key of a store, as it is kept; the caller closes it.
   *
   * @throws KeyManagerException if a part is missing, is not of this store, or is an older copy
   */
  public static KeptRoot root(StoreFiles files) throws KeyManagerException {
    return new StoreOpener(files).root();
  }

  /**
   * Opens a store whose root key is kept in clear.
   *
   * @throws KeyManagerException.Sealed if it is sealed
   * @throws KeyManagerException if a part is missing, is not of this store, or is an older copy
   */
  public static KeyStore open(StoreFiles files) throws KeyManagerException {
    return new StoreOpener(files).open();
  }

  /** Opens a store with its root key, which is not needed afterwards. */
  public static KeyStore open(StoreFiles files, RootKey root) throws KeyManagerException {
    return new StoreOpener(files).open(root);
  }

  /**
   * Puts all keys under a new root key; a server on this store goes on meanwhile.
   *
   * @param former the present root key
   * @param sealer keeps the new one
   * @param record goes to the audit log with the change
   */
  public static void rewrap(StoreFiles files, RootKey former, RootSealer sealer, byte[] record)
      throws KeyManagerException {
    new StoreOpener(files).rewrap(former, sealer, record);
  }

  /**
   * Writes a backup of one moment; changes go on meanwhile.
   *
   * @param target must not exist
   * @param audit the last audit record before that moment
   */
  public BackupHeader backup(Path target, Verification.Head audit, Instant now)
      throws KeyManagerException {
    return new BackupWriter(files, wrapping).write(target, audit, now);
  }

  /** What a backup says of itself; not proven yet. */
  public static BackupHeader backupHeader(Path backup) throws KeyManagerException {
    return BackupReader.header(backup);
  }

  /**
   * Puts a backup into the place of a store that nobody uses.
   *
   * @param root the root key that the backup names
   * @param acceptOlder allows one that is older than what was seen of the database
   */
  public static BackupHeader restore(
      StoreFiles files, Path backup, RootKey root, boolean acceptOlder) throws KeyManagerException {
    return new BackupReader(files).restore(backup, root, acceptOlder);
  }

  /** Adds a symmetric key with tags, and with new material unless it comes from outside. */
  public void createKey(KeyRecord key, Map<String, String> tags) throws IOException {
    try (SecretBuffer material = SecretBuffer.random(MATERIAL_BYTES)) {
      createKey(key, tags, material);
    }
  }

  /** Adds a key with tags, and with this material, which is not kept, unless from outside. */
  public void createKey(KeyRecord key, Map<String, String> tags, SecretBuffer material)
      throws IOException {
    byte[] wrapped = wrapping.wrapMaterial(key.id(), 1, material);
    write(
        Transactions::nothingIsMirrored,
        sql -> {
          KeyTable.insert(sql, key);
          if (key.imported() == null) {
            KeyTable.insertMaterial(sql, key.id(), 1, wrapped, key.created(), false);
          }
          TagTable.put(sql, key.id(), tags);
          return true;
        });
  }

  /** The key of this id. */
  public Optional<KeyRecord> find(String keyId) throws IOException {
    KeyRecord cached = keys.get(keyId);
    if (cached != null) {
      return Optional.of(cached);
    }
    return transactions.fill(() -> {
      Optional<KeyRecord> found = read(sql -> KeyTable.find(sql, keyId));
      found.ifPresent(key -> remember(keys, keyId, key));
      return found;
    });
  }

  /** The id of the key that an alias names. */
  public Optional<String> keyOfAlias(String alias) throws IOException {
    String cached = aliases.get(alias);
    if (cached != null) {
      return Optional.of(cached);
    }
    return transactions.fill(() -> {
      Optional<String> found = read(sql -> AliasTable.keyId(sql, alias));
      found.ifPresent(keyId -> remember(aliases, alias, keyId));
      return found;
    });
  }

  private static <V> void remember(Map<String, V> cache, String name, V value) {
    if (cache.size() >= MOST_KEYS_CACHED) {
      cache.clear();
    }
    cache.put(name, value);
  }

  /** How a key becomes another. */
  @FunctionalInterface
  public interface Change<X extends Exception> {
    /** Returns the changed key, or the same for no change. */
    KeyRecord apply(KeyRecord key) throws X;
  }

  /**
   * Changes a key; nobody else changes it meanwhile.
   *
   * @return the key as it is then; empty if there is none
   * @throws X what {@code change} throws; nothing was changed
   */
  public <X extends Exception> Optional<KeyRecord> change(String keyId, Change<X> change)
      throws IOException, X {
    return write(() -> keys.remove(keyId), sql -> changed(sql, keyId, change));
  }

  private static <X extends Exception> Optional<KeyRecord> changed(
      Sql sql, String keyId, Change<X> change) throws SQLException, X {
    Optional<KeyRecord> found = KeyTable.find(sql, keyId);
    if (found.isEmpty()) {
      return found;
    }
    KeyRecord changed = change.apply(found.get());
    KeyTable.update(sql, changed);
    return Optional.of(changed);
  }

  /**
   * Makes new material for a key that is not pending deletion, which encrypts from now on; what is
   * there keeps decrypting.
   *
   * @param change made on the key in the same step, before its version is raised
   */
  public <X extends Exception> Optional<KeyRecord> rotate(
      String keyId, Instant now, boolean onDemand, Change<X> change) throws IOException, X {
    try (SecretBuffer material = SecretBuffer.random(MATERIAL_BYTES)) {
      return write(
          () -> keys.remove(keyId),
          sql -> {
            Optional<KeyRecord> found = KeyTable.find(sql, keyId);
            if (found.isEmpty()) {
              return found;
            }
            int version = found.get().currentVersion() + 1;
            KeyRecord changed = change.apply(found.get()).withVersion(version);
            byte[] wrapped = wrapping.wrapMaterial(keyId, version, material);
            KeyTable.insertMaterial(sql, keyId, version, wrapped, now, onDemand);
            KeyTable.update(sql, changed);
            return Optional.of(changed);
          });
    }
  }

  /** The materials that a key has had, oldest first. */
  public List<RotationRecord> materials(String keyId) throws IOException {
    return read(sql -> KeyTable.materials(sql, keyId));
  }

  /**
   * Uses key material.
   *
   * @return what {@code use} returns; empty if the key has no such material
   * @throws IOException if the material in the database was changed
   */
  public <T, X extends Exception> Optional<T> withMaterial(
      String keyId, int version, SecretCache.Use<T, X> use) throws IOException, X {
    try {
      return Optional.of(
          materials.use(new MaterialName(keyId, version), () -> load(keyId, version), use));
    } catch (NoMaterial e) {
      return Optional.empty();
    }
  }

  private SecretBuffer load(String keyId, int version) throws IOException {
    byte[] wrapped =
        read(sql -> KeyTable.material(sql, keyId, version)).orElseThrow(NoMaterial::new);
    try {
      return wrapping.unwrapMaterial(keyId, version, wrapped);
    } catch (CryptoException.Tampered e) {
      throw new IOException(
          "material %d of key %s was changed in the database".formatted(version, keyId), e);
    }
  }

  private static final class NoMaterial extends IOException {}

  /**
   * Puts material from outside into a key that waits for it, or had the same before.
   *
   * @param material 32 bytes; not kept
   * @param validTo when it is to be deleted; null for never
   * @return false if the key had other material before, or is to be deleted; nothing was changed
   */
  public boolean importMaterial(
      String keyId, SecretBuffer material, Instant now, @Nullable Instant validTo)
      throws IOException {
    byte[] wrapped = wrapping.wrapMaterial(keyId, 1, material);
    byte[] check = wrapping.materialCheck(keyId, material);
    return write(
        () -> keys.remove(keyId),
        sql -> KeyTable.putImported(sql, keyId, wrapped, check, now, validTo));
  }

  /** Deletes material from outside; false if there was none. */
  public boolean deleteImportedMaterial(String keyId) throws IOException {
    boolean deleted = write(() -> keys.remove(keyId), sql -> KeyTable.removeImported(sql, keyId));
    materials.forget(new MaterialName(keyId, 1));
    return deleted;
  }

  /** Deletes material from outside, if it has expired and was not imported anew. */
  public void deleteMaterialIfExpired(String keyId, Instant now) throws IOException {
    write(() -> keys.remove(keyId), sql -> KeyTable.removeExpired(sql, keyId, now));
    materials.forget(new MaterialName(keyId, 1));
  }

  /** The keys whose material from outside has expired. */
  public List<String> dueForExpiry(Instant now) throws IOException {
    return read(sql -> KeyTable.dueForExpiry(sql, now));
  }

  /** The keys whose time to be deleted has come. */
  public List<String> dueForDeletion(Instant now) throws IOException {
    return read(sql -> KeyTable.dueForDeletion(sql, now));
  }

  /** Deletes a key with all that belongs to it, if its time has come and nobody cancelled it. */
  public void deleteIfDue(String keyId, Instant now) throws IOException {
    int versions = materials(keyId).size();
    write(() -> forgetNames(keyId), sql -> KeyTable.deleteIfDue(sql, keyId, now));
    for (int version = 1; version <= versions; version++) {
      materials.forget(new MaterialName(keyId, version));
    }
  }

  private void forgetNames(String keyId) {
    keys.remove(keyId);
    aliases.values().removeIf(keyId::equals);
    grants.forget(keyId);
  }

  /** The keys whose material is due for rotation. */
  public List<String> dueForRotation(Instant now) throws IOException {
    return read(sql -> KeyTable.dueForRotation(sql, now));
  }

  /** Up to {@code most} ids after {@code marker}, in their order. */
  public List<String> keyIdsAfter(String marker, int most) throws IOException {
    return read(sql -> KeyTable.idsAfter(sql, marker, most));
  }

  /** Names a key; false if the name is taken. */
  public boolean createAlias(String name, String keyId, Instant now) throws IOException {
    return write(Transactions::nothingIsMirrored, sql -> AliasTable.insert(sql, name, keyId, now));
  }

  /** Lets a name mean another key; false if there is no such name. */
  public boolean updateAlias(String name, String keyId, Instant now) throws IOException {
    return write(() -> aliases.remove(name), sql -> AliasTable.update(sql, name, keyId, now));
  }

  /** Removes a name; false if there is none. */
  public boolean deleteAlias(String name) throws IOException {
    return write(() -> aliases.remove(name), sql -> AliasTable.delete(sql, name));
  }

  /** Up to {@code most} aliases after {@code marker}, in their order, of one key or of all. */
  public List<AliasRecord> aliasesAfter(@Nullable String keyId, String marker, int most)
      throws IOException {
    return read(sql ->
        keyId == null
            ? AliasTable.listAfter(sql, marker, most)
            : AliasTable.listOfKeyAfter(sql, keyId, marker, most));
  }

  /** Sets tags; false if the key would have more than {@code most}, and then none was set. */
  public boolean tag(String keyId, Map<String, String> tags, int most) throws IOException {
    try {
      return write(
          Transactions::nothingIsMirrored,
          sql -> {
            TagTable.put(sql, keyId, tags);
            if (TagTable.count(sql, keyId) > most) {
              throw new TooMany();
            }
            return true;
          });
    } catch (TooMany e) {
      return false;
    }
  }

  private static final class TooMany extends Exception {}

  /** Removes tags; those that are not there are no error. */
  public void untag(String keyId, Collection<String> tagKeys) throws IOException {
    write(
        Transactions::nothingIsMirrored,
        sql -> {
          TagTable.remove(sql, keyId, tagKeys);
          return true;
        });
  }

  /** Up to {@code most} tags of a key after {@code marker}, in their order. */
  public List<Map.Entry<String, String>> tagsAfter(String keyId, String marker, int most)
      throws IOException {
    return read(sql -> TagTable.listAfter(sql, keyId, marker, most));
  }

  /** How many keys are in each state. */
  public SequencedMap<String, Long> countByState() throws IOException {
    return read(KeyTable::countByState);
  }

  /** Whether the database answers. */
  public boolean isHealthy() {
    try {
      return read(Meta::databaseId).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private <T, X extends Exception> T read(Database.Work<T, X> work) throws IOException, X {
    return transactions.read(work);
  }

  private <T, X extends Exception> T write(Runnable invalidation, Database.Work<T, X> work)
      throws IOException, X {
    return transactions.write(invalidation, work);
  }

  /** Wipes the keys in memory and closes the database. */
  @Override
  public void close() {
    materials.close();
    wrapping.close();
    transactions.close();
  }
}
