package org.secretfs.keymanager.s3;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.sigv4.UriCoding;

/** What a ListObjects or ListObjectsV2 asks for. */
final class ListRequest {
  private static final int MOST_KEYS = 1000;
  private static final Set<String> KNOWN =
      Set.of(
          "list-type",
          "prefix",
          "delimiter",
          "max-keys",
          "encoding-type",
          "marker",
          "start-after",
          "continuation-token",
          "fetch-owner");

  private final S3Request request;
  private final boolean second;
  private final boolean encoded;
  private final int most;

  ListRequest(S3Request request) throws Refused {
    this.request = request;
    this.second = request.query().containsKey("list-type");
    this.most = most();
    String encoding = text("encoding-type");
    this.encoded = encoding.equals("url");
    if (!encoded && !encoding.isEmpty()) {
      throw S3Request.invalid("encoding-type is url.");
    }
    for (String name : request.query().keySet()) {
      if (!KNOWN.contains(name)) {
        throw new Refused(KmsErrorCode.NOT_IMPLEMENTED, "A parameter is not supported.");
      }
    }
  }

  private String text(String name) {
    return request.query().getOrDefault(name, "");
  }

  Listing.Wanted wanted() throws Refused {
    String delimiter = text("delimiter");
    if (!delimiter.isEmpty() && !delimiter.equals("/")) {
      throw new Refused(KmsErrorCode.NOT_IMPLEMENTED, "The delimiter is '/' or none.");
    }
    return new Listing.Wanted(text("prefix"), delimiter, after(), most);
  }

  private String after() throws Refused {
    if (!second) {
      return text("marker");
    }
    String token = text("continuation-token");
    try {
      return token.isEmpty()
          ? text("start-after")
          : new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw S3Request.invalid("The continuation token is not one that was given.");
    }
  }

  private int most() throws Refused {
    String most = text("max-keys");
    if (!most.matches("[0-9]{0,9}")) {
      throw S3Request.invalid("max-keys is a number.");
    }
    return most.isEmpty() ? MOST_KEYS : Math.min(MOST_KEYS, Integer.parseInt(most));
  }

  /** What the answer repeats. */
  Map<String, String> members() {
    Map<String, String> members = new LinkedHashMap<>();
    members.put("Name", request.bucket());
    members.put("Prefix", shown(text("prefix")));
    if (!text("delimiter").isEmpty()) {
      members.put("Delimiter", text("delimiter"));
    }
    if (!second) {
      members.put("Marker", shown(text("marker")));
    }
    members.put("MaxKeys", Integer.toString(most));
    if (encoded) {
      members.put("EncodingType", "url");
    }
    return members;
  }

  String nextName() {
    return second ? "NextContinuationToken" : "NextMarker";
  }

  String next(String last) {
    return second
        ? Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(last.getBytes(StandardCharsets.UTF_8))
        : shown(last);
  }

  /** A key as the answer shows it. */
  String shown(String key) {
    return encoded ? UriCoding.encode(key.getBytes(StandardCharsets.UTF_8), true) : key;
  }
}
