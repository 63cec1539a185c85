package org.secretfs.attach;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an attached volume is made of, as far as its attachment knows without its header.
 *
 * @param backing the device or file that holds the volume's data
 * @param header the one that holds its header; empty where that is not known
 * @param readOnly whether it was attached for reading only
 * @param sizeBytes what is seen of it
 * @param cipher the cipher in use; empty where only the header tells
 * @param keySizeBits the length of the volume key; empty where only the header tells
 */
public record VolumeParts(
    Path backing,
    Optional<Path> header,
    boolean readOnly,
    long sizeBytes,
    Optional<String> cipher,
    OptionalInt keySizeBits) {}
