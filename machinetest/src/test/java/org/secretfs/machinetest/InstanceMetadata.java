package org.secretfs.machinetest;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** The documents that {@link MetadataService} serves to one instance. */
final class InstanceMetadata {
  private static final String INSTANCE = "i-0123456789abcdef0";
  private static final String ROLE = "secretfs-instance";

  /** The address that QEMU gives to its first network card. */
  private static final String NETWORK_CARD = "meta-data/network/interfaces/macs/52:54:00:12:34:56/";

  private InstanceMetadata() {}

  /**
   * Returns the documents of an instance in us-east-1 with a role.
   *
   * @param roleCredentials what the role's credentials document says, as JSON
   */
  static Map<String, String> documents(String userData, String roleCredentials) {
    Map<String, String> documents = new HashMap<>();
    documents.put("user-data", userData);
    documents.put("meta-data/instance-id", INSTANCE);
    documents.put("meta-data/ami-id", "ami-0123456789abcdef0");
    documents.put("meta-data/instance-type", "i3.large");
    documents.put("meta-data/local-hostname", "ip-169-254-169-15.ec2.internal");
    documents.put("meta-data/hostname", "ip-169-254-169-15.ec2.internal");
    documents.put("meta-data/placement/availability-zone", "us-east-1a");
    documents.put("meta-data/placement/region", "us-east-1");
    documents.put("meta-data/iam/security-credentials/" + ROLE, roleCredentials);
    network().forEach((key, value) -> documents.put(NETWORK_CARD + key, value));
    documents.put("dynamic/instance-identity/document", identity());
    return documents;
  }

  /** Returns a credentials document as the metadata service words it. */
  static String roleCredentials(String accessKeyId, String secretAccessKey, Instant expiration) {
    return """
    {"Code": "Success", "LastUpdated": "2026-01-01T00:00:00Z", "Type": "AWS-HMAC",
     "AccessKeyId": "%s", "SecretAccessKey": "%s", "Expiration": "%s"}
    """
        .formatted(accessKeyId, secretAccessKey, expiration);
  }

  private static Map<String, String> network() {
    return Map.of(
        "mac", "52:54:00:12:34:56",
        "device-number", "0",
        "interface-id", "eni-0123456789abcdef0",
        "local-hostname", "ip-169-254-169-15.ec2.internal",
        "local-ipv4s", "169.254.169.15",
        "subnet-ipv4-cidr-block", "169.254.169.0/24");
  }

  private static String identity() {
    return """
    {"accountId": "000000000000", "architecture": "x86_64", "availabilityZone": "us-east-1a",
     "imageId": "ami-0123456789abcdef0", "instanceId": "%s", "instanceType": "i3.large",
     "pendingTime": "2026-01-01T00:00:00Z", "region": "us-east-1", "version": "2017-09-30"}
    """
        .formatted(INSTANCE);
  }
}
