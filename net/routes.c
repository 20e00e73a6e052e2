/* SPDX-License-Identifier: BSD-3-Clause */
#include "server.h"

const struct server_route *const server_routes[] = {
    &inspect_route,
    &evidence_route,
    &measurements_route,
    &policy_route,
};

const size_t server_route_count = sizeof(server_routes) / sizeof(server_routes[0]);
