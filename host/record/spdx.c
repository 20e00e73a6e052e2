/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SPDX 2.3 (clauses in brackets). Each program is a package of its own sources that are linked and of what is made
 * of them; each upstream library one of those of its files that are linked; what the guest in the IGVM file consists
 * of, packages without files.
 */
#include "facts.h"
#include "file.h"
#include "record.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 512u
#define UPSTREAM "build/third_party/src/"
#define OWN_LICENCE "BSD-3-Clause"

struct spdx {
    const json_t *facts;
    json_t *packages;
    json_t *files;
    json_t *relationships;
    json_t *contents; /* {package's identifier: {file's identifier: SHA-1}} */
    bool failed;
};

static void relate(struct spdx *spdx, const char *from, const char *type, const char *to)
{
    json_array_append_new(spdx->relationships,
                          json_pack("{s:s, s:s, s:s}", "spdxElementId", from, "relationshipType",
                                    type, "relatedSpdxElement", to));
}

/* [7.2, 8.2]: letters, digits, dots and hyphens. Two paths that differ in other characters only: see file_id. */
static void make_id(char *id, const char *kind, const char *name)
{
    snprintf(id, NAME_BYTES, "SPDXRef-%s-%s", kind, name);
    for (char *c = id; *c != '\0'; c++) {
        if (isalnum((unsigned char)*c) == 0 && *c != '.') {
            *c = '-';
        }
    }
}

static void file_id(char *id, const char *package, const char *path)
{
    char name[NAME_BYTES];
    struct file_hash hash;

    file_hash_texts((const char *const[]){package, ":", path, NULL}, &hash);
    snprintf(name, sizeof(name), "%s-%.8s", path, hash.sha256);
    make_id(id, "File", name);
}

/* The single licences of an expression: [8.6] takes no AND and OR. */
static json_t *single_licences(const char *expression)
{
    json_t *list = json_array();
    char *copy = strdup(expression);
    char *rest = copy;

    while (rest != NULL) {
        const char *word = strsep(&rest, " ()");

        if (strcmp(word, "AND") != 0 && strcmp(word, "OR") != 0 && word[0] != '\0') {
            json_array_append_new(list, json_string(word));
        }
    }
    free(copy);
    return list;
}

static json_t *find(json_t *list, const char *id)
{
    size_t index;
    json_t *element;

    json_array_foreach(list, index, element)
    {
        if (strcmp(fact(element, "SPDXID"), id) == 0) {
            return element;
        }
    }
    return NULL;
}

static json_t *checksums(const struct file_hash *hash)
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}]", "algorithm", "SHA1", "checksumValue", hash->sha1,
                     "algorithm", "SHA256", "checksumValue", hash->sha256);
}

/* Puts the identifier of a file of a package into id. name: the path inside the package. */
static void add_file(struct spdx *spdx, const char *package, const char *path, const char *name,
                     const char *type, char *id)
{
    struct file_hash hash;
    json_t *contents = json_object_get(spdx->contents, package);

    file_id(id, package, name);
    if (find(spdx->files, id) != NULL) {
        return;
    }
    if (!file_hash(path, &hash)) {
        spdx->failed = true;
        return;
    }
    const char *licence =
        hash.licence[0] != '\0' && strcmp(type, "SOURCE") == 0 ? hash.licence : "NOASSERTION";
    json_array_append_new(
        spdx->files,
        json_pack("{s:s, s:s+, s:[s], s:o, s:s, s:o, s:s}", "SPDXID", id, "fileName", "./", name,
                  "fileTypes", type, "checksums", checksums(&hash), "licenseConcluded", licence,
                  "licenseInfoInFiles", single_licences(licence), "copyrightText", "NOASSERTION"));
    json_object_set_new(contents, id, json_string(hash.sha1));
    relate(spdx, package, "CONTAINS", id);
}

/* A package that has files; once. Puts its identifier into id. */
static void add_package(struct spdx *spdx, const char *name, const char *version,
                        const char *licence, char *id)
{
    make_id(id, "Package", name);
    if (find(spdx->packages, id) != NULL) {
        return;
    }
    json_array_append_new(spdx->packages,
                          json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "SPDXID", id,
                                    "name", name, "versionInfo", version, "downloadLocation",
                                    "NOASSERTION", "filesAnalyzed", 1, "licenseConcluded", licence,
                                    "licenseDeclared", licence, "copyrightText", "NOASSERTION"));
    json_object_set_new(spdx->contents, id, json_object());
}

