/* SPDX-License-Identifier: BSD-3-Clause */
#include "record.h"

#include "facts.h"
#include "file.h"

#include <string.h>

/* The different commands of each target of CMake: {"vmm": ["clang ..."]}. */
static json_t *compile_commands(const json_t *programs)
{
    json_t *targets = json_object();
    size_t index;
    json_t *program;

    json_array_foreach(programs, index, program)
    {
        const char *path;
        json_t *source;

        json_object_foreach(json_object_get(program, "sources"), path, source)
        {
            json_t *command = json_object_get(source, "command");
            json_t *known = json_object_get(targets, fact(source, "target"));
            size_t i = 0;

            if (known == NULL) {
                known = json_array();
                json_object_set_new(targets, fact(source, "target"), known);
            }
            while (i < json_array_size(known) && !json_equal(json_array_get(known, i), command)) {
                i++;
            }
            if (i == json_array_size(known)) {
                json_array_append(known, command);
            }
        }
    }
    return targets;
}

static json_t *link_commands(const json_t *programs)
{
    json_t *commands = json_object();
    size_t index;
    json_t *program;

    json_array_foreach(programs, index, program)
    {
        json_object_set(commands, fact(program, "name"), json_object_get(program, "link"));
    }
    return commands;
}

static json_t *tools(const json_t *facts)
{
    json_t *versions = json_object();
    size_t index;
    json_t *tool;

    json_array_foreach(facts_of(facts, "tool"), index, tool)
    {
        json_object_set(versions, fact(tool, "name"), json_object_get(tool, "version"));
    }
    return versions;
}

static const char *launch_digest(const json_t *facts, const char *file)
{
    size_t index;
    json_t *digest;

    json_array_foreach(facts_of(facts, "digest"), index, digest)
    {
        if (strcmp(fact(digest, "file"), file) == 0) {
            return fact(digest, "digest");
        }
    }
    return NULL;
}

static json_t *outputs(const json_t *facts)
{
    json_t *list = json_array();
    size_t index;
    json_t *output;

    json_array_foreach(facts_of(facts, "output"), index, output)
    {
        const char *file = fact(output, "file");
        struct file_hash hash;

        if (!file_hash(file, &hash)) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s*}", "file", file, "bytes",
                                              (json_int_t)hash.bytes, "sha256", hash.sha256,
                                              "launch_digest", launch_digest(facts, file)));
    }
    return list;
}

json_t *record_make(const json_t *facts, const json_t *programs)
{
    return json_pack("{s:s, s:O, s:o, s:o, s:o, s:O, s:O, s:o}", "format",
                     "paravane build record 1", "source",
                     json_array_get(facts_of(facts, "source"), 0), "tools", tools(facts), "compile",
                     compile_commands(programs), "link", link_commands(programs), "archives",
                     facts_of(facts, "archive"), "guest_packages", facts_of(facts, "package"),
                     "outputs", outputs(facts));
}
