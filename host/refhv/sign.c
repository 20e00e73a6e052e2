/* SPDX-License-Identifier: BSD-3-Clause */
#include "sign.h"

#include "entropy.h"

#include <mbedtls/memory_buffer_alloc.h>

/* Twice what the work of eight VPs takes. */
#define ARENA_BYTES 0x8000u

/*
 * Of a slice, in multiplications of 256-bit numbers as Mbed TLS counts them (ecp.h). An inversion is more than this, so
 * that each of its slices is one of its own.
 */
#define SLICE_OPERATIONS 160u

static mbedtls_ecp_group group;

bool sign_init(void)
{
    static _Alignas(16) uint8_t arena[ARENA_BYTES];

    mbedtls_memory_buffer_alloc_init(arena, sizeof(arena));
    mbedtls_ecp_set_max_ops(SLICE_OPERATIONS);
    mbedtls_ecp_group_init(&group);
    return mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP384R1) == 0;
}

static void begin(struct sign_work *work)
{
    if (!work->begun) {
        mbedtls_ecdsa_restart_init(&work->restart);
        work->begun = true;
    }
    sign_invert_with(&work->inversion);
}

void sign_end(struct sign_work *work)
{
    if (work->begun) {
        sign_invert_end(&work->inversion);
        mbedtls_ecdsa_restart_free(&work->restart);
        work->begun = false;
    }
}

static enum sign_status finish(struct sign_work *work, int result)
{
    if (result == MBEDTLS_ERR_ECP_IN_PROGRESS) {
        return SIGN_MORE;
    }
    sign_end(work);
    return result == 0 ? SIGN_DONE : SIGN_FAILED;
}

static int put_number(const mbedtls_mpi *number, uint8_t to[SIGN_NUMBER_BYTES])
{
    return mbedtls_mpi_write_binary(number, to, SIGN_NUMBER_BYTES);
}

/* The private number is drawn in the first slice, and waits in the key for the others. */
static int private_number(bool first, struct sign_key *key, mbedtls_mpi *d)
{
    if (!first) {
        return mbedtls_mpi_read_binary(d, key->d, sizeof(key->d));
    }
    const int result = mbedtls_ecp_gen_privkey(&group, d, entropy_draw, NULL);
    return result != 0 ? result : put_number(d, key->d);
}

enum sign_status sign_make_key(struct sign_work *work, struct sign_key *key)
{
    const bool first = !work->begun;
    mbedtls_ecp_point q;
    mbedtls_mpi d;

    begin(work);
    mbedtls_ecp_point_init(&q);
    mbedtls_mpi_init(&d);
    int result = private_number(first, key, &d);
    if (result == 0) {
        result = mbedtls_ecp_mul_restartable(&group, &q, &d, &group.G, entropy_draw, NULL,
                                             &work->restart.MBEDTLS_PRIVATE(ecp));
    }
    if (result == 0) {
        result =
            put_number(&q.MBEDTLS_PRIVATE(X), key->x) | put_number(&q.MBEDTLS_PRIVATE(Y), key->y);
    }
    mbedtls_mpi_free(&d);
    mbedtls_ecp_point_free(&q);
    return finish(work, result);
}

enum sign_status sign_digest(struct sign_work *work, const struct sign_key *key,
                             const uint8_t digest[HASH_SHA384_BYTES], uint8_t signature[SIGN_BYTES])
{
    mbedtls_mpi d;
    mbedtls_mpi r;
    mbedtls_mpi s;

    begin(work);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int result = mbedtls_mpi_read_binary(&d, key->d, sizeof(key->d));
    if (result == 0) {
        result =
            mbedtls_ecdsa_sign_restartable(&group, &r, &s, &d, digest, HASH_SHA384_BYTES,
                                           entropy_draw, NULL, entropy_draw, NULL, &work->restart);
    }
    if (result == 0) {
        result = put_number(&r, signature) | put_number(&s, signature + SIGN_NUMBER_BYTES);
    }
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&d);
    return finish(work, result);
}