static void add_checksum(json_t *package, const char *sha256, const char *file)
{
    json_object_set_new(package, "checksums",
                        json_pack("[{s:s, s:s}]", "algorithm", "SHA256", "checksumValue", sha256));
    json_object_set_new(package, "packageFileName", json_string(file));
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The archive that a source was unpacked from, its path inside in *inside; NULL: it is our own. */
static const json_t *archive_of(const json_t *facts, const char *path, const char **inside)
{
    size_t index;
    json_t *archive;

    if (strncmp(path, UPSTREAM, strlen(UPSTREAM)) != 0) {
        return NULL;
    }
    json_array_foreach(facts_of(facts, "archive"), index, archive)
    {
        char folder[NAME_BYTES];

        snprintf(folder, sizeof(folder), UPSTREAM "%s-%s/", fact(archive, "name"),
                 fact(archive, "version"));
        if (strncmp(path, folder, strlen(folder)) == 0) {
            *inside = path + strlen(folder);
            return archive;
        }
    }
    return NULL;
}

/* object: "folder/libfdt.a(fdt.c.obj)". */
static void add_library(struct spdx *spdx, const json_t *archive, const char *elf,
                        const char *object, char *id)
{
    const char *name = fact(archive, "name");
    const char *library = last_part(object);
    char purl[NAME_BYTES];

    make_id(id, "Package", name);
    if (find(spdx->packages, id) == NULL) {
        add_package(spdx, name, fact(archive, "version"), fact(archive, "licence"), id);
        json_t *package = find(spdx->packages, id);
        add_checksum(package, fact(archive, "sha256"), last_part(fact(archive, "place")));
        json_object_set_new(
            package, "comment",
            json_sprintf(
                "Linked as %.*s. Checksum: of the archive. Files: those of it that are linked; "
                "headers are not listed.",
                (int)strcspn(library, "("), library));
        snprintf(purl, sizeof(purl), "pkg:generic/%s@%s?checksum=sha256:%s", name,
                 fact(archive, "version"), fact(archive, "sha256"));
        json_object_set_new(package, "externalRefs",
                            json_pack("[{s:s, s:s, s:s}]", "referenceCategory", "PACKAGE-MANAGER",
                                      "referenceType", "purl", "referenceLocator", purl));
    }
    /* Once for each program that links it. */
    size_t index;
    json_t *known;
    json_array_foreach(spdx->relationships, index, known)
    {
        if (strcmp(fact(known, "relationshipType"), "STATIC_LINK") == 0 &&
            strcmp(fact(known, "spdxElementId"), elf) == 0 &&
            strcmp(fact(known, "relatedSpdxElement"), id) == 0) {
            return;
        }
    }
    relate(spdx, elf, "STATIC_LINK", id);
}

static void add_source(struct spdx *spdx, const json_t *program, const char *owner, const char *elf,
                       const char *path)
{
    const char *inside = path;
    const json_t *archive = archive_of(spdx->facts, path, &inside);
    const json_t *source = json_object_get(json_object_get(program, "sources"), path);
    char library[NAME_BYTES];
    char id[NAME_BYTES];
    char *comment = NULL;

    if (archive != NULL) {
        add_library(spdx, archive, elf, fact(source, "object"), library);
        owner = library;
    }
    add_file(spdx, owner, path, inside, "SOURCE", id);
    json_t *file = find(spdx->files, id);
    if (file == NULL) {
        return;
    }
    const char *before = fact(file, "comment");
    if (asprintf(&comment, "%s%s%lld bytes in %s: %s", before == NULL ? "" : before,
                 before == NULL ? "" : "; ", json_integer_value(json_object_get(source, "bytes")),
                 last_part(fact(program, "elf")), fact(source, "object")) >= 0) {
        json_object_set_new(file, "comment", json_string(comment));
        free(comment);
    }
    relate(spdx, elf, "GENERATED_FROM", id);
}

static void add_program(struct spdx *spdx, const json_t *program)
{
    const char *version = fact(json_array_get(facts_of(spdx->facts, "source"), 0), "commit");
    const char *path;
    json_t *source;
    char owner[NAME_BYTES];
    char elf[NAME_BYTES];

    add_package(spdx, fact(program, "name"), version, OWN_LICENCE, owner);
    relate(spdx, "SPDXRef-DOCUMENT", "DESCRIBES", owner);
    add_file(spdx, owner, fact(program, "elf"), fact(program, "elf"), "BINARY", elf);
    json_object_foreach(json_object_get(program, "sources"), path, source)
    {
        add_source(spdx, program, owner, elf, path);
    }
}

/* What is made of a program: its bytes, the IGVM file. */
static void add_outputs(struct spdx *spdx)
{
    size_t index;
    json_t *output;

    json_array_foreach(facts_of(spdx->facts, "output"), index, output)
    {
        char owner[NAME_BYTES];
        char from[NAME_BYTES];
        char id[NAME_BYTES];

        if (fact(output, "package")[0] == '\0' || fact(output, "from")[0] == '\0') {
            continue;
        }
        make_id(owner, "Package", fact(output, "package"));
        file_id(from, owner, fact(output, "from"));
        add_file(spdx, owner, fact(output, "file"), fact(output, "file"), "BINARY", id);
        relate(spdx, id, "GENERATED_FROM", from);
        size_t i;
        json_t *package;
        json_array_foreach(facts_of(spdx->facts, "package"), i, package)
        {
            if (strcmp(fact(output, "package"), "paravane") == 0 &&
                strstr(fact(output, "file"), ".igvm") != NULL) {
                make_id(from, "Package-guest", fact(package, "name"));
                relate(spdx, id, "CONTAINS", from);
            }
        }
    }
}

static void add_guest(struct spdx *spdx)
{
    size_t index;
    json_t *guest;

    json_array_foreach(facts_of(spdx->facts, "package"), index, guest)
    {
        char id[NAME_BYTES];

        make_id(id, "Package-guest", fact(guest, "name"));
        json_t *package = json_pack(
            "{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s}", "SPDXID", id, "name",
            fact(guest, "name"), "versionInfo", fact(guest, "version"), "downloadLocation",
            "NOASSERTION", "filesAnalyzed", 0, "licenseConcluded", "NOASSERTION", "licenseDeclared",
            "NOASSERTION", "copyrightText", "NOASSERTION", "comment",
            "Part of the default guest: not measured, not in the image.");
        add_checksum(package, fact(guest, "sha256"), fact(guest, "file"));
        json_array_append_new(spdx->packages, package);
    }
}

/* [7.9.4]: SHA-1 of the files' SHA-1, sorted, one behind the other. */
static void add_verification_codes(struct spdx *spdx)
{
    const char *id;
    json_t *contents;

    json_object_foreach(spdx->contents, id, contents)
    {
        const char **texts = (const char **)calloc(json_object_size(contents) + 1, sizeof(*texts));
        struct file_hash hash;
        size_t many = 0;
        const char *file;
        json_t *sha1;

        if (texts == NULL || json_object_size(contents) == 0) {
            spdx->failed = true;
            free((void *)texts);
            return;
        }
        json_object_foreach(contents, file, sha1)
        {
            texts[many++] = json_string_value(sha1);
        }
        file_sort_texts(texts, many);
        file_hash_texts(texts, &hash);
        free((void *)texts);
        json_object_set_new(find(spdx->packages, id), "packageVerificationCode",
                            json_pack("{s:s}", "packageVerificationCodeValue", hash.sha1));
    }
}

/* [10]: the licences that SPDX has no name for. */
static json_t *extracted_licences(const struct spdx *spdx)
{
    json_t *list = json_array();
    size_t index;
    json_t *package;

    json_array_foreach(spdx->packages, index, package)
    {
        const char *licence = fact(package, "licenseDeclared");

        if (strncmp(licence, "LicenseRef-", strlen("LicenseRef-")) == 0) {
            json_array_append_new(
                list,
                json_pack(
                    "{s:s, s:s, s:s++}", "licenseId", licence, "name", licence, "extractedText",
                    "BSD-2-Clause, BSD-3-Clause and similar, by file: each file has its own on top, and "
                    "the file COPYING.",
                    fact(package, "name"), " of the archive has all of them."));
        }
    }
    return list;
}

/* [6.5]: one document, one name: made of what it tells of. */
static void make_namespace(const struct spdx *spdx, char *name)
{
    char *text = json_dumps(spdx->files, JSON_COMPACT);
    char *more = json_dumps(spdx->packages, JSON_COMPACT);
    struct file_hash hash;

    file_hash_texts((const char *const[]){text == NULL ? "" : text, more == NULL ? "" : more, NULL},
                    &hash);
    snprintf(name, NAME_BYTES, "https://spdx.org/spdxdocs/paravane-%s", hash.sha256);
    free(text);
    free(more);
}

json_t *spdx_make(const json_t *facts, const json_t *programs)
{
    struct spdx spdx = {facts, json_array(), json_array(), json_array(), json_object(), false};
    char namespace[NAME_BYTES];
    size_t index;
    json_t *program;

    json_array_foreach(programs, index, program)
    {
        add_program(&spdx, program);
    }
    add_guest(&spdx);
    add_outputs(&spdx);
    add_verification_codes(&spdx);
    make_namespace(&spdx, namespace);
    json_t *document = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:[s]}, s:o, s:o, s:o, s:o}", "spdxVersion", "SPDX-2.3",
        "dataLicense", "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT", "name", "paravane",
        "documentNamespace", namespace, "creationInfo", "created",
        fact(json_array_get(facts_of(facts, "source"), 0), "date"), "creators",
        "Tool: paravane-record-1", "hasExtractedLicensingInfos", extracted_licences(&spdx),
        "packages", spdx.packages, "files", spdx.files, "relationships", spdx.relationships);
    json_decref(spdx.contents);
    if (spdx.failed) {
        json_decref(document);
        return NULL;
    }
    return document;
}
