/* SPDX-License-Identifier: BSD-3-Clause */
#include "token.h"

#include "console.h"
#include "entropy.h"
#include "machine.h"
#include "spinlock.h"
#include "test_platform.h"
#include "token_claims.h"

#include <string.h>

enum token_state {
    TOKEN_NONE,
    TOKEN_BEGUN,   /* the claims are to be made: the realm's key may not be there yet */
    TOKEN_SIGNING, /* of the realm's part */
    TOKEN_GIVING,
};

/* Claims on their way to a COSE_Sign1. */
struct signing {
    struct token_part claims;
    uint8_t digest[HASH_SHA384_BYTES];
    struct sign_work work;
};

struct token {
    enum token_state state;
    struct token_realm realm;
    struct signing signing;
    uint8_t text[TOKEN_BYTES_MAX];
    size_t bytes;
    size_t given;
};

enum identity_state {
    IDENTITY_NONE,
    IDENTITY_SEEDED, /* the realm's key is being made */
    IDENTITY_KEY,    /* the platform's part is being signed */
    IDENTITY_READY,
};

/* The same in every token of this boot: the realm's key, and the platform's word for it. Whoever asks goes on with it. */
struct identity {
    enum identity_state state;
    struct sign_key key;
    struct sign_work making; /* of the key */
    struct signing signing;
    struct token_part sealed;
};

static struct token tokens[MACHINE_CPU_MAX];
static struct identity identity;

/* For identity, and for all that signs: the library's memory and the generator are one. */
static struct spinlock lock = SPINLOCK_INIT;

/* Under the lock. */
static bool identity_begin(void)
{
    if (identity.state == IDENTITY_NONE && entropy_seed() && sign_init()) {
        identity.state = IDENTITY_SEEDED;
    }
    return identity.state != IDENTITY_NONE;
}

uint64_t token_start(uint32_t vp, const uint8_t challenge[RSI_CHALLENGE_BYTES])
{
    static _Atomic bool told;
    struct token *token = &tokens[vp];

    spin_lock(&lock);
    sign_end(&token->signing.work);
    const bool ready = identity_begin();
    spin_unlock(&lock);
    token->state = TOKEN_NONE;
    if (!ready) {
        if (!atomic_exchange(&told, true)) {
            console_print("refhv: no tokens: no RNDR, and no rng-seed in the device tree\n");
        }
        return RSI_ERROR_UNKNOWN;
    }
    memcpy(token->realm.challenge, challenge, RSI_CHALLENGE_BYTES);
    measurement_read(&token->realm.measurements);
    token->bytes = 0;
    token->given = 0;
    token->state = TOKEN_BEGUN;
    return RSI_SUCCESS;
}

static enum sign_status identity_key(void)
{
    const enum sign_status status = sign_make_key(&identity.making, &identity.key);

    if (status != SIGN_DONE) {
        return status;
    }
    if (!token_platform_claims(&identity.signing.claims, &identity.key)) {
        return SIGN_FAILED;
    }
    token_digest(&identity.signing.claims, identity.signing.digest);
    identity.state = IDENTITY_KEY;
    return SIGN_MORE;
}

static enum sign_status part_sign(struct signing *signing, const struct sign_key *key,
                                  struct token_part *sealed)
{
    uint8_t signature[SIGN_BYTES];
    const enum sign_status status = sign_digest(&signing->work, key, signing->digest, signature);

    if (status != SIGN_DONE) {
        return status;
    }
    return token_seal(sealed, &signing->claims, signature) ? SIGN_DONE : SIGN_FAILED;
}

static enum sign_status identity_platform(void)
{
    const enum sign_status status =
        part_sign(&identity.signing, &test_platform_key, &identity.sealed);

    if (status != SIGN_DONE) {
        return status;
    }
    identity.state = IDENTITY_READY;
    return SIGN_MORE;
}

static enum sign_status realm_sign(struct token *token)
{
    static struct token_part sealed; /* under the lock */
    struct signing *signing = &token->signing;

    if (token->state == TOKEN_BEGUN) {
        if (!token_realm_claims(&signing->claims, &token->realm, &identity.key)) {
            return SIGN_FAILED;
        }
        token_digest(&signing->claims, signing->digest);
        token->state = TOKEN_SIGNING;
    }
    const enum sign_status status = part_sign(signing, &identity.key, &sealed);
    if (status != SIGN_DONE) {
        return status;
    }
    token->bytes = token_collect(token->text, &identity.sealed, &sealed);
    return token->bytes != 0 ? SIGN_DONE : SIGN_FAILED;
}

/* One bounded piece of what is missing still. */
static enum sign_status slice(struct token *token)
{
    switch (identity.state) {
    case IDENTITY_SEEDED:
        return identity_key();
    case IDENTITY_KEY:
        return identity_platform();
    case IDENTITY_READY:
        return realm_sign(token);
    case IDENTITY_NONE:
        break;
    }
    return SIGN_FAILED;
}

/* Another VP's slice is waited for, so that each call gets a token on: callers may count them. */
static uint64_t sign_more(struct token *token)
{
    spin_lock(&lock);
    const enum sign_status status = slice(token);
    spin_unlock(&lock);
    if (status == SIGN_FAILED) {
        token->state = TOKEN_NONE;
        return RSI_ERROR_UNKNOWN;
    }
    if (status == SIGN_DONE) {
        token->state = TOKEN_GIVING;
    }
    return RSI_INCOMPLETE;
}

uint64_t token_continue(uint32_t vp, uint8_t *to, size_t room, size_t *got)
{
    struct token *token = &tokens[vp];

    *got = 0;
    if (token->state == TOKEN_NONE) {
        return RSI_ERROR_STATE;
    }
    if (token->state != TOKEN_GIVING) {
        return sign_more(token);
    }
    const size_t left = token->bytes - token->given;
    *got = left < room ? left : room;
    memcpy(to, token->text + token->given, *got);
    token->given += *got;
    if (token->given < token->bytes) {
        return RSI_INCOMPLETE;
    }
    token->state = TOKEN_NONE;
    return RSI_SUCCESS;
}
