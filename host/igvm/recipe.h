/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a file is to be made of, by name: from a manifest, from options, or from both. Failures are told
 * on stderr.
 */
#ifndef IGVM_TOOL_RECIPE_H
#define IGVM_TOOL_RECIPE_H

#include "build.h"
#include "igvm_policy.h"

#define RECIPE_ANCHOR_FILES_MAX 8u

/* Texts are the recipe's own, or NULL. */
struct recipe {
    char *image;
    char *kernel;
    char *initrd;
    char *firmware;
    char *command_line;
    uint64_t vtl2_bytes;
    uint32_t svn;
    bool attest;
    bool console;
    bool debug;
    bool dates;
    char *server;
    char *resource;
    size_t anchor_files;
    char *anchor_file[RECIPE_ANCHOR_FILES_MAX]; /* PEM, one or more certificates in each */
};

/* The files of a recipe, read and checked. */
struct ingredients {
    struct build build;
    struct igvm_policy policy;
    struct kernel kernel;
    uint8_t *anchor[IGVM_POLICY_ANCHORS_MAX];
};

/* The defaults of docs/image.md. */
void recipe_init(struct recipe *recipe);
void recipe_free(struct recipe *recipe);

/* Puts a copy of value into a field, in the place of what was there. */
void recipe_set(char **field, const char *value);

/* Decimal digits, or hexadecimal ones behind 0x; false for anything else. */
bool recipe_number(const char *text, uint32_t *number);

/* Such a number with an optional K or M behind it. */
bool recipe_bytes(const char *text, uint64_t *bytes);

/* manifest.c: members that the manifest has replace the recipe's. Paths count from its folder. */
bool recipe_read_manifest(struct recipe *recipe, const char *path);
/* The same of bytes that are there already. */
bool recipe_parse_manifest(struct recipe *recipe, const char *path, const void *data, size_t bytes);

/* ingredients_free in any case. The recipe must stay while the ingredients are used. */
bool recipe_gather(const struct recipe *recipe, struct ingredients *ingredients);
void ingredients_free(struct ingredients *ingredients);

/* A debug file is told by its name, and no other has such a name. NULL, or what is wrong. */
const char *recipe_name_problem(const struct recipe *recipe, const char *output);

#endif /* IGVM_TOOL_RECIPE_H */
