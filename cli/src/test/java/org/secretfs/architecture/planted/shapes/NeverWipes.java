package org.secretfs.architecture.planted.shapes;

import org.secretfs.crypto.memory.SecretBuffer;

final class NeverWipes {
  final SecretBuffer key;

  NeverWipes(SecretBuffer key) {
    this.key = key;
  }
}
