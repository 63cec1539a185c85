package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** Formatting, opening and updating volumes in memory. */
class Luks2VolumeTest {
  @Test
  void format_withOptions_readsBackWhatWasAsked() throws Exception {
    UUID uuid = UUID.fromString("6f1a2f9e-5b77-4a9b-9e6f-0c1d2e3f4a5b");
    FaultyLuksStorage storage =
        TestVolumes.formatted(
            TestVolumes.options()
                .uuid(uuid)
                .label("größe")
                .subsystem("part")
                .sectorSize(4096)
                .token(TestVolumes.token("first"))
                .build());
    Luks2Volume volume = Luks2Volume.read(storage);
    assertThat(volume.uuid()).isEqualTo(uuid);
    assertThat(volume.label()).isEqualTo("größe");
    assertThat(volume.subsystem()).isEqualTo("part");
    assertThat(volume.segment().sectorSize()).isEqualTo(4096);
    assertThat(volume.segment().offsetBytes()).isEqualTo(TestVolumes.DATA_OFFSET_BYTES);
    assertThat(volume.segment().sizeBytes()).isEmpty();
    assertThat(volume.segment().cipher()).isEqualTo("aes-xts-plain64");
    assertThat(volume.tokens()).containsOnlyKeys(0);
    assertThat(volume.needsRepair()).isFalse();
    assertThat(storage.isLocked()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 512})
  void unlock_givenVolumeKey_returnsIt(int bits) throws Exception {
    try (VolumeKey key = VolumeKey.random(bits / 8);
        SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      FormatOptions options = TestVolumes.options().keySizeBits(bits).volumeKey(key).build();
      Luks2Volume volume = Luks2Volume.read(TestVolumes.formatted(options));
      try (VolumeKey opened = volume.unlock(passphrase)) {
        assertThat(opened.secret().equalsSecret(key.secret())).isTrue();
      }
    }
  }

  @Test
  void unlock_argon2id_opens() throws Exception {
    KdfParameters kdf = new KdfParameters.Argon2id(1, 1024, 2);
    FaultyLuksStorage storage = TestVolumes.formatted(TestVolumes.options(kdf).build());
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
    assertThat(Luks2Volume.read(storage).keyslots().get(0))
        .extracting(KeyslotInfo::kdf)
        .isEqualTo(kdf);
  }

  @Test
  void unlock_wrongPassphrase_saysHowManyWereTried() throws Exception {
    Luks2Volume volume = Luks2Volume.read(TestVolumes.formatted());
    try (SecretBuffer wrong = TestVolumes.passphrase("wrong")) {
      assertThatThrownBy(() -> volume.unlock(wrong))
          .isInstanceOfSatisfying(
              LuksException.NoKeyslotOpened.class, e -> assertThat(e.tried()).isEqualTo(1));
    }
  }

  @Test
  void unlock_byNumberOfNoKeyslot_triesNothing() throws Exception {
    Luks2Volume volume = Luks2Volume.read(TestVolumes.formatted());
    try (SecretBuffer right = TestVolumes.passphrase("right")) {
      assertThatThrownBy(() -> volume.unlock(right, 7))
          .isInstanceOfSatisfying(
              LuksException.NoKeyslotOpened.class, e -> assertThat(e.tried()).isZero());
    }
  }

