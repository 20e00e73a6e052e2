/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record: writes what a build was made of, and with what. scripts/record gathers; this one puts together.
 */
#include "facts.h"
#include "file.h"
#include "linked.h"
#include "record.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: record ROOT FACTS COMMANDS RECORD SPDX\n"
    "\n"
    "Run in ROOT. FACTS: lines of words between tabs, as scripts/record writes them; COMMANDS: the image's\n"
    "compile_commands.json. Writes the build record RECORD and the SPDX 2.3 document SPDX, both JSON.\n";

static json_t *read_programs(const json_t *facts, const char *commands, const char *root)
{
    json_t *programs = json_array();
    size_t index;
    json_t *program;

    json_array_foreach(facts_of(facts, "program"), index, program)
    {
        json_t *sources = linked_read(fact(program, "map"), commands, root);

        if (sources == NULL) {
            json_decref(programs);
            return NULL;
        }
        json_array_append_new(
            programs, json_pack("{s:O, s:O, s:O, s:o}", "name", json_object_get(program, "name"),
                                "elf", json_object_get(program, "elf"), "link",
                                json_object_get(program, "link"), "sources", sources));
    }
    return programs;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (count != 6) {
        fputs(usage, stderr);
        return 2;
    }
    json_t *facts = facts_read(arguments[2]);
    json_t *programs = facts == NULL ? NULL : read_programs(facts, arguments[3], arguments[1]);
    json_t *record = programs == NULL ? NULL : record_make(facts, programs);
    json_t *spdx = record == NULL ? NULL : spdx_make(facts, programs);
    bool good = spdx != NULL && file_write_json(arguments[4], record) &&
                file_write_json(arguments[5], spdx);

    json_decref(spdx);
    json_decref(record);
    json_decref(programs);
    json_decref(facts);
    return good ? 0 : 1;
}
