package org.secretfs.keymanager.policy;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Addresses that begin with the same bits, as in {@code 10.0.0.0/8}. Knows literal addresses only,
 * never names.
 */
final class AddressRange {
  private final byte[] address;
  private final int prefixBits;

  private AddressRange(byte[] address, int prefixBits) {
    this.address = address;
    this.prefixBits = prefixBits;
  }

  /** Reads an address, or one with the number of leading bits that count. */
  static Optional<AddressRange> parse(String text) {
    int slash = text.indexOf('/');
    Optional<byte[]> address = literal(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      return Optional.empty();
    }
    int most = address.get().length * Byte.SIZE;
    String bits = slash < 0 ? Integer.toString(most) : text.substring(slash + 1);
    if (!bits.matches("[0-9]{1,3}") || Integer.parseInt(bits) > most) {
      return Optional.empty();
    }
    return Optional.of(new AddressRange(address.get(), Integer.parseInt(bits)));
  }

  private static Optional<byte[]> literal(String text) {
    try {
      return text.length() > 64 || text.indexOf('%') >= 0
          ? Optional.empty()
          : Optional.of(InetAddress.ofLiteral(text).getAddress());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether an address is in the range; what is no address is in none. */
  boolean contains(String text) {
    Optional<byte[]> other = literal(text);
    if (other.isEmpty() || other.get().length != address.length) {
      return false;
    }
    for (int bit = 0; bit < prefixBits; bit++) {
      int mask = 0x80 >> (bit % Byte.SIZE);
      if (((address[bit / Byte.SIZE] ^ other.get()[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
