/* SPDX-License-Identifier: BSD-3-Clause */
/* X.509 certificates: trust anchors of a policy. */
#ifndef IGVM_TOOL_CERTIFICATE_H
#define IGVM_TOOL_CERTIFICATE_H

#include "file.h"

/*
 * The certificates of a PEM file, in its order, each in DER from malloc. False, told on stderr: it can't be
 * read, has none, or more than room.
 */
bool certificate_read(const char *path, struct blob *der, size_t room, size_t *count);

/* One line about a certificate in DER: its subject; or that it is none. bytes of text: room. */
void certificate_subject(const uint8_t *der, size_t bytes, char *text, size_t room);

#endif /* IGVM_TOOL_CERTIFICATE_H */
