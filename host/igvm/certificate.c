/* SPDX-License-Identifier: BSD-3-Clause */
#include "certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(X509 *certificate, struct blob *der)
{
    unsigned char *encoded = NULL;
    int bytes = i2d_X509(certificate, &encoded);

    if (bytes <= 0) {
        return false;
    }
    /* In memory of malloc: the caller knows no other. */
    *der = (struct blob){malloc((size_t)bytes), (size_t)bytes};
    if (der->data != NULL) {
        memcpy(der->data, encoded, (size_t)bytes);
    }
    OPENSSL_free(encoded);
    return der->data != NULL;
}

/* NULL, or what is wrong. */
static const char *read_all(BIO *bio, struct blob *der, size_t room, size_t *count)
{
    const char *problem = NULL;

    while (problem == NULL) {
        /* An empty passphrase, or OpenSSL would ask for one: in a build nobody would answer. */
        X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, (void *)"");

        if (certificate == NULL) {
            /* At the end there is no line that begins one; anything else is damage. */
            unsigned long error = ERR_peek_last_error();
            bool end =
                ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
            ERR_clear_error();
            if (!end) {
                return "a certificate in it is damaged";
            }
            return *count == 0 ? "there is no certificate in PEM form in it" : NULL;
        }
        if (*count == room) {
            problem = "a policy holds 4 trust anchors at most";
        } else if (!add(certificate, &der[*count])) {
            problem = "a certificate in it can't be encoded";
        } else {
            (*count)++;
        }
        X509_free(certificate);
    }
    return problem;
}

bool certificate_read(const char *path, struct blob *der, size_t room, size_t *count)
{
    struct blob file = {0};

    *count = 0;
    if (!file_read(path, "trust anchor", &file)) {
        return false;
    }
    BIO *bio = file.bytes <= INT32_MAX ? BIO_new_mem_buf(file.data, (int)file.bytes) : NULL;
    const char *problem = bio == NULL ? "it is too long" : read_all(bio, der, room, count);
    BIO_free(bio);
    free(file.data);
    if (problem == NULL) {
        return true;
    }
    tool_error("the trust anchor '%s' is not good: %s", path, problem);
    while (*count > 0) {
        free(der[--*count].data);
    }
    return false;
}

void certificate_subject(const uint8_t *der, size_t bytes, char *text, size_t room)
{
    const unsigned char *at = der;
    X509 *certificate = bytes <= INT32_MAX ? d2i_X509(NULL, &at, (long)bytes) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());

    snprintf(text, room, "no certificate");
    if (certificate != NULL && bio != NULL && at == der + bytes &&
        X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
        int length = BIO_read(bio, text, (int)room - 1);
        text[length > 0 ? length : 0] = '\0';
    }
    ERR_clear_error();
    BIO_free(bio);
    X509_free(certificate);
}
