package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The updates of a LUKS2 volume's keyslots: each under the header's lock, with areas durable before
 * the header names them. What they promise is told at {@link Luks2Volume}.
 */
final class Luks2Keyslots {
  private final Luks2State state;
  private final LuksStorage storage;

  Luks2Keyslots(Luks2State state) {
    this.state = state;
    this.storage = state.storage();
  }

  int add(VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = state.editor();
      editor.requireVolumeKey(key);
      int number = editor.freeNumber(options.number());
      Keyslot keyslot = editor.describe(key, options).withPriority(options.priority());
      fillAndStore(editor.with(number, keyslot), keyslot, passphrase, key);
      return number;
    }
  }

  int addUnbound(VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = state.editor();
      int number = editor.freeNumber(options.number());
      Keyslot keyslot = editor.describe(key, options).withPriority(options.priority());
      fillAndStore(editor.withUnbound(number, keyslot, key), keyslot, passphrase, key);
      return number;
    }
  }

  int change(int number, VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = state.editor();
      Keyslot old = editor.require(number);
      editor.requireKeyIn(number, key);
      Keyslot keyslot = editor.describe(key, options).withPriority(old.priority());
      fillAndStore(editor.replacing(number, keyslot), keyslot, passphrase, key);
      editor.destroy(old.area());
      return number;
    }
  }

  private void fillAndStore(
      ObjectNode json, Keyslot keyslot, SecretBuffer passphrase, VolumeKey key)
      throws IOException, LuksException {
    state.requireStorable(json);
    NewKeyslot.fill(storage, keyslot, passphrase, key);
    storage.sync();
    state.store(json);
  }

  void remove(int number, boolean evenIfLast) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = state.editor();
      Keyslot keyslot = editor.require(number);
      if (!evenIfLast && editor.isLast(number)) {
        throw LuksException.KeyslotInvalid.last(number);
      }
      editor.destroy(keyslot.area());
      state.store(editor.without(List.of(number)));
    }
  }

  void removeAll() throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = state.editor();
      editor.destroyAll();
      state.store(editor.without(state.metadata().keyslots().keySet()));
    }
  }
}
