package org.secretfs.proxy;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.secretfs.block.FileBlockDevice.Caching;

/** Where an export's ciphertext, or its header, lives. */
public sealed interface BackingSpec {
  /** As in messages and in the list of exports. */
  String describe();

  /**
   * A regular file or a kernel block device.
   *
   * @param caching whether its data goes through the page cache
   * @param makeSizeBytes the size of the file to make where none is there; empty: it must be there
   */
  record FileBacking(Path path, OptionalLong makeSizeBytes, Caching caching)
      implements BackingSpec {
    @Override
    public String describe() {
      return path.toString();
    }
  }

  /**
   * An export of another NBD server.
   *
   * @param uri as in {@code nbd://host:port/name}, {@code nbds://…}, {@code
   *     nbd+unix:///name?socket=PATH}
   * @param tls how to speak TLS, only where the address asks for it
   */
  record NbdBacking(URI uri, Optional<ClientTls> tls) implements BackingSpec {
    /** In the clear. */
    public NbdBacking(URI uri) {
      this(uri, Optional.empty());
    }

    @Override
    public String describe() {
      return uri.toString();
    }
  }

  /**
   * Several of equal rank, filled in turns.
   *
   * @param chunkBytes how many bytes go to one part before the next
   */
  record StripeBacking(List<BackingSpec> parts, int chunkBytes) implements BackingSpec {
    public StripeBacking {
      parts = List.copyOf(parts);
    }

    @Override
    public String describe() {
      return "stripe of " + parts.stream().map(BackingSpec::describe).toList();
    }
  }
}
