package org.secretfs.architecture.planted.luks;

import javax.crypto.Cipher;

interface OwnCipher {
  Cipher cipher();
}
