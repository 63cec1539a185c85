package org.secretfs.luks;

/**
 * What a header says that a manifest vouches for: use these values, and open no other keyslot.
 *
 * @param volume the name of the volume
 * @param keyslot the keyslot that the secret opens
 * @param segment how the data is encrypted
 * @param epoch of the manifest
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.3 Segments Object
 */
public record AuthenticHeader(String volume, int keyslot, CryptSegment segment, long epoch) {}
