/* SPDX-License-Identifier: BSD-3-Clause */
#include "recipe.h"

#include "certificate.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void recipe_init(struct recipe *recipe)
{
    *recipe = (struct recipe){.vtl2_bytes = BUILD_VTL2_BYTES_DEFAULT, .console = true};
}

void recipe_free(struct recipe *recipe)
{
    free(recipe->image);
    free(recipe->kernel);
    free(recipe->initrd);
    free(recipe->firmware);
    free(recipe->command_line);
    free(recipe->server);
    free(recipe->resource);
    for (size_t i = 0; i < recipe->anchor_files; i++) {
        free(recipe->anchor_file[i]);
    }
    *recipe = (struct recipe){0};
}

void recipe_set(char **field, const char *value)
{
    char *copy = strdup(value);

    if (copy == NULL) {
        fputs("igvm: out of memory\n", stderr);
        exit(1);
    }
    free(*field);
    *field = copy;
}

/* What follows the number; NULL: it does not begin with one. A leading zero does not make it octal. */
static const char *number_end(const char *text, uint32_t *number)
{
    char *end = NULL;

    if (!isdigit((unsigned char)text[0])) {
        return NULL; /* strtoull takes a sign and spaces */
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    *number = (uint32_t)value;
    return errno != 0 || value > UINT32_MAX ? NULL : end;
}

bool recipe_number(const char *text, uint32_t *number)
{
    const char *end = number_end(text, number);

    return end != NULL && *end == '\0';
}

bool recipe_bytes(const char *text, uint64_t *bytes)
{
    uint32_t number = 0;
    uint64_t unit = 1;
    const char *end = number_end(text, &number);

    if (end != NULL && (*end == 'K' || *end == 'M')) {
        unit = *end == 'K' ? 1024 : UINT64_C(1024) * 1024;
        end++;
    }
    *bytes = number * unit;
    return end != NULL && *end == '\0';
}

static struct igvm_policy_text text_of(const char *text)
{
    const char *there = text == NULL ? "" : text;

    return (struct igvm_policy_text){(const uint8_t *)there, (uint32_t)strlen(there)};
}

static bool gather_policy(const struct recipe *recipe, struct ingredients *all)
{
    all->policy = (struct igvm_policy){
        .attest = recipe->attest,
        .console = recipe->console,
        .debug = recipe->debug,
        .dates = recipe->dates,
        .svn = recipe->svn,
        .server = text_of(recipe->server),
        .resource = text_of(recipe->resource),
    };
    for (size_t i = 0; i < recipe->anchor_files; i++) {
        struct blob der[IGVM_POLICY_ANCHORS_MAX];
        size_t count = 0;

        if (!certificate_read(recipe->anchor_file[i], der,
                              IGVM_POLICY_ANCHORS_MAX - all->policy.anchors, &count)) {
            return false;
        }
        for (size_t j = 0; j < count; j++) {
            uint32_t at = all->policy.anchors++;
            all->anchor[at] = der[j].data;
            all->policy.anchor[at] = (struct igvm_policy_text){der[j].data, (uint32_t)der[j].bytes};
        }
    }
    all->build.policy = &all->policy;
    return true;
}

bool recipe_gather(const struct recipe *recipe, struct ingredients *all)
{
    struct build *build = &all->build;
    struct blob elf = {0};

    *all = (struct ingredients){.build = {.vtl2_bytes = recipe->vtl2_bytes, .command_line = ""}};
    if (recipe->command_line != NULL) {
        build->command_line = recipe->command_line;
    }
    if (recipe->image == NULL) {
        tool_error("no image is named");
        return false;
    }
    bool good = file_read(recipe->image, "image", &elf) &&
                image_from_elf(recipe->image, &elf, &build->image);
    free(elf.data);
    if (good && recipe->kernel != NULL) {
        good = kernel_read(recipe->kernel, &all->kernel);
        build->kernel = &all->kernel;
    }
    return good &&
           (recipe->initrd == NULL || file_read(recipe->initrd, "initrd", &build->initrd)) &&
           (recipe->firmware == NULL ||
            file_read(recipe->firmware, "firmware", &build->firmware)) &&
           gather_policy(recipe, all);
}

void ingredients_free(struct ingredients *all)
{
    free(all->build.image.load.data);
    free(all->kernel.image.data);
    free(all->build.initrd.data);
    free(all->build.firmware.data);
    for (uint32_t i = 0; i < IGVM_POLICY_ANCHORS_MAX; i++) {
        free(all->anchor[i]);
    }
    *all = (struct ingredients){0};
}

const char *recipe_name_problem(const struct recipe *recipe, const char *output)
{
    static const char ending[] = "-debug.igvm";
    size_t bytes = strlen(output);
    bool named =
        bytes >= sizeof(ending) - 1 && strcmp(output + bytes - (sizeof(ending) - 1), ending) == 0;

    if (recipe->debug && !named) {
        return "a file whose policy allows debugging is named ...-debug.igvm";
    }
    return named && !recipe->debug
               ? "only a file whose policy allows debugging is named ...-debug.igvm"
               : NULL;
}
