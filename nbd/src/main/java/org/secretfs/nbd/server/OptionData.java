package org.secretfs.nbd.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.secretfs.nbd.protocol.Nbd;

/** Reads the data of an option; whatever does not fit is {@link Malformed}. */
final class OptionData {
  private static final int MOST_QUERIES = 1024;

  private final ByteBuffer data;

  /** The data is not what the option's definition says. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    private Malformed(String message) {
      super(message);
    }
  }

  /** The data of NBD_OPT_INFO and NBD_OPT_GO. */
  record Choice(String export, Set<Integer> wanted) {}

  /** The data of NBD_OPT_LIST_META_CONTEXT and NBD_OPT_SET_META_CONTEXT. */
  record ContextQuery(String export, List<String> queries) {}

  OptionData(ByteBuffer data) {
    this.data = data;
  }

  Choice choice() throws Malformed {
    String name = string(count(Integer.BYTES));
    int count = count(Short.BYTES);
    if (data.remaining() != count * Short.BYTES) {
      throw new Malformed("%d information requests in %d bytes".formatted(count, data.remaining()));
    }
    Set<Integer> wanted = new HashSet<>();
    for (int i = 0; i < count; i++) {
      wanted.add(Short.toUnsignedInt(data.getShort()));
    }
    return new Choice(name, wanted);
  }

  ContextQuery contextQuery() throws Malformed {
    String name = string(count(Integer.BYTES));
    int count = count(Integer.BYTES);
    if (count > MOST_QUERIES) {
      throw new Malformed("%d queries: at most %d".formatted(count, MOST_QUERIES));
    }
    List<String> queries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String query = string(count(Integer.BYTES));
      if (query.indexOf(':') < 1) {
        throw new Malformed("a query without a namespace");
      }
      queries.add(query);
    }
    requireEnd();
    return new ContextQuery(name, queries);
  }

  /** All that is left, as one string. */
  String rest() throws Malformed {
    return string(data.remaining());
  }

  private void requireEnd() throws Malformed {
    if (data.hasRemaining()) {
      throw new Malformed("%d bytes too many".formatted(data.remaining()));
    }
  }

  private int count(int bytes) throws Malformed {
    if (data.remaining() < bytes) {
      throw new Malformed("ends where a number should be");
    }
    int value = bytes == Short.BYTES ? Short.toUnsignedInt(data.getShort()) : data.getInt();
    if (value < 0) {
      throw new Malformed("a length of %s".formatted(Integer.toUnsignedString(value)));
    }
    return value;
  }

  private String string(int length) throws Malformed {
    if (length > data.remaining() || length > Nbd.MOST_STRING_BYTES) {
      throw new Malformed(
          "a string of %d bytes: there are %d, and at most %d are allowed"
              .formatted(length, data.remaining(), Nbd.MOST_STRING_BYTES));
    }
    ByteBuffer bytes = data.slice(data.position(), length);
    data.position(data.position() + length);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      if (text.indexOf('\0') >= 0) {
        throw new Malformed("a string with a NUL in it");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new Malformed("a string that is not UTF-8");
    }
  }
}
