package org.secretfs.nbd.protocol;

/**
 * The numbers of the protocol.
 *
 * @spec NBD doc/proto.md, "Values", and of the branch extension-ext-header the same section
 */
public final class Nbd {
  public static final long INIT_PASSWD = 0x4e42444d41474943L;
  public static final long OPTION_MAGIC = 0x49484156454F5054L;
  public static final long OLDSTYLE_MAGIC = 0x00420281861253L;
  public static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
  public static final int REQUEST_MAGIC = 0x25609513;
  public static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;
  public static final int SIMPLE_REPLY_MAGIC = 0x67446698;
  public static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
  public static final int EXTENDED_REPLY_MAGIC = 0x6e8a278c;

  public static final int FLAG_FIXED_NEWSTYLE = 1;
  public static final int FLAG_NO_ZEROES = 2;

  public static final int OPT_EXPORT_NAME = 1;
  public static final int OPT_ABORT = 2;
  public static final int OPT_LIST = 3;
  public static final int OPT_STARTTLS = 5;
  public static final int OPT_INFO = 6;
  public static final int OPT_GO = 7;
  public static final int OPT_STRUCTURED_REPLY = 8;
  public static final int OPT_LIST_META_CONTEXT = 9;
  public static final int OPT_SET_META_CONTEXT = 10;
  public static final int OPT_EXTENDED_HEADERS = 11;

  public static final int REP_ACK = 1;
  public static final int REP_SERVER = 2;
  public static final int REP_INFO = 3;
  public static final int REP_META_CONTEXT = 4;
  public static final int REP_ERR_UNSUP = 1 << 31 | 1;
  public static final int REP_ERR_POLICY = 1 << 31 | 2;
  public static final int REP_ERR_INVALID = 1 << 31 | 3;
  public static final int REP_ERR_TLS_REQD = 1 << 31 | 5;
  public static final int REP_ERR_UNKNOWN = 1 << 31 | 6;
  public static final int REP_ERR_SHUTDOWN = 1 << 31 | 7;
  public static final int REP_ERR_BLOCK_SIZE_REQD = 1 << 31 | 8;
  public static final int REP_ERR_TOO_BIG = 1 << 31 | 9;
  public static final int REP_ERR_EXT_HEADER_REQD = 1 << 31 | 10;

  public static final int INFO_EXPORT = 0;
  public static final int INFO_NAME = 1;
  public static final int INFO_DESCRIPTION = 2;
  public static final int INFO_BLOCK_SIZE = 3;

  public static final int SEND_HAS_FLAGS = 1;
  public static final int SEND_READ_ONLY = 1 << 1;
  public static final int SEND_FLUSH = 1 << 2;
  public static final int SEND_FUA = 1 << 3;
  public static final int SEND_TRIM = 1 << 5;
  public static final int SEND_WRITE_ZEROES = 1 << 6;
  public static final int SEND_DF = 1 << 7;
  public static final int SEND_MULTI_CONN = 1 << 8;
  public static final int SEND_CACHE = 1 << 10;
  public static final int SEND_FAST_ZERO = 1 << 11;
  public static final int SEND_BLOCK_STATUS_PAYLOAD = 1 << 12;

  public static final int CMD_FUA = 1;
  public static final int CMD_NO_HOLE = 1 << 1;
  public static final int CMD_DF = 1 << 2;
  public static final int CMD_REQ_ONE = 1 << 3;
  public static final int CMD_FAST_ZERO = 1 << 4;
  public static final int CMD_PAYLOAD_LEN = 1 << 5;

  public static final int REPLY_DONE = 1;
  public static final int REPLY_NONE = 0;
  public static final int REPLY_OFFSET_DATA = 1;
  public static final int REPLY_OFFSET_HOLE = 2;
  public static final int REPLY_BLOCK_STATUS = 5;
  public static final int REPLY_BLOCK_STATUS_EXT = 6;
  public static final int REPLY_ERROR = 1 << 15 | 1;

  public static final int STATE_HOLE = 1;
  public static final int STATE_ZERO = 2;

  /** The one metadata context that the text defines. */
  public static final String BASE_ALLOCATION = "base:allocation";

  /** No string of the protocol is longer, in bytes. */
  public static final int MOST_STRING_BYTES = 4096;

  /** What every server should take in one request where nothing else was agreed on. */
  public static final int DEFAULT_MOST_PAYLOAD_BYTES = 32 << 20;

  private Nbd() {}
}
