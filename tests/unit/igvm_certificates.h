/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Certificates made by `openssl req -x509 -newkey ed25519`, for tests: nobody has their keys.
 */
#ifndef TESTS_UNIT_IGVM_CERTIFICATES_H
#define TESTS_UNIT_IGVM_CERTIFICATES_H

/* CN=anchor one,O=Paravane tests */
#define CERTIFICATE_ONE                                                  \
    "-----BEGIN CERTIFICATE-----\n"                                      \
    "MIIBczCCASWgAwIBAgIUZAn6Hddbq5ypQt2gXPxMKXuiggcwBQYDK2VwMC4xFzAV\n" \
    "BgNVBAoMDlBhcmF2YW5lIHRlc3RzMRMwEQYDVQQDDAphbmNob3Igb25lMCAXDTI2\n" \
    "MTEyODEzMjgyNloYDzIxMjYxMTA0MTMyODI2WjAuMRcwFQYDVQQKDA5QYXJhdmFu\n" \
    "ZSB0ZXN0czETMBEGA1UEAwwKYW5jaG9yIG9uZTAqMAUGAytlcAMhAC0VMOrb5VRK\n" \
    "kDSErbbf30oY9BOG31+jfluSTZ635h8lo1MwUTAdBgNVHQ4EFgQUGBWxM7VhDkUR\n" \
    "/YjaYEmlhbyXV4wwHwYDVR0jBBgwFoAUGBWxM7VhDkUR/YjaYEmlhbyXV4wwDwYD\n" \
    "VR0TAQH/BAUwAwEB/zAFBgMrZXADQQCPQ6Gs5bU9OXw9t2fIFdfA8lJM7dwJzwo/\n" \
    "G4Zq7G9IOs2krcCAOyULRLdhub2tR0STic3kBEmjV8HVE49FV9wO\n"             \
    "-----END CERTIFICATE-----\n"
/* CN=anchor two,O=Paravane tests */
#define CERTIFICATE_TWO                                                  \
    "-----BEGIN CERTIFICATE-----\n"                                      \
    "MIIBczCCASWgAwIBAgIUXMqWcyqKMN+TQDFlRXWoGjVOPdQwBQYDK2VwMC4xFzAV\n" \
    "BgNVBAoMDlBhcmF2YW5lIHRlc3RzMRMwEQYDVQQDDAphbmNob3IgdHdvMCAXDTI2\n" \
    "MTEyODEzMjgyNloYDzIxMjYxMTA0MTMyODI2WjAuMRcwFQYDVQQKDA5QYXJhdmFu\n" \
    "ZSB0ZXN0czETMBEGA1UEAwwKYW5jaG9yIHR3bzAqMAUGAytlcAMhADr92XEHuq3G\n" \
    "zFpYNrHAgaw/NmgRDZfzdmYuVoiCdXCho1MwUTAdBgNVHQ4EFgQUwOZgCZAp7yVr\n" \
    "aUQGHDpbAICP0s0wHwYDVR0jBBgwFoAUwOZgCZAp7yVraUQGHDpbAICP0s0wDwYD\n" \
    "VR0TAQH/BAUwAwEB/zAFBgMrZXADQQDPttph64ZlXt+FeY5gSsRzm4FAnATQNt8x\n" \
    "iww4juZ/tTANcraJQIarlgzmdHMRXRpJi0UUO3MXgf0c52z1jWAM\n"             \
    "-----END CERTIFICATE-----\n"

#endif /* TESTS_UNIT_IGVM_CERTIFICATES_H */
