package org.secretfs.keymanager.kms;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** Tags of keys. */
final class Tags {
  /** The most that a key has. */
  static final int MOST = 50;

  private static final int MOST_KEY_CHARS = 128;
  private static final int MOST_VALUE_CHARS = 256;

  private Tags() {}

  static SequencedMap<String, String> read(Params params, String member) throws Refused {
    List<Params> items = params.objects(member);
    if (items.size() > MOST) {
      throw refused("Too many tags");
    }
    SequencedMap<String, String> tags = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      String prefix = "tags.%d.member.".formatted(i + 1);
      String key = bounded(items.get(i), "TagKey", prefix + "tagKey", 1, MOST_KEY_CHARS);
      String value = bounded(items.get(i), "TagValue", prefix + "tagValue", 0, MOST_VALUE_CHARS);
      refuseReserved(key);
      if (tags.put(key, value) != null) {
        throw refused("Duplicate tag keys");
      }
    }
    return tags;
  }

  private static String bounded(Params item, String name, String member, int least, int most)
      throws Refused {
    String text =
        item.text(name, 0, Integer.MAX_VALUE).orElseThrow(() -> Constraints.missing(member));
    Constraints.length(member, text, least, most);
    return text;
  }

  private static void refuseReserved(String key) throws Refused {
    if (key.toLowerCase(Locale.ROOT).startsWith("aws:")) {
      throw refused("Tags beginning with aws: are reserved");
    }
  }

  static Refused refused(String message) {
    return new Refused(KmsErrorCode.TAG, message);
  }
}
