/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `igvm measure`: the launch digest, for people or in the JSON shape of Microsoft's generator (igvm.md
 * 5.2).
 */
#include "commands.h"
#include "opened.h"
#include "recipe.h"
#include "registers.h"

#include <ctype.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names the kind of environment: that of VBS measurements (igvm.md 5.2). */
#define CLASS_ID "7fb00ee4-a7ff-11ed-9e2f-00155d09de56"

static const char help[] =
    "usage: igvm measure [--json | --short] FILE...\n"
    "       igvm measure --rem [MACHINE...] FILE...\n"
    "\n"
    "Prints the VBS launch digest: what a hypervisor measures when it loads the file.\n"
    "\n"
    "  --json    one line of JSON a file, as Microsoft's generator writes it (default)\n"
    "  --short   64 hexadecimal digits a file\n"
    "  --rem     one line of JSON a file with what evidence must say: the launch digest (rim), the\n"
    "            personalization value (rpv), the measurement registers (rem) and what is in them;\n"
    "            reference values for pv-verify and for an attestation server\n"
    "  --help    this text\n"
    "\n"
    "The guest's device tree is measured, too. MACHINE tells what the file can't:\n"
    "\n"
    "  --vps N           VPs, 1 to 8 (default 2)\n"
    "  --ram BASE:BYTES  VTL0's memory, 0x... or decimal, with K or M; may be repeated, ascending\n"
    "                    (default 0x40000000:1010M: refhv's of 1 GiB)\n"
    "  --disks N         the host's disks, up to 8 (default 0)\n"
    "  --no-net          the host has no network card\n";

#define DISKS_MAX 8u

/*
 * The security version of a signed block is the one that a report has. But no signature is looked at here,
 * and the digest does not speak for the block: it can't take back what the policy page says of debugging.
 */
static void security_version(const struct opened *opened, uint32_t *svn, bool *debug)
{
    struct igvm_vbs_measurement vbs;
    struct igvm_policy policy = {0};
    const char *reason;

    (void)opened_policy(opened, &policy, &reason);
    *svn = policy.svn;
    *debug = policy.debug;
    if (igvm_vbs_measurement(&opened->file, &vbs)) {
        *svn = vbs.svn;
        *debug = policy.debug || (vbs.policy_flags & IGVM_VBS_POLICY_DEBUG) != 0;
    }
}

static bool print_json(const struct opened *opened, const char *hex)
{
    char upper[HEX_DIGEST_BYTES];
    uint32_t svn = 0;
    bool debug = false;

    for (size_t i = 0; i < sizeof(upper); i++) {
        upper[i] = (char)toupper((unsigned char)hex[i]);
    }
    security_version(opened, &svn, &debug);
    json_t *root =
        json_pack("{s:{s:s},s:[{s:{s:s},s:{s:I,s:{s:b}}}]}", "environment", "class_id", CLASS_ID,
                  "series", "reference", "vbs_boot_digest", upper, "endorsement", "vbs_isvsvn",
                  (json_int_t)svn, "build_info", "debug_build", debug);
    bool good = root != NULL && json_dumpf(root, stdout, JSON_COMPACT) == 0;
    json_decref(root);
    putchar('\n');
    return good;
}

static json_t *hex_of(const uint8_t *from, size_t bytes)
{
    char hex[2 * IGVM_POLICY_PERSONALIZATION_BYTES + 1];

    hex_write(hex, from, bytes);
    return json_string(hex);
}

/* The policy page's hash in the first bytes; zeros behind it. */
static json_t *personalization(const struct registers *registers)
{
    uint8_t value[IGVM_POLICY_PERSONALIZATION_BYTES] = {0};

    memcpy(value, registers->event[GUEST_EVENT_POLICY], GUEST_EVENT_HASH_BYTES);
    return hex_of(value, sizeof(value));
}

static bool print_registers(const struct opened *opened, const uint8_t *digest,
                            const struct registers *registers)
{
    json_t *values = json_array();
    json_t *events = json_array();
    uint32_t svn = 0;
    bool debug = false;

    for (uint32_t i = 0; i < REGISTERS; i++) {
        json_array_append_new(values, hex_of(registers->value[i], GUEST_EVENT_HASH_BYTES));
    }
    for (uint32_t i = 0; i < GUEST_EVENTS; i++) {
        json_t *event =
            json_pack("{s:i,s:s,s:o}", "register", registers->number[i], "name", registers->name[i],
                      "digest", hex_of(registers->event[i], GUEST_EVENT_HASH_BYTES));
        json_array_append_new(events, event);
    }
    security_version(opened, &svn, &debug);
    json_t *root =
        json_pack("{s:o,s:o,s:o,s:s,s:b,s:I,s:o}", "rim", hex_of(digest, IGVM_DIGEST_BYTES), "rpv",
                  personalization(registers), "rem", values, "hash", "sha-256", "debug", debug,
                  "svn", (json_int_t)svn, "events", events);
    bool good = root != NULL && json_dumpf(root, stdout, JSON_COMPACT) == 0;
    json_decref(root);
    putchar('\n');
    return good;
}

