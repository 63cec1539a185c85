package org.secretfs.architecture.planted.shapes;

import org.secretfs.crypto.memory.SecretBuffer;

record SecretRecord(SecretBuffer secret) {}
