/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What others have encrypted for one key, which is Bob's of RFC 7518, appendix C: python3-jwcrypto 1.1.0,
 * npm's jose 6.2.18, and python3-cryptography 38.0.4 (its Concat KDF, key wrap and GCM over OpenSSL 3.0),
 * in the form that a key broker sends.
 */
#ifndef JWE_VECTORS_H
#define JWE_VECTORS_H

#include "jwe.h"

/* RFC 7518, appendix C: his key, her ephemeral one, and Z. */
static const struct jwe_key jwe_bob = {
    .d = {0x54, 0x49, 0x83, 0x66, 0x90, 0xd7, 0x5c, 0xaf, 0x29, 0xf0, 0xdd,
          0x02, 0x9d, 0xdb, 0x31, 0xb3, 0xdd, 0xb8, 0xab, 0xa9, 0xd2, 0xd5,
          0x15, 0xc5, 0x01, 0x24, 0x65, 0xe8, 0x17, 0xd4, 0xa9, 0xdc},
    .x = {0xc1, 0xe3, 0x49, 0xcb, 0x61, 0xec, 0x70, 0x24, 0x8c, 0xe8, 0x01,
          0x03, 0x4c, 0x38, 0x34, 0xe1, 0xb8, 0x8e, 0xbe, 0x11, 0x61, 0xcb,
          0x25, 0xaf, 0x38, 0x74, 0x1f, 0x78, 0x5f, 0xcf, 0xc4, 0xc4},
    .y = {0x7b, 0xc9, 0x67, 0x08, 0xef, 0x80, 0x95, 0x2b, 0x53, 0xf8, 0xd2,
          0x55, 0x5f, 0xe7, 0x2b, 0x84, 0x1e, 0xd0, 0x45, 0x88, 0x62, 0x8b,
          0x1d, 0x37, 0x8a, 0x59, 0x49, 0x39, 0x50, 0x0e, 0xc9, 0xc9},
};
static const struct jwe_key jwe_alice = {
    .x = {0x80, 0x8d, 0x06, 0x00, 0x82, 0xc1, 0x76, 0xee, 0xd3, 0xe7, 0x76,
          0xa4, 0xac, 0x59, 0x8c, 0xc8, 0x67, 0x2c, 0x17, 0x79, 0xf9, 0x74,
          0xee, 0xcc, 0x9b, 0x03, 0x41, 0x1c, 0xa5, 0xb9, 0x49, 0x5d},
    .y = {0x48, 0xb5, 0xbf, 0xc5, 0x27, 0xdf, 0xce, 0x53, 0xd6, 0xac, 0x71,
          0x15, 0x23, 0x7d, 0x03, 0x1c, 0xcf, 0xf8, 0x7a, 0x05, 0x70, 0xb7,
          0x73, 0x50, 0xa9, 0xe5, 0x03, 0xee, 0x73, 0x05, 0xa6, 0x9b},
};
static const uint8_t jwe_z[JWE_KEY_BYTES] = {158, 86,  217, 29,  129, 113, 53,  211, 114, 131, 66,
                                             131, 191, 132, 38,  156, 251, 49,  110, 163, 218, 128,
                                             106, 72,  246, 218, 167, 121, 140, 254, 144, 196};

