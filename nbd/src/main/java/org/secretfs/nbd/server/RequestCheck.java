package org.secretfs.nbd.server;

import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.NbdError;

/**
 * What a request may ask for.
 *
 * @spec NBD doc/proto.md, "Request types" and "Error values"
 */
final class RequestCheck {
  private final Export export;
  private final ReplyStyle style;
  private final boolean hasContext;

  RequestCheck(Session session) {
    this.export = session.export();
    this.style = session.style();
    this.hasContext = session.hasContext();
  }

  /**
   * The error that the text asks for, null if the request is in order. The payload of a block
   * status request is not looked at.
   */
  @Nullable NbdError refusal(Request request) {
    Command command = request.command;
    if (command == null || !flagsFit(command, request)) {
      return NbdError.EINVAL;
    }
    if (command.writes() && export.isReadOnly()) {
      return NbdError.EPERM;
    }
    return switch (command) {
      case FLUSH -> request.offset == 0 && request.length == 0 ? null : NbdError.EINVAL;
      case BLOCK_STATUS -> hasContext ? statusRange(request) : NbdError.EINVAL;
      case TRIM -> export.takesTrims() ? range(command, request) : NbdError.EINVAL;
      case READ, WRITE -> payload(command, request);
      case CACHE, WRITE_ZEROES -> range(command, request);
      case DISCONNECT -> null;
    };
  }

  private boolean flagsFit(Command command, Request request) {
    if (!command.takes(request.flags)) {
      return false;
    }
    if (style == ReplyStyle.SIMPLE && request.has(Nbd.CMD_DF)) {
      return false;
    }
    boolean hasPayload = request.has(Nbd.CMD_PAYLOAD_LEN);
    if (style != ReplyStyle.EXTENDED) {
      return !hasPayload;
    }
    return command != Command.WRITE || hasPayload;
  }

  private @Nullable NbdError statusRange(Request request) {
    if (request.payload > 0) {
      return null;
    }
    return request.length == 0 ? NbdError.EINVAL : range(Command.BLOCK_STATUS, request);
  }

  private @Nullable NbdError payload(Command command, Request request) {
    NbdError refusal = range(command, request);
    long most = export.blockSizes().mostPayloadBytes();
    if (refusal != null || request.length <= most) {
      return refusal;
    }
    if (command == Command.WRITE || style == ReplyStyle.SIMPLE) {
      return NbdError.EINVAL;
    }
    return request.has(Nbd.CMD_DF) ? NbdError.EOVERFLOW : null;
  }

  /** Checks that the range lies within the export, as it is now, and is aligned. */
  @Nullable NbdError range(Command command, Request request) {
    long size = export.device().sizeBytes();
    boolean within =
        request.offset >= 0 && request.length >= 0 && request.offset <= size - request.length;
    if (!within) {
      boolean storing = command == Command.WRITE || command == Command.WRITE_ZEROES;
      return storing ? NbdError.ENOSPC : NbdError.EINVAL;
    }
    int unit = export.blockSizes().minimumBytes();
    boolean aligned = (request.offset | request.length) % unit == 0;
    return aligned ? null : NbdError.EINVAL;
  }

  /** What a human is told. */
  static @Nullable String text(NbdError error) {
    return switch (error) {
      case EPERM -> "the export is read-only";
      case ENOSPC -> "beyond the end of the export";
      case EOVERFLOW -> "longer than the largest payload";
      case ESHUTDOWN -> "the export is being taken away";
      case EINVAL -> "the request's flags, range or alignment do not fit this export";
      case EIO -> "the backing failed";
      case ENOMEM, ENOTSUP -> null;
    };
  }
}
