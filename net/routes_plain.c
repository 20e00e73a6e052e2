/* SPDX-License-Identifier: BSD-3-Clause */
/* In the place of routes.c, for an image without attestation. */
#include "server.h"

const struct server_route *const server_routes[] = {&inspect_route};

const size_t server_route_count = 1;