/* jwcrypto: "correct horse battery staple". */
static const char jwe_jwcrypto[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J"
    "2IjoiUC0yNTYiLCJrdHkiOiJFQyIsIngiOiJvWldzZy0xNXd1TDZwY2hIQ1hDRHB3eTZiMWJnTUMyMWMyQkh"
    "pbzNLdk9BIiwieSI6Iml5V2QtNjN4WWlUdzZ4LXhmc3JUeldKLXE4Tmw5V2M4U1VaRkxpTXVPd3MifX0\","
    "\"encrypted_key\":\"vdsNb1auDjSC2MCGN_2f9uQti2ecp4d5WY7n7MpuRN2uDsZtK67lzA\",\"iv\":"
    "\"iYh0Hs750ovdKS0o\",\"ciphertext\":\"LDNk5QIaZeUpVBGZLly4SQAx-JmRkhGZCE4MDA\",\"tag"
    "\":\"MpcYxusFWkSIU7AtxGNuGw\"}";
/* jose: the bytes 0 to 31. */
static const char jwe_jose[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsieCI"
    "6ImVqc0N5RDhxT0wtWW5nUXVmaHUwc1BYT0NzZVJqTGNDNWNOSFlOd24ySG8iLCJjcnYiOiJQLTI1NiIsImt"
    "0eSI6IkVDIiwieSI6InY4ZVUxSUU5U1FoU2xPUXNoV3czS2JaN1JDdDhiM0VPX2g5akUzU0NrZzAifX0\","
    "\"encrypted_key\":\"7RqTMWkGy4OGfCTE0r21ezOWHNBixkKqpPqnYh8_HP2zspRYdM2KbA\",\"iv\":"
    "\"fzSOBQCSys57xikJ\",\"ciphertext\":\"hYK5P1wj4iTz6lsbj8kMcQvHDOYBKRjiWOR3PYRCWuE\","
    "\"tag\":\"-oPoJOtdjYV_wZ4HJAZz6Q\"}";
/* jose: "two parties", with kid, typ, cty, apu "Alice" and apv "Bob". */
static const char jwe_parties[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJraWQiOiJrIiw"
    "idHlwIjoiSldFIiwiY3R5Ijoib2N0ZXQtc3RyZWFtIiwiZXBrIjp7IngiOiI3aHhCYVI0NlM2UDdsUWVNUzV"
    "0UGg4MVpBNk84S3UxcmxTYlZRNzdiaGdZIiwiY3J2IjoiUC0yNTYiLCJrdHkiOiJFQyIsInkiOiJPcHRKOGF"
    "PTTdDX2R3bkVuZS1sUWNUeGFva3VRQlFRbDdEbVRpLV9UVjZZIn0sImFwdSI6IlFXeHBZMlUiLCJhcHYiOiJ"
    "RbTlpIn0\",\"encrypted_key\":\"JDceQOP7jHnJVaNSP8HwsHshBMMeymbFHo8xtszQyigaXJ4R6ahTn"
    "g\",\"iv\":\"phVSK6q4S0bDgcM1\",\"ciphertext\":\"CwdC2fdf6kw3k2I\",\"tag\":\"onmfGVn"
    "iyCSNrDlEgHwWkw\"}";
/* jwcrypto: Z begins with a zero, then the ephemeral key's x, then its y. */
static const char jwe_zero_z[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J"
    "2IjoiUC0yNTYiLCJrdHkiOiJFQyIsIngiOiJ4WG9tNjh4MzNEUDlzdDVSRk1VRXpzZ21GQjlfY0R6Rmt3dEF"
    "iZTgtOVNBIiwieSI6IlRoeEpod1V0eEMtZDB2UzZGVHRQSWdNTFFsSXZ3WFVyY2JwLTdLa0IxbUUifX0\","
    "\"encrypted_key\":\"JHxtJmGKkiRY2eoOpCUbYTXdfC-btKlimVPEvfYDq5mtiGdDgYStZw\",\"iv\":"
    "\"R0Eqdm8wPKSc2ZtG\",\"ciphertext\":\"9GNkvAWx5C1LGlpATxGJUAYnBe8\",\"tag\":\"n5_mAJ"
    "WZQ8-honlikh-MlA\"}";
static const char jwe_zero_x[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J"
    "2IjoiUC0yNTYiLCJrdHkiOiJFQyIsIngiOiJBQjZkMGdaMWdVV3pHMnJqSXA5Nl94WjZLMllWV202X1lnLVB"
    "IU1FUZk5VIiwieSI6IkNQTTNqeDd2U3o4OFNNNW9QMVZkWHNyeUUyUTBkSHNRak80LTVob2dmbUkifX0\","
    "\"encrypted_key\":\"OBhAP7-Vv7BwNcBX0QFDFsNQKsm6rPtdFv27cii30bTy4wiS4CbjbA\",\"iv\":"
    "\"9KXxgFZpa03_8Xxh\",\"ciphertext\":\"prr4kNQ-J0Xhw8_hmxBRAP9Wu6c\",\"tag\":\"CBcjgC"
    "hrWgJKbPJxk_fxog\"}";
static const char jwe_zero_y[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOnsiY3J"
    "2IjoiUC0yNTYiLCJrdHkiOiJFQyIsIngiOiI1N1pIanQ5dm9pUTZWOXVJZEo3VW1lV3ZIOERMRy1RT3hOWDk"
    "wbXd1U1RZIiwieSI6IkFGOW16NkJSdl9zcVVqZ1RFMlIyWU5ZZ2FGa01hOU9CN0hMTWJoajAwWDQifX0\","
    "\"encrypted_key\":\"LE8YPQ4D7YSL7CdPEvQQGJoLLULlvTK7XUN33BoV5zHB_nIVEAik3Q\",\"iv\":"
    "\"xbloIRUcM3w_bG-v\",\"ciphertext\":\"GienTW0i26poCEMwp3sMk4mf2Lk\",\"tag\":\"VEIgo4"
    "Cxsb2gQ1wtpNyjvw\"}";
/* cryptography: "spaces and escapes", of which the protected header is full. */
static const char jwe_spaced[] =
    "{\"protected\":\"eyAiZW5jIiA6ICJBMjU2R0NNIiwKCSJlcGsiIDogeyAieSIgOiAibWFKWFBYOTU5WUx"
    "JSWwzcjNiWnNRemVUUlRJd1FJQlRpbVc2bGxUV3BfTSIsICJ4IiA6ICI1eGl0cWpTOTFTN2RMVkdjN3ZEc1V"
    "yU0FtcE9fWDVnc2ZfT09BUFVGWUhnIiwgImNydiIgOiAiUC0yNTYiLCAia3R5IiA6ICJFQyIgfSAsICJhXHU"
    "wMDZjZyIgOiAiRUNESC1FUytBMjU2XHUwMDRiVyIgfQo\",\"encrypted_key\":\"7eJ7gT5b80s6h0-H7"
    "VTrYcqEaMYA6TO4HfykW3DgSWiUB4mpELIEhw\",\"iv\":\"lcqr_3IboQPw9eKk\",\"ciphertext\":"
    "\"dBAs09YBmb8bH81WqLp9XMdU\",\"tag\":\"HXEV9PAQJKAoMc-c5tQm3w\"}";

#endif /* JWE_VECTORS_H */