  @Test
  void unlock_keyslotWithPriorityIgnore_onlyWhenNamed() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge().withJson(json -> json.withObject("/keyslots/0").put("priority", 0));
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right")) {
      assertThatThrownBy(() -> volume.unlock(right)).isInstanceOf(LuksException.class);
      try (VolumeKey key = volume.unlock(right, 0)) {
        assertThat(key.length()).isEqualTo(64);
      }
    }
  }

  /** PBKDF2 gives the same for a key and for the key with zeroes appended. */
  @Test
  void unlock_keySizeInHeaderTooLong_isNotTakenForTheKey() throws Exception {
    FaultyLuksStorage storage;
    try (VolumeKey key = VolumeKey.random(32)) {
      storage =
          TestVolumes.formatted(TestVolumes.options().keySizeBits(256).volumeKey(key).build());
      try (SecretBuffer padded = SecretBuffer.allocate(64)) {
        padded.segment().asSlice(0, 32).copyFrom(key.secret().segment());
        Digest digest = HeaderCopies.read(storage).current(storage).metadata().segmentDigest();
        assertThat(KeyDerivation.proves(digest, padded)).isTrue();
      }
    }
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
  }

  @Test
  void addToken_thenRemove_survivesReadingAgain() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    Luks2Volume volume = Luks2Volume.read(storage);
    long before = volume.seqid();
    Token unknown =
        Token.parse("{\"type\":\"other\",\"keyslots\":[],\"x\":{\"y\":[1,2.5,null,true]}}");
    assertThat(volume.addToken(TestVolumes.token("a"))).isZero();
    assertThat(volume.addToken(unknown)).isEqualTo(1);
    assertThat(volume.seqid()).isEqualTo(before + 2);
    assertThat(Luks2Volume.read(storage).tokens()).containsEntry(1, unknown);
    volume.removeToken(0);
    assertThat(Luks2Volume.read(storage).tokens()).containsOnlyKeys(1);
    assertThat(Luks2Volume.read(storage).needsRepair()).isFalse();
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
  }

  @Test
  void putToken_headerChangedMeanwhile_refuses() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    Luks2Volume first = Luks2Volume.read(storage);
    Luks2Volume second = Luks2Volume.read(storage);
    second.putToken(3, TestVolumes.token("theirs"));
    byte[] before = storage.content();
    assertThatThrownBy(() -> first.putToken(3, TestVolumes.token("ours")))
        .isInstanceOf(LuksException.HeaderChanged.class);
    assertThat(storage.content()).isEqualTo(before);
    assertThat(storage.isLocked()).isFalse();
  }

  @Test
  void putToken_namesMissingKeyslot_refusesAndWritesNothing() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    byte[] before = storage.content();
    Token token = Token.parse("{\"type\":\"t\",\"keyslots\":[\"5\"]}");
    assertThatThrownBy(() -> Luks2Volume.read(storage).putToken(0, token))
        .isInstanceOf(LuksException.TokenInvalid.class)
        .hasMessageContaining("keyslot 5");
    assertThat(storage.content()).isEqualTo(before);
  }

  @Test
  void addToken_tooLargeForTheArea_refusesAndWritesNothing() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    byte[] before = storage.content();
    Token token =
        Token.parse("{\"type\":\"t\",\"keyslots\":[],\"x\":\"%s\"}".formatted("x".repeat(13_000)));
    assertThatThrownBy(() -> Luks2Volume.read(storage).addToken(token))
        .isInstanceOf(LuksException.NoRoom.class);
    assertThat(storage.content()).isEqualTo(before);
  }

  @Test
  void addToken_allInUse_refuses() throws Exception {
    Luks2Volume volume = Luks2Volume.read(TestVolumes.formatted());
    for (int i = 0; i < 32; i++) {
      volume.addToken(TestVolumes.token("t"));
    }
    assertThatThrownBy(() -> volume.addToken(TestVolumes.token("t")))
        .isInstanceOf(LuksException.NoRoom.class);
  }

  @Test
  void format_tokenNamesOtherKeyslot_refusesBeforeWriting() throws Exception {
    FormatOptions options =
        TestVolumes.options()
            .token(SecretfsToken.of(Set.of(1), "v", Map.of("kind", "kms")).toToken())
            .build();
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(TestVolumes.SIZE_BYTES);
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      assertThatThrownBy(() -> Luks2Volume.format(storage, options, passphrase))
          .isInstanceOf(LuksException.TokenInvalid.class);
    }
    assertThat(storage.operations()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 20, (1 << 20) + 511, 100})
  void format_deviceTooSmall_refusesBeforeWriting(int sizeBytes) {
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(sizeBytes);
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      assertThatThrownBy(
              () -> Luks2Volume.format(storage, TestVolumes.options().build(), passphrase))
          .isInstanceOf(LuksException.NoRoom.class);
    }
    assertThat(storage.operations()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096})
  void format_eachMetadataSize_opens(int kib) throws Exception {
    FormatOptions options =
        FormatOptions.builder(TestVolumes.CHEAP)
            .metadataSizeBytes(kib << 10)
            .dataOffsetBytes(10 << 20)
            .build();
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(11 << 20);
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks2Volume.format(storage, options, passphrase);
    }
    assertThat(Luks2Volume.read(storage).metadataSizeBytes()).isEqualTo((long) kib << 10);
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
  }

  @Test
  void format_detached_hasDataFromZeroOn() throws Exception {
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(16 << 20);
    FormatOptions options = FormatOptions.builder(TestVolumes.CHEAP).dataOffsetBytes(0).build();
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks2Volume.format(storage, options, passphrase);
    }
    assertThat(Luks2Volume.read(storage).segment().offsetBytes()).isZero();
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
  }

  @Test
  void format_overAnotherVolume_leavesNothingOfIt() throws Exception {
    FormatOptions large =
        FormatOptions.builder(TestVolumes.CHEAP)
            .metadataSizeBytes(64 << 10)
            .dataOffsetBytes(TestVolumes.DATA_OFFSET_BYTES)
            .build();
    FaultyLuksStorage storage = TestVolumes.formatted(large);
    try (SecretBuffer passphrase = TestVolumes.passphrase("second")) {
      Luks2Volume.format(storage, TestVolumes.options().build(), passphrase);
    }
    assertThat(RawCopy.hasMagic(storage, BinaryHeader.Copy.SECONDARY, 64 << 10)).isFalse();
    assertThat(TestVolumes.opens(storage, "second")).isTrue();
    assertThatThrownBy(() -> TestVolumes.opens(storage, "right"))
        .isInstanceOf(LuksException.NoKeyslotOpened.class);
  }

  @Test
  void label_withControlCharacters_isShownWithoutThem() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge().withBinary(binary -> binary.put(24, (byte) 0x1B).put(25, (byte) 'x'));
    assertThat(Luks2Volume.read(storage).label()).isEqualTo("\uFFFDx");
  }

  /** A JSON library that wrote these as something else would have made the volume unreadable. */
  @Test
  void addToken_withCharactersOfEveryKind_isReadBackTheSame() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    Token token =
        Token.parse(
            "{\"type\":\"t\",\"keyslots\":[],\"%s\":\"%s\",\"\\udc00\":\"\\ud800\"}"
                .formatted("\uD83D\uDE00".repeat(90), "a\u00FC\u20AC\uD83D\uDE00"));
    Luks2Volume.read(storage).addToken(token);
    assertThat(Luks2Volume.read(storage).tokens()).containsEntry(0, token);
    assertThat(Luks2Volume.read(storage).needsRepair()).isFalse();
  }
}
