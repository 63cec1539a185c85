package org.secretfs.audit;

/**
 * How a request was protected on its way: {@code tlsDetails} of a CloudTrail record.
 *
 * @param tlsVersion as in {@code TLSv1.3}
 * @param cipherSuite as in {@code TLS_AES_256_GCM_SHA384}
 * @param clientProvidedHostHeader the host that the client named
 */
public record AuditTls(String tlsVersion, String cipherSuite, String clientProvidedHostHeader) {}
