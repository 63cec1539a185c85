package org.secretfs.machinetest;

import java.util.Map;

/** What an administrator gives an instance: files to write once and a script for every boot. */
final class UserData {
  private UserData() {}

  /**
   * Returns a MIME message for cloud-init with a configuration and a shell script.
   *
   * @param files contents by absolute path, written with mode 0600 before the script first runs
   * @param script run as root at the end of every boot
   */
  static String of(Map<String, String> files, String script) {
    return """
    Content-Type: multipart/mixed; boundary="//"
    MIME-Version: 1.0

    --//
    Content-Type: text/cloud-config; charset="utf-8"

    #cloud-config
    cloud_final_modules:
    - [scripts-user, always]
    %s
    --//
    Content-Type: text/x-shellscript; charset="utf-8"

    %s
    --//--
    """
        .formatted(writeFiles(files), script);
  }

  private static String writeFiles(Map<String, String> files) {
    StringBuilder yaml = new StringBuilder(files.isEmpty() ? "" : "write_files:\n");
    files.forEach((path, content) ->
        yaml.append("- path: ")
            .append(path)
            .append("\n  permissions: '0600'\n  content: |\n")
            .append(content.indent(4)));
    return yaml.toString();
  }
}
