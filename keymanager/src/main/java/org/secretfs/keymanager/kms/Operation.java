package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** One operation of the API. Stateless. */
interface Operation {
  /** As in the request's target, without {@code TrentService.}. */
  String name();

  /** Whether CloudTrail marks it as reading only. */
  boolean readOnly();

  /** The members that its request may have. */
  Set<String> members();

  /**
   * Does it.
   *
   * @return the answer; empty where AWS answers nothing
   * @throws Refused if it may not or cannot be done; nothing was changed
   * @throws IOException if the store failed
   */
  ObjectNode run(Call call) throws Refused, IOException;
}
