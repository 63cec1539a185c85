package org.secretfs.luks;

import java.util.SortedSet;

/**
 * What a header says of a digest: the proof that a candidate key is right. Tells nothing of the key
 * itself.
 *
 * @param number 0 to 31, in LUKS1 0
 * @param hash the hash of its PBKDF2, as LUKS names it
 * @param iterations of its PBKDF2
 * @param salt base64 of 32 bytes
 * @param value base64 of what PBKDF2 gives, in LUKS1 20 bytes of it
 * @param keyslots those that hold the key
 * @param segments those that are under it; none for a key that is not the data's
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.4 Digests Object
 */
public record DigestInfo(
    int number,
    String hash,
    int iterations,
    String salt,
    String value,
    SortedSet<Integer> keyslots,
    SortedSet<Integer> segments) {}
