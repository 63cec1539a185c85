package org.secretfs.keymanager.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.keymanager.s3.BucketDirectory.Existing;

class BucketDirectoryTest {
  @TempDir private Path temporary;
  private BucketDirectory bucket = new BucketDirectory(Path.of("none"));

  @BeforeEach
  void make() throws IOException {
    bucket = BucketDirectory.make(temporary.resolve("bucket"));
  }

  private boolean put(String key, String content, String color) throws IOException {
    return bucket.put(
        key, content.getBytes(UTF_8), "text/plain", Map.of("color", color), Existing.REPLACE);
  }

  private StoredObject get(String key) throws IOException {
    return bucket.find(key).orElseThrow();
  }

  @Test
  void put_twice_replacesContentAndMetadata() throws Exception {
    put("a/b", "one", "red");
    put("a/b", "two", "blue");
    assertThat(get("a/b").content()).isEqualTo("two".getBytes(UTF_8));
    assertThat(get("a/b").metadata()).containsExactly(Map.entry("color", "blue"));
    assertThat(bucket.putIfAbsent("a/b", new byte[1], Map.of())).isFalse();
    assertThat(bucket.keys()).containsExactly("a/b");
  }

  @Test
  void put_crashedBeforeTheContent_keepsTheOldObject() throws Exception {
    put("a", "one", "red");
    Path old = Files.copy(temporary.resolve("bucket/a"), temporary.resolve("old"));
    Path about = Files.copy(temporary.resolve("bucket/.a.meta"), temporary.resolve("about"));
    put("a", "two", "blue");
    // As if the new metadata had been written, and nothing else.
    Files.move(temporary.resolve("bucket/.a.meta"), temporary.resolve("bucket/.a.meta.new"));
    Files.move(about, temporary.resolve("bucket/.a.meta"));
    Files.copy(old, temporary.resolve("bucket/a"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(get("a").metadata()).containsEntry("color", "red");
  }

  @Test
  void put_crashedAfterTheContent_hasTheNewMetadataAlsoDuringTheNextPut() throws Exception {
    put("a", "two", "blue");
    Files.move(temporary.resolve("bucket/.a.meta"), temporary.resolve("bucket/.a.meta.new"));
    assertThat(get("a").metadata()).containsEntry("color", "blue");
    put("a", "three", "green");
    assertThat(get("a").metadata()).containsEntry("color", "green");
  }

  @Test
  void find_fileThatSomebodyElseWrote_hasNoMetadata() throws Exception {
    put("a", "one", "red");
    Files.writeString(temporary.resolve("bucket/a"), "two");
    assertThat(get("a").metadata()).isEmpty();
  }

  @Test
  void make_leftovers_areRemoved() throws Exception {
    Files.writeString(temporary.resolve("bucket/.tmp/left"), "x");
    BucketDirectory.make(temporary.resolve("bucket"));
    assertThat(temporary.resolve("bucket/.tmp")).isEmptyDirectory();
  }

  @Test
  void put_keyBelowAnObject_isRefused() throws Exception {
    put("a/b", "one", "red");
    assertThatThrownBy(() -> put("a", "two", "red")).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> put("a/b/c", "two", "red"))
        .isInstanceOf(FileAlreadyExistsException.class);
    bucket.delete("a/b");
    assertThat(put("a", "two", "red")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        ".tmp/x",
        "a/.b.meta",
        "a\0b",
        "a\nb",
        "ä"
      })
  void key_thatLeavesTheFormOrTheBucket_isNone(String key) throws Exception {
    assertThat(ObjectKey.isValid(key)).isFalse();
    assertThat(bucket.find(key)).isEmpty();
    assertThatThrownBy(() -> put(key, "x", "red")).isInstanceOf(IOException.class);
  }

  @Test
  void list_pagesOfAnySize_giveAllKeysInTheirOrder() throws Exception {
    List<String> keys = List.of("a-b", "a/1", "a/2/x", "a/2/y", "a0", "b/c/d", "b0", "c~", "z/y/x");
    for (String key : keys) {
      put(key, key, "red");
    }
    for (int most = 1; most <= keys.size() + 1; most++) {
      assertThat(paged("", "", most))
          .as("pages of %d", most)
          .isEqualTo(keys.stream().sorted().toList());
    }
    assertThat(paged("a/", "", 2)).containsExactly("a/1", "a/2/x", "a/2/y");
    assertThat(paged("", "/", 1)).containsExactly("a-b", "a/", "a0", "b/", "b0", "c~", "z/");
    assertThat(paged("a/", "/", 5)).containsExactly("a/1", "a/2/");
    assertThat(paged("b", "/", 1)).containsExactly("b/", "b0");
    assertThat(paged("nothing", "", 1)).isEmpty();
  }

  private List<String> paged(String prefix, String delimiter, int most) throws IOException {
    List<String> all = new ArrayList<>();
    String after = "";
    while (after != null) {
      Listing page = bucket.list(new Listing.Wanted(prefix, delimiter, after, most));
      List<String> found = new ArrayList<>(page.prefixes());
      page.objects().forEach(object -> found.add(object.key()));
      all.addAll(found.stream().sorted().toList());
      after = page.next();
    }
    return all;
  }
}
