package org.secretfs.proxy;

import java.util.List;
import org.secretfs.failure.SecretfsException;

/** Reads configurations for a proxy that runs. */
public interface ConfigSource {
  /** Reads the proxy's file again. */
  ProxyConfig reread() throws SecretfsException;

  /** Reads exports in the same form as the file's; relative paths start at the file's directory. */
  List<ExportSpec> exports(String text) throws SecretfsException;
}
