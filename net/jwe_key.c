/* SPDX-License-Identifier: BSD-3-Clause */
/* See jwe.h. Multiplications are blinded, and take the same time whatever the key. */
#include "jwe.h"
#include "random.h"

#include <mbedtls/ecdh.h>
#include <mbedtls/platform_util.h>

#include <string.h>

/* SEC 1, 2.3.3: a point without compression. */
#define POINT_BYTES (1u + 2u * JWE_KEY_BYTES)
#define POINT_UNCOMPRESSED 4u

/* What one operation works with; freeing it wipes it. */
struct curve {
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_mpi d;
    mbedtls_mpi z;
};

static bool curve_open(struct curve *curve)
{
    mbedtls_ecp_group_init(&curve->group);
    mbedtls_ecp_point_init(&curve->point);
    mbedtls_mpi_init(&curve->d);
    mbedtls_mpi_init(&curve->z);
    return mbedtls_ecp_group_load(&curve->group, MBEDTLS_ECP_DP_SECP256R1) == 0;
}

static void curve_close(struct curve *curve)
{
    mbedtls_mpi_free(&curve->z);
    mbedtls_mpi_free(&curve->d);
    mbedtls_ecp_point_free(&curve->point);
    mbedtls_ecp_group_free(&curve->group);
}

void jwe_key_wipe(struct jwe_key *key)
{
    mbedtls_platform_zeroize(key, sizeof(*key));
}

bool jwe_key_make(struct jwe_key *key)
{
    struct curve curve;
    uint8_t point[POINT_BYTES] = {0};
    size_t bytes;
    bool good =
        curve_open(&curve) &&
        mbedtls_ecdh_gen_public(&curve.group, &curve.d, &curve.point, net_random, NULL) == 0 &&
        mbedtls_mpi_write_binary(&curve.d, key->d, JWE_KEY_BYTES) == 0 &&
        mbedtls_ecp_point_write_binary(&curve.group, &curve.point, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                       &bytes, point, sizeof(point)) == 0;

    memcpy(key->x, point + 1, JWE_KEY_BYTES);
    memcpy(key->y, point + 1 + JWE_KEY_BYTES, JWE_KEY_BYTES);
    curve_close(&curve);
    if (!good) {
        jwe_key_wipe(key);
    }
    return good;
}

bool jwe_key_agree(const struct jwe_key *key, const uint8_t x[JWE_KEY_BYTES],
                   const uint8_t y[JWE_KEY_BYTES], uint8_t z[JWE_KEY_BYTES])
{
    struct curve curve;
    uint8_t point[POINT_BYTES] = {POINT_UNCOMPRESSED};
    bool good;

    memcpy(point + 1, x, JWE_KEY_BYTES);
    memcpy(point + 1 + JWE_KEY_BYTES, y, JWE_KEY_BYTES);
    /* A point of another curve would tell of d, bit by bit: it is checked by name, though the
     * multiplication does it too. The curve's order is prime: each of its points is good. */
    good = curve_open(&curve) &&
           mbedtls_ecp_point_read_binary(&curve.group, &curve.point, point, sizeof(point)) == 0 &&
           mbedtls_ecp_check_pubkey(&curve.group, &curve.point) == 0 &&
           mbedtls_mpi_read_binary(&curve.d, key->d, JWE_KEY_BYTES) == 0 &&
           mbedtls_ecdh_compute_shared(&curve.group, &curve.z, &curve.point, &curve.d, net_random,
                                       NULL) == 0 &&
           mbedtls_mpi_write_binary(&curve.z, z, JWE_KEY_BYTES) == 0;
    curve_close(&curve);
    if (!good) {
        mbedtls_platform_zeroize(z, JWE_KEY_BYTES);
    }
    return good;
}