struct wanted {
    enum { JSON, SHORT, REM } form;
    struct registers_machine machine;
};

static bool print_rem(const struct opened *opened, const uint8_t *digest,
                      const struct registers_machine *machine)
{
    struct registers registers;
    struct igvm_vbs_measurement block;
    const char *reason = registers_compute(opened, machine, &registers);

    if (reason == NULL && igvm_vbs_measurement(&opened->file, &block) &&
        !opened_agrees(opened, &block)) {
        reason =
            "its signed measurement says another security version or debugging than its policy";
    }
    if (reason != NULL) {
        tool_error("'%s': %s", opened->path, reason);
        return false;
    }
    return print_registers(opened, digest, &registers);
}

static bool measure(const char *path, const struct wanted *wanted)
{
    struct opened opened;
    uint8_t digest[IGVM_DIGEST_BYTES];
    char hex[HEX_DIGEST_BYTES];
    bool good = true;

    if (!opened_read(path, &opened)) {
        return false;
    }
    opened_measure(&opened, digest);
    hex_write(hex, digest, sizeof(digest));
    if (wanted->form == SHORT) {
        puts(hex);
    } else if (wanted->form == JSON) {
        good = print_json(&opened, hex);
    } else {
        good = print_rem(&opened, digest, &wanted->machine);
    }
    opened_free(&opened);
    return good;
}

/* BASE:BYTES, behind those that are there. */
static bool take_ram(const char *text, struct registers_machine *machine)
{
    struct guest_range *range = &machine->ram[machine->ram_count];
    char base[32];
    const char *colon = strchr(text, ':');

    if (machine->ram_count == GUEST_RAM_MAX || colon == NULL ||
        (size_t)(colon - text) >= sizeof(base)) {
        return false;
    }
    memcpy(base, text, (size_t)(colon - text));
    base[colon - text] = '\0';
    if (!recipe_bytes(base, &range->base) || !recipe_bytes(colon + 1, &range->bytes) ||
        range->bytes == 0) {
        return false;
    }
    machine->ram_count++;
    return true;
}

static bool take_number(const char *text, uint32_t lowest, uint32_t highest, uint32_t *number)
{
    return recipe_number(text, number) && *number >= lowest && *number <= highest;
}

enum measure_option {
    OPTION_JSON,
    OPTION_SHORT,
    OPTION_REM,
    OPTION_VPS,
    OPTION_RAM,
    OPTION_DISKS,
    OPTION_NO_NET,
    OPTION_HELP
};

static const struct option options[] = {{"json", no_argument, NULL, OPTION_JSON},
                                        {"short", no_argument, NULL, OPTION_SHORT},
                                        {"rem", no_argument, NULL, OPTION_REM},
                                        {"vps", required_argument, NULL, OPTION_VPS},
                                        {"ram", required_argument, NULL, OPTION_RAM},
                                        {"disks", required_argument, NULL, OPTION_DISKS},
                                        {"no-net", no_argument, NULL, OPTION_NO_NET},
                                        {"help", no_argument, NULL, OPTION_HELP},
                                        {NULL, 0, NULL, 0}};

/* False: it is no option, or has a wrong value. */
static bool take_option(int option, struct wanted *wanted, bool *ram_given)
{
    switch (option) {
    case OPTION_JSON:
        wanted->form = JSON;
        return true;
    case OPTION_SHORT:
        wanted->form = SHORT;
        return true;
    case OPTION_REM:
        wanted->form = REM;
        return true;
    case OPTION_VPS:
        return take_number(optarg, 1, GUEST_VP_MAX, &wanted->machine.vps);
    case OPTION_RAM:
        if (!*ram_given) {
            wanted->machine.ram_count = 0;
        }
        *ram_given = true;
        return take_ram(optarg, &wanted->machine);
    case OPTION_DISKS:
        return take_number(optarg, 0, DISKS_MAX, &wanted->machine.disks);
    case OPTION_NO_NET:
        wanted->machine.net = false;
        return true;
    default:
        return false;
    }
}

int measure_main(int count, char **arguments)
{
    struct wanted wanted = {.form = JSON};
    bool ram_given = false;
    bool good = true;
    int option;

    registers_machine_init(&wanted.machine);
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(help, stdout);
            return 0;
        }
        if (!take_option(option, &wanted, &ram_given)) {
            return command_wrong("measure", "");
        }
    }
    if (optind == count) {
        return command_wrong("measure", "a file is needed");
    }
    for (int i = optind; i < count; i++) {
        good = measure(arguments[i], &wanted) && good;
    }
    return good ? 0 : 1;
}
