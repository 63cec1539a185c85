package org.secretfs.keymanager.s3;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.secretfs.audit.delivery.TrailDestination;
import org.secretfs.audit.delivery.TrailFiles;

/**
 * A bucket: the object {@code a/b} is the file {@code a/b} below a directory, and what is known
 * about it is in {@code a/.b.meta}, which names the MD5 of the content that it belongs to.
 *
 * <p>A put writes the metadata as {@code .b.meta.new}, then replaces the content, then renames the
 * metadata; each is on the disk before the next. Whatever a crash leaves, the content has the
 * metadata that names its MD5; if none does, somebody else wrote the file, and it has none. One
 * process writes; for several threads.
 */
public final class BucketDirectory implements TrailDestination, TrailFiles {
  /** The largest object, in bytes. */
  public static final int MOST_BYTES = 8 << 20;

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final String TEMPORARY = ".tmp";
  private static final int MOST_METADATA_BYTES = 64 << 10;
  private static final String PLAIN = "application/octet-stream";

  private final Path root;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  /** A directory that is there already. */
  public BucketDirectory(Path root) {
    this.root = root;
  }

  /** Makes the directory where it is missing, with mode 0700, and removes what a crash left. */
  public static BucketDirectory make(Path root) throws IOException {
    BucketDirectory bucket = new BucketDirectory(root);
    bucket.makeDirectory(root.resolve(TEMPORARY));
    try (var left = Files.newDirectoryStream(root.resolve(TEMPORARY))) {
      for (Path file : left) {
        Files.delete(file);
      }
    }
    return bucket;
  }

  private record About(String md5, String contentType, Map<String, String> metadata) {}

  /** The object; empty if there is none. */
  public Optional<StoredObject> find(String key) throws IOException {
    if (!ObjectKey.isValid(key)) {
      return Optional.empty();
    }
    lock.readLock().lock();
    try {
      Path file = root.resolve(key);
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      byte[] content = read(file, MOST_BYTES);
      String md5 = md5(content);
      About about = about(file, md5).orElse(new About(md5, PLAIN, Map.of()));
      return Optional.of(
          new StoredObject(
              content,
              md5,
              Files.getLastModifiedTime(file).toInstant(),
              about.contentType(),
              about.metadata()));
    } finally {
      lock.readLock().unlock();
    }
  }

  private static byte[] read(Path file, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(most + 1);
      if (content.length > most) {
        throw new IOException("%s: has more than %d bytes".formatted(file, most));
      }
      return content;
    }
  }

  /** The metadata of a content of this MD5. */
  private static Optional<About> about(Path file, String md5) throws IOException {
    for (Path place : List.of(fresh(file), settled(file))) {
      if (Files.isRegularFile(place)) {
        About about = JSON.readValue(read(place, MOST_METADATA_BYTES), About.class);
        if (about.md5().equals(md5)) {
          return Optional.of(about);
        }
      }
    }
    return Optional.empty();
  }

  private static Path settled(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".meta");
  }

  private static Path fresh(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".meta.new");
  }

  /** What to do with an object that is there. */
  public enum Existing {
    /** It is kept, and nothing is put. */
    KEEP,
    /** It is replaced. */
    REPLACE
  }

  /**
   * Puts an object; it is durable when this returns.
   *
   * @return false if there was one, which was kept
   * @throws FileAlreadyExistsException if the key of another object is a directory of this one, or
   *     the other way round
   */
  public boolean put(
      String key,
      byte[] content,
      String contentType,
      Map<String, String> metadata,
      Existing existing)
      throws IOException {
    if (!ObjectKey.isValid(key) || content.length > MOST_BYTES) {
      throw new IOException("not the key of an object, or too large");
    }
    lock.writeLock().lock();
    try {
      Path file = root.resolve(key);
      if (Files.isDirectory(file)) {
        throw new FileAlreadyExistsException(key);
      }
      if (Files.exists(file) && existing == Existing.KEEP) {
        return false;
      }
      makeDirectory(file.resolveSibling(""));
      settle(file);
      About about = new About(md5(content), contentType, metadata);
      move(write(JSON.writeValueAsBytes(about)), fresh(file));
      move(write(content), file);
      move(fresh(file), settled(file));
      return true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Ends what an earlier put did not, so that its metadata is not lost by the next. */
  private static void settle(Path file) throws IOException {
    if (Files.exists(fresh(file)) && Files.exists(file)) {
      String md5 = md5(read(file, MOST_BYTES));
      About about = JSON.readValue(read(fresh(file), MOST_METADATA_BYTES), About.class);
      if (about.md5().equals(md5)) {
        move(fresh(file), settled(file));
      }
    }
  }

  private Path write(byte[] content) throws IOException {
    Path file = root.resolve(TEMPORARY).resolve(UUID.randomUUID().toString());
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    // A stream and not a channel: an interrupted thread must not leave half a file behind.
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(content);
      out.getFD().sync();
    }
    return file;
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(to.resolveSibling(""));
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void makeDirectory(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.toAbsolutePath().normalize().getParent();
    if (parent != null) {
      makeDirectory(parent);
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      sync(parent);
    }
  }

  /** Removes an object; one that is not there is no error. */
  public void delete(String key) throws IOException {
    if (!ObjectKey.isValid(key)) {
      return;
    }
    lock.writeLock().lock();
    try {
      Path file = root.resolve(key);
      if (Files.isRegularFile(file)) {
        Files.delete(file);
        Files.deleteIfExists(fresh(file));
        Files.deleteIfExists(settled(file));
        sync(file.resolveSibling(""));
        deleteEmpty(file.resolveSibling(""));
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void deleteEmpty(Path directory) throws IOException {
    Path at = directory.toAbsolutePath().normalize();
    try {
      while (!at.equals(root.toAbsolutePath().normalize())) {
        Files.delete(at);
        at = at.resolveSibling("").normalize();
      }
    } catch (DirectoryNotEmptyException e) {
      // It holds other objects.
    }
  }

  /** Up to {@code most} objects in the order of their keys. */
  public Listing list(Listing.Wanted wanted) throws IOException {
    lock.readLock().lock();
    try {
      return Listing.of(root, wanted);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static String md5(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has MD5", e);
    }
  }

  @Override
  public boolean putIfAbsent(String key, byte[] content, Map<String, String> metadata)
      throws IOException {
    return put(key, content, "application/json", metadata, Existing.KEEP);
  }

  @Override
  public Optional<byte[]> get(String key) throws IOException {
    return find(key).map(StoredObject::content);
  }

  @Override
  public Map<String, String> metadata(String key) throws IOException {
    return find(key).map(StoredObject::metadata).orElse(Map.of());
  }

  @Override
  public List<String> keys() throws IOException {
    List<String> keys = new ArrayList<>();
    Listing page = list(new Listing.Wanted("", "", "", Integer.MAX_VALUE));
    page.objects().forEach(found -> keys.add(found.key()));
    return keys;
  }

  @Override
  public void close() {
    // Nothing is kept open.
  }
}
