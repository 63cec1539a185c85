package org.secretfs.agent;

import java.util.List;
import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.SecretfsException;

/** A volume that could not come up or go down for a reason of the agent's own. */
public sealed class AgentException extends SecretfsException {
  private static final long serialVersionUID = 1L;

  public AgentException(AgentError code, String message) {
    super(code, message);
  }

  public AgentException(AgentError code, String message, Throwable cause) {
    super(code, message, cause);
  }

  private AgentException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }

  /** None of several key sources opens the volume; the code is that of the first one's failure. */
  public static final class NoSourceOpens extends AgentException {
    private static final long serialVersionUID = 1L;

    NoSourceOpens(String message, List<SecretfsException> failures) {
      super(failures.getFirst().code(), message, failures.getFirst());
      failures.stream().skip(1).forEach(this::addSuppressed);
    }
  }

  /** A device that holds something that is not ours; it was not touched. */
  public static final class NotBlank extends AgentException {
    private static final long serialVersionUID = 1L;
    private final String volume;

    public NotBlank(String volume, String message) {
      super(AgentError.DEVICE_NOT_BLANK, message);
      this.volume = volume;
    }

    /** The volume whose device it is. */
    public String volume() {
      return volume;
    }
  }
}
