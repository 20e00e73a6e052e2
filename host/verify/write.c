/* SPDX-License-Identifier: BSD-3-Clause */
#include "write.h"

#include "verdict.h"

#include <jansson.h>

void write_text(const struct pv_verify_verdict *verdict, FILE *to)
{
    const char *before = "refused: ";

    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        const struct pv_verify_line *line = &verdict->line[i];

        fprintf(to, "%-7s  %-18s  %s\n", pv_verify_outcome_name(line->outcome),
                pv_verify_check_name((enum pv_verify_check)i), line->reason);
    }
    if (verdict->accepted) {
        fputs("accepted\n", to);
        return;
    }
    /* What failed; what could not be looked at because of it is told above. */
    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        if (verdict->line[i].outcome == PV_VERIFY_FAILED) {
            fprintf(to, "%s%s", before, pv_verify_check_name((enum pv_verify_check)i));
            before = ", ";
        }
    }
    fputs("\n", to);
}

static json_t *hex_json(const void *data, size_t bytes)
{
    return json_string(hex_of(data, bytes).text);
}

static json_t *checks_json(const struct pv_verify_verdict *verdict)
{
    json_t *checks = json_array();

    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        const struct pv_verify_line *line = &verdict->line[i];

        json_array_append_new(checks,
                              json_pack("{s:s, s:s, s:b, s:s}", "check",
                                        pv_verify_check_name((enum pv_verify_check)i), "result",
                                        pv_verify_outcome_name(line->outcome), "required",
                                        (int)line->required, "reason", line->reason));
    }
    return checks;
}

static json_t *platform_json(const struct pv_verify_claims *claims)
{
    if (!claims->platform) {
        return json_null();
    }
    return json_pack("{s:o, s:o, s:i}", "instance-id",
                     hex_json(claims->instance_id, sizeof(claims->instance_id)),
                     "implementation-id",
                     hex_json(claims->implementation_id, sizeof(claims->implementation_id)),
                     "lifecycle", (int)claims->lifecycle);
}

static json_t *realm_json(const struct pv_verify_claims *claims)
{
    json_t *registers = json_array();

    if (!claims->realm) {
        json_decref(registers);
        return json_null();
    }
    for (size_t i = 0; i < PV_VERIFY_REGISTERS; i++) {
        json_array_append_new(registers, hex_json(claims->registers[i], claims->measurement_bytes));
    }
    return json_pack(
        "{s:o, s:o, s:o, s:o}", "challenge", hex_json(claims->challenge, sizeof(claims->challenge)),
        "rim", hex_json(claims->rim, claims->measurement_bytes), "rpv",
        hex_json(claims->personalization, sizeof(claims->personalization)), "rem", registers);
}

static bool dump(json_t *root, FILE *to)
{
    bool good = root != NULL && json_dumpf(root, to, JSON_INDENT(2)) == 0;

    if (good) {
        fputs("\n", to);
    }
    json_decref(root);
    return good;
}

bool write_json(const struct pv_verify_verdict *verdict, FILE *to)
{
    return dump(json_pack("{s:b, s:o, s:o, s:o}", "accepted", (int)verdict->accepted, "checks",
                          checks_json(verdict), "platform", platform_json(&verdict->claims),
                          "realm", realm_json(&verdict->claims)),
                to);
}

bool write_json_problem(const char *problem, FILE *to)
{
    return dump(json_pack("{s:b, s:s}", "accepted", 0, "problem", problem), to);
}
