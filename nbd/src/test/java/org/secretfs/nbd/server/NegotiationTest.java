package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;

/** The handshake, byte by byte. Spec: NBD doc/proto.md, "Handshake". */
class NegotiationTest {
  private static final int SIZE_BYTES = 1 << 20;
  private static final int UNSUP = RawClient.ERR | 1;
  private static final int POLICY = RawClient.ERR | 2;
  private static final int INVALID = RawClient.ERR | 3;
  private static final int UNKNOWN = RawClient.ERR | 6;
  private static final int BLOCK_SIZE_REQD = RawClient.ERR | 8;
  private static final int TOO_BIG = RawClient.ERR | 9;
  private static final int EXT_HEADER_REQD = RawClient.ERR | 10;

  private TestServer server;

  @BeforeEach
  void serve() throws IOException {
    server =
        new TestServer(
            TestExports.of("disk", new InMemoryBlockDevice(SIZE_BYTES))
                .add("locked", new InMemoryBlockDevice(SIZE_BYTES), t -> t.readOnlyToo())
                .add("alone", new InMemoryBlockDevice(SIZE_BYTES), t -> t.singleConnection())
                .add("trimmed", new InMemoryBlockDevice(SIZE_BYTES), t -> t.trimming())
                .add(
                    "strict",
                    new InMemoryBlockDevice(SIZE_BYTES),
                    t -> t.with(new BlockSizes(4096, 8192, 1 << 20))));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private RawClient greeted() throws IOException {
    return RawClient.greeted(server.socket);
  }

  @Test
  void greeting_unknownClientFlag_isClosed() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket, 1 | 4)) {
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void option_withoutFixedNewstyle_isClosed() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket, 0)) {
      client.sendOption(RawClient.LIST, new byte[0]);

      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void exportName_noZeroes_entersWithTenBytes() throws IOException {
    try (RawClient client = greeted()) {
      client.sendOption(RawClient.EXPORT_NAME, utf8("disk"));

      assertThat(client.receive(8).getLong()).isEqualTo(SIZE_BYTES);
      assertThat(client.receive(2).getShort() & 1).isEqualTo(1);
      client.request(0, RawClient.FLUSH, 7, 0, 0);
      assertThat(client.reply(0).cookie()).isEqualTo(7);
    }
  }

  @Test
  void exportName_zeroesWanted_follow() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket, 0)) {
      client.sendOption(RawClient.EXPORT_NAME, utf8("disk"));
      client.receive(10);

      assertThat(client.receive(124).array()).containsOnly(0);
      client.request(0, RawClient.FLUSH, 7, 0, 0);
      assertThat(client.error()).isZero();
    }
  }

  @Test
  void exportName_unknownOrStrictOrExtended_isClosed() throws IOException {
    for (String name : List.of("nothing", "strict")) {
      try (RawClient client = greeted()) {
        client.sendOption(RawClient.EXPORT_NAME, utf8(name));
        assertThat(client.isClosed()).as(name).isTrue();
      }
    }
    try (RawClient client = greeted()) {
      client.option(RawClient.EXTENDED, new byte[0]);
      client.sendOption(RawClient.EXPORT_NAME, utf8("disk"));
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void abort_any_isAcknowledgedAndClosed() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.ABORT, new byte[3])).isEqualTo(1);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void list_threeExports_areNamedAndDescribed() throws IOException {
    try (RawClient client = greeted()) {
      List<RawClient.OptionReply> replies = client.option(RawClient.LIST, new byte[0]);

      assertThat(replies).hasSize(6);
      assertThat(replies.get(0).text()).endsWith("alonetest of alone");
      assertThat(ByteBuffer.wrap(replies.get(0).data()).getInt()).isEqualTo(5);
    }
  }

  @Test
  void list_withData_isInvalid() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.LIST, new byte[1])).isEqualTo(INVALID);
    }
  }

  @Test
  void info_knownExport_tellsSizeFlagsAndWhatWasAsked() throws IOException {
    try (RawClient client = greeted()) {
      List<RawClient.OptionReply> replies =
          client.option(RawClient.INFO, RawClient.choice("disk", 1, 2, 3, 99));

      assertThat(replies.stream().map(r -> info(r))).containsExactly(1, 2, 3, 0, -1);
      ByteBuffer sizes = ByteBuffer.wrap(replies.get(2).data(), 2, 12);
      assertThat(List.of(sizes.getInt(), sizes.getInt(), sizes.getInt()))
          .containsExactly(1, 4096, 32 << 20);
      assertThat(client.optionType(RawClient.ABORT, new byte[0])).isEqualTo(1);
    }
    assertThat(server.exports.held.get()).isLessThanOrEqualTo(1);
  }

  private static int info(RawClient.OptionReply reply) {
    return reply.type() == 3 ? ByteBuffer.wrap(reply.data()).getShort() : -1;
  }

  @Test
  void go_unknownExport_isUnknownAndGoesOn() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.GO, RawClient.choice("nothing"))).isEqualTo(UNKNOWN);
      assertThat(client.optionType(RawClient.GO, RawClient.choice("disk"))).isEqualTo(1);
    }
  }

  @Test
  void go_malformed_isInvalid() throws IOException {
    byte[] tooManyInfos = RawClient.choice("disk");
    tooManyInfos[tooManyInfos.length - 1] = 1;
    byte[] longName = RawClient.choice("disk");
    longName[3] = 100;
    try (RawClient client = greeted()) {
      for (byte[] data : List.of(new byte[0], new byte[5], tooManyInfos, longName)) {
        assertThat(client.optionType(RawClient.GO, data)).isEqualTo(INVALID);
      }
      assertThat(client.optionType(RawClient.GO, RawClient.choice("disk"))).isEqualTo(1);
    }
  }

  @Test
  void go_strictSizesNotAsked_isBlockSizeRequired() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.GO, RawClient.choice("strict")))
          .isEqualTo(BLOCK_SIZE_REQD);
      assertThat(client.optionType(RawClient.GO, RawClient.choice("strict", 3))).isEqualTo(1);
    }
  }

  @Test
  void transmissionFlags_eachExport_areTrue() throws IOException {
    int always = 1 | 1 << 2 | 1 << 3 | 1 << 10;
    int writable = 1 << 6 | 1 << 11;
    int multi = 1 << 8;
    assertThat(flags("disk", false)).isEqualTo(always | writable | multi);
    assertThat(flags("disk", true)).isEqualTo(always | writable | multi | 1 << 7);
    assertThat(flags("alone", false)).isEqualTo(always | writable);
    assertThat(flags("trimmed", false)).isEqualTo(always | writable | multi | 1 << 5);
    assertThat(flags("locked", false)).isEqualTo(always | multi | 1 << 1);
  }

  private int flags(String export, boolean structured) throws IOException {
    try (RawClient client = greeted()) {
      if (structured) {
        client.option(RawClient.STRUCTURED, new byte[0]);
      }
      byte[] info = client.option(RawClient.INFO, RawClient.choice(export)).getFirst().data();
      return Short.toUnsignedInt(ByteBuffer.wrap(info).getShort(10));
    }
  }

  @Test
  void structuredReply_withDataOrAfterExtended_isRefused() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.STRUCTURED, new byte[1])).isEqualTo(INVALID);
      assertThat(client.optionType(RawClient.STRUCTURED, new byte[0])).isEqualTo(1);
      assertThat(client.optionType(RawClient.EXTENDED, new byte[1])).isEqualTo(INVALID);
      assertThat(client.optionType(RawClient.EXTENDED, new byte[0])).isEqualTo(1);
      assertThat(client.optionType(RawClient.STRUCTURED, new byte[0])).isEqualTo(EXT_HEADER_REQD);
    }
  }

  @Test
  void metaContext_beforeStructured_isInvalid() throws IOException {
    byte[] query = RawClient.contexts("disk", "base:allocation");
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.SET_META, query)).isEqualTo(INVALID);
      assertThat(client.optionType(RawClient.LIST_META, query)).isEqualTo(INVALID);
    }
  }

  @Test
  void listMetaContext_wildcardOrNothing_tellsAllocation() throws IOException {
    try (RawClient client = greeted()) {
      client.option(RawClient.STRUCTURED, new byte[0]);
      for (String[] queries : new String[][] {{}, {"base:"}, {"x:y", "base:allocation"}}) {
        var replies = client.option(RawClient.LIST_META, RawClient.contexts("disk", queries));
        assertThat(replies).hasSize(2);
        assertThat(replies.getFirst().text()).endsWith("base:allocation");
      }
      assertThat(client.option(RawClient.LIST_META, RawClient.contexts("disk", "x:y"))).hasSize(1);
    }
  }

  @Test
  void setMetaContext_wildcardOrUnknown_selectsNothing() throws IOException {
    try (RawClient client = greeted()) {
      client.option(RawClient.STRUCTURED, new byte[0]);
      for (String query : List.of("base:", "base:other", "x:y")) {
        assertThat(client.option(RawClient.SET_META, RawClient.contexts("disk", query))).hasSize(1);
      }
      assertThat(client.optionType(RawClient.SET_META, RawClient.contexts("disk", "nocolon")))
          .isEqualTo(INVALID);
      assertThat(client.optionType(RawClient.SET_META, RawClient.contexts("nothing", "base:")))
          .isEqualTo(UNKNOWN);
      byte[] query = RawClient.contexts("disk", "base:allocation");
      assertThat(client.option(RawClient.SET_META, query)).hasSize(2);
    }
  }

  @Test
  void setMetaContext_repeatedAndFailing_clearsTheSelection() throws IOException {
    try (RawClient client = greeted()) {
      client.option(RawClient.STRUCTURED, new byte[0]);
      client.option(RawClient.SET_META, RawClient.contexts("disk", "base:allocation"));
      client.option(RawClient.SET_META, new byte[2]);
      client.option(RawClient.GO, RawClient.choice("disk"));
      client.request(0, RawClient.STATUS, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(22);
    }
  }

  @Test
  void setMetaContext_otherExport_doesNotCount() throws IOException {
    try (RawClient client = greeted()) {
      client.option(RawClient.STRUCTURED, new byte[0]);
      client.option(RawClient.SET_META, RawClient.contexts("alone", "base:allocation"));
      client.option(RawClient.GO, RawClient.choice("disk"));
      client.request(0, RawClient.STATUS, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(22);
    }
  }

  @Test
  void startTls_withoutTls_isRefusedByPolicyAndGoesOn() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.STARTTLS, new byte[0])).isEqualTo(POLICY);
      assertThat(client.optionType(RawClient.GO, RawClient.choice("disk"))).isEqualTo(1);
    }
  }

  @Test
  void option_unknown_isUnsupportedWithItsDataSkipped() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(4, new byte[100])).isEqualTo(UNSUP);
      assertThat(client.optionType(4711, new byte[0])).isEqualTo(UNSUP);
      assertThat(client.optionType(4711, new byte[100_000])).isEqualTo(TOO_BIG);
      assertThat(client.optionType(RawClient.GO, RawClient.choice("disk"))).isEqualTo(1);
    }
  }

  @Test
  void option_hugeOrWrongMagic_isClosed() throws IOException {
    try (RawClient client = greeted()) {
      client.send(
          ByteBuffer.allocate(16).putLong(RawClient.OPTION_MAGIC).putInt(3).putInt(1 << 30));
      assertThat(client.isClosed()).isTrue();
    }
    try (RawClient client = greeted()) {
      client.send(ByteBuffer.allocate(16).putLong(1).putInt(3).putInt(0));
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void draining_furtherOptions_areShutDown() throws IOException {
    try (RawClient client = greeted()) {
      assertThat(client.optionType(RawClient.STRUCTURED, new byte[0])).isEqualTo(1);
      Thread end = Thread.ofPlatform().start(server.server::close);
      while (!server.server.isEnding()) {
        Thread.onSpinWait();
      }
      try {
        assertThat(client.optionType(RawClient.GO, RawClient.choice("disk")))
            .isEqualTo(RawClient.ERR | 7);
      } catch (IOException e) {
        // It was faster in closing than this client in asking.
      }
      end.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
