/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * QEMU TCG plugin: counts the instructions between two instructions of the guest, refhv's and
 * Paravane's apart, by the kind of exit. Which of the three an instruction belongs to is told by
 * its address; refhv and Paravane run on identity maps, and so does the guest. The kind is told by
 * the last instruction of the guest. A request is a kind of several exits: from its first instruction
 * to its end they are counted together, and how many they are. The start is also counted by parts: what
 * functions of Paravane do, between the calls of them that call= names and their returns.
 *
 * One VP: QEMU runs one thread of guest code, and nothing here is locked.
 */
#include "qemu_plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIND_MAX 32u
#define PART_MAX 16u
#define PART_REST 0u /* what no part= names */
#define CALL_MAX 128u
#define DEPTH_MAX 16u
#define KIND_BOOT 0u  /* from the first instruction of refhv to the guest's first */
#define KIND_OTHER 1u /* after an instruction of the guest that no kind= names */
#define KIND_FIRST 2u
#define NAME_BYTES 48u
#define BUCKETS 65536u
/* So many instructions of the guest after the last exit, a byte answers it: it waits by then. */
#define ANSWER_AFTER 64u

enum owner { OWNER_REFHV, OWNER_PARAVANE, OWNER_GUEST, OWNER_NONE };

/* An instruction of refhv, Paravane or the guest. */
struct site {
    struct site *next;
    uint64_t pc;
    enum owner owner;
    unsigned kind; /* the guest's: of the exit that comes next, if one does */
    unsigned part; /* Paravane's: which it calls; PART_REST: none */
    uint64_t hits[KIND_MAX];
};

struct sample {
    uint64_t count[2]; /* by enum owner */
    uint64_t exits;
};

struct kind {
    char name[NAME_BYTES];
    uint64_t first; /* its instructions, from the guest's first byte */
    uint64_t end;
    bool request;     /* lasts until the instruction at end */
    uint64_t longest; /* instructions from one of the guest's to its next */
    struct sample *samples;
    size_t count;
    size_t room;
};

struct part {
    char name[NAME_BYTES];
    uint64_t count[2]; /* by enum owner */
};

/* An instruction that calls a function of a part. */
struct call {
    uint64_t pc;
    unsigned part;
};

static struct {
    uint64_t first[2]; /* address ranges, by enum owner */
    uint64_t end[2];
    uint64_t guest_base;
    bool paravane_ran;
    struct kind kinds[KIND_MAX];
    unsigned kind_count;
    unsigned answered; /* this kind waits for a byte from answer_file; 0: none does */
    int answer_file;
    const char *output;
    struct site *sites[BUCKETS];

    struct part parts[PART_MAX];
    unsigned part_count;
    struct call calls[CALL_MAX];
    unsigned call_count;
    /* The calls that have not returned: of which part, and where to. No function is in it twice, as none of
     * Paravane's calls itself. */
    struct call stack[DEPTH_MAX];
    unsigned depth;

    /* Since the guest's last instruction. */
    struct sample now;
    bool left;     /* VTL0 was */
    uint64_t held; /* instructions since then */
    unsigned kind;
    /* The guest's instructions since its last exit. */
    uint64_t waited;
} bench = {.kind_count = KIND_FIRST, .part_count = PART_REST + 1, .answer_file = -1};

PLUGIN_EXPORT int qemu_plugin_version = 2;

/* QEMU reads qemu_plugin_version once the library is loaded; one library serves every version. */
__attribute__((constructor)) static void choose_version(void)
{
    if (&qemu_plugin_n_vcpus != NULL) {
        qemu_plugin_version = 1;
    }
}

__attribute__((noreturn)) static void die(const char *reason)
{
    (void)fprintf(stderr, "bench plugin: %s\n", reason);
    exit(3);
}

static void *allocate(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);

    if (memory == NULL) {
        die("no memory");
    }
    return memory;
}

/* ---- Counting -------------------------------------------------------------------------------- */

static void sample_close(void)
{
    struct kind *kind = &bench.kinds[bench.kind];

    if (kind->count == kind->room) {
        kind->room = kind->room == 0 ? 1024 : 2 * kind->room;
        kind->samples = allocate(kind->samples, kind->room * sizeof(*kind->samples));
    }
    kind->samples[kind->count++] = bench.now;
    memset(&bench.now, 0, sizeof(bench.now));
    bench.waited = 0;
}

/* The call is the caller's, and so is what is behind it. */
static void count_part(const struct site *site)
{
    unsigned part = PART_REST;

    if (bench.depth != 0 && bench.stack[bench.depth - 1].pc == site->pc) {
        bench.depth--;
    }
    if (bench.depth != 0) {
        part = bench.stack[bench.depth - 1].part;
    }
    bench.parts[part].count[site->owner]++;
    if (site->part != PART_REST) {
        if (bench.depth == DEPTH_MAX) {
            die("calls of parts are too deep");
        }
        bench.stack[bench.depth++] = (struct call){site->pc + 4, site->part};
    }
}

static void on_own(unsigned vcpu, void *data)
{
    struct site *site = data;

    (void)vcpu;
    site->hits[bench.kind]++;
    bench.now.count[site->owner]++;
    bench.held++;
    bench.left = true;
    if (bench.kind == KIND_BOOT) {
        count_part(site);
    }
}

static void on_guest(unsigned vcpu, void *data)
{
    const struct site *site = data;

    (void)vcpu;
    if (bench.left) {
        struct kind *kind = &bench.kinds[bench.kind];

        bench.left = false;
        bench.now.exits++;
        kind->longest = bench.held > kind->longest ? bench.held : kind->longest;
        bench.held = 0;
    }
    if (bench.kinds[bench.kind].request &&
        site->pc - bench.guest_base != bench.kinds[bench.kind].end) {
        return;
    }
    if (bench.now.exits != 0) {
        sample_close();
    }
    bench.kind = site->kind;
    if (site->kind == bench.answered && ++bench.waited == ANSWER_AFTER &&
        write(bench.answer_file, "x", 1) != 1) {
        die("the serial line is closed");
    }
}

/* ---- Translation ----------------------------------------------------------------------------- */

/* The guest is what runs after Paravane and is neither; its first instruction is its first byte. */
static enum owner owner_of(uint64_t pc)
{
    for (unsigned i = OWNER_REFHV; i <= OWNER_PARAVANE; i++) {
        if (pc >= bench.first[i] && pc < bench.end[i]) {
            return (enum owner)i;
        }
    }
    return bench.paravane_ran ? OWNER_GUEST : OWNER_NONE;
}

static unsigned kind_of(uint64_t pc)
{
    uint64_t offset = pc - bench.guest_base;

    for (unsigned i = KIND_FIRST; i < bench.kind_count; i++) {
        if (offset >= bench.kinds[i].first && offset < bench.kinds[i].end) {
            return i;
        }
    }
    return KIND_OTHER;
}

static unsigned part_of(uint64_t pc)
{
    for (unsigned i = 0; i < bench.call_count; i++) {
        if (bench.calls[i].pc == pc) {
            return bench.calls[i].part;
        }
    }
    return PART_REST;
}

/* An instruction that is translated again keeps its counts. */
static struct site *site_get(uint64_t pc, enum owner owner)
{
    struct site **bucket = &bench.sites[pc / 4 % BUCKETS];
    struct site *site;

    for (site = *bucket; site != NULL; site = site->next) {
        if (site->pc == pc) {
            return site;
        }
    }
    site = allocate(NULL, sizeof(*site));
    *site = (struct site){.next = *bucket, .pc = pc, .owner = owner};
    *bucket = site;
    return site;
}

static void on_block(uint64_t id, struct qemu_plugin_tb *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);

    (void)id;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        uint64_t pc = qemu_plugin_insn_vaddr(instruction);
        enum owner owner = owner_of(pc);
        struct site *site;

        if (owner == OWNER_NONE) {
            continue;
        }
        if (owner == OWNER_PARAVANE) {
            bench.paravane_ran = true;
        } else if (owner == OWNER_GUEST && bench.guest_base == 0) {
            bench.guest_base = pc;
        }
        site = site_get(pc, owner);
        if (owner == OWNER_GUEST) {
            site->kind = kind_of(pc);
        } else if (owner == OWNER_PARAVANE) {
            site->part = part_of(pc);
        }
        qemu_plugin_register_vcpu_insn_exec_cb(
            instruction, owner == OWNER_GUEST ? on_guest : on_own, PLUGIN_NO_REGISTERS, site);
    }
}

/* ---- What was counted ------------------------------------------------------------------------ */

static int compare(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct sample));
}

/* "sample KIND REFHV PARAVANE EXITS TIMES" for each that there was, and "longest KIND INSTRUCTIONS". */
static void write_samples(FILE *file, struct kind *kind)
{
    size_t from = 0;

    if (kind->count != 0) {
        qsort(kind->samples, kind->count, sizeof(*kind->samples), compare);
    }
    for (size_t i = 1; i <= kind->count; i++) {
        const struct sample *sample = &kind->samples[from];

        if (i < kind->count && compare(sample, &kind->samples[i]) == 0) {
            continue;
        }
        (void)fprintf(file, "sample %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu\n", kind->name,
                      sample->count[OWNER_REFHV], sample->count[OWNER_PARAVANE], sample->exits,
                      i - from);
        from = i;
    }
    (void)fprintf(file, "longest %s %" PRIu64 "\n", kind->name, kind->longest);
}

/* "part NAME REFHV PARAVANE" */
static void write_parts(FILE *file)
{
    for (unsigned i = 0; i < bench.part_count; i++) {
        const struct part *part = &bench.parts[i];

        (void)fprintf(file, "part %s %" PRIu64 " %" PRIu64 "\n", part->name,
                      part->count[OWNER_REFHV], part->count[OWNER_PARAVANE]);
    }
}

/* "site KIND PC HITS" for each instruction that ran. */
static void write_sites(FILE *file, const struct site *site)
{
    for (; site != NULL; site = site->next) {
        for (unsigned kind = 0; kind < bench.kind_count; kind++) {
            if (site->hits[kind] != 0) {
                (void)fprintf(file, "site %s 0x%" PRIx64 " %" PRIu64 "\n", bench.kinds[kind].name,
                              site->pc, site->hits[kind]);
            }
        }
    }
}

static void on_exit_of_qemu(uint64_t id, void *data)
{
    FILE *file = fopen(bench.output, "w");
    bool good;

    (void)id;
    (void)data;
    if (file == NULL) {
        (void)fprintf(stderr, "bench plugin: can't write %s\n", bench.output);
        return;
    }
    (void)fprintf(file, "guest 0x%" PRIx64 "\n", bench.guest_base);
    for (unsigned kind = 0; kind < bench.kind_count; kind++) {
        write_samples(file, &bench.kinds[kind]);
    }
    write_parts(file);
    for (unsigned i = 0; i < BUCKETS; i++) {
        write_sites(file, bench.sites[i]);
    }
    (void)fputs("end\n", file);
    good = ferror(file) == 0;
    if (fclose(file) != 0 || !good) {
        (void)fprintf(stderr, "bench plugin: can't write %s\n", bench.output);
    }
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static bool take_range(const char *text, uint64_t *first, uint64_t *end)
{
    return sscanf(text, "%" SCNi64 ":%" SCNi64, (int64_t *)first, (int64_t *)end) == 2 &&
           *first < *end;
}

/* NAME:FIRST:END */
static bool take_kind(const char *text, bool request)
{
    const char *colon = strchr(text, ':');
    size_t bytes = colon == NULL ? 0 : (size_t)(colon - text);
    struct kind *kind = &bench.kinds[bench.kind_count];

    if (bytes == 0 || bytes >= NAME_BYTES || bench.kind_count == KIND_MAX) {
        return false;
    }
    memcpy(kind->name, text, bytes);
    kind->request = request;
    bench.kind_count++;
    return take_range(colon + 1, &kind->first, &kind->end);
}

/* The calls behind it, up to the next part, are its own. */
static bool take_part(const char *name)
{
    if (*name == '\0' || strlen(name) >= NAME_BYTES || bench.part_count == PART_MAX) {
        return false;
    }
    memcpy(bench.parts[bench.part_count++].name, name, strlen(name));
    return true;
}

static bool take_call(const char *text)
{
    if (bench.part_count == PART_REST + 1 || bench.call_count == CALL_MAX) {
        return false;
    }
    bench.calls[bench.call_count++] = (struct call){strtoull(text, NULL, 0), bench.part_count - 1};
    return true;
}

static bool take_answered(const char *text)
{
    for (unsigned i = KIND_FIRST; i < bench.kind_count; i++) {
        if (strcmp(bench.kinds[i].name, text) == 0) {
            bench.answered = i;
            return true;
        }
    }
    return false;
}

/* What is named by what is before its =. */
static bool take_named(const char *argument)
{
    if (strncmp(argument, "kind=", 5) == 0) {
        return take_kind(argument + 5, false);
    }
    if (strncmp(argument, "request=", 8) == 0) {
        return take_kind(argument + 8, true);
    }
    if (strncmp(argument, "part=", 5) == 0) {
        return take_part(argument + 5);
    }
    if (strncmp(argument, "call=", 5) == 0) {
        return take_call(argument + 5);
    }
    if (strncmp(argument, "answered=", 9) == 0) {
        return take_answered(argument + 9);
    }
    if (strncmp(argument, "answer-file=", 12) == 0) {
        bench.answer_file = atoi(argument + 12);
        return true;
    }
    if (strncmp(argument, "output=", 7) == 0) {
        bench.output = argument + 7;
        return true;
    }
    return false;
}

static bool take_argument(const char *argument)
{
    static const struct {
        const char *name;
        enum owner owner;
    } ranges[] = {{"refhv=", OWNER_REFHV}, {"paravane=", OWNER_PARAVANE}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        size_t bytes = strlen(ranges[i].name);
        if (strncmp(argument, ranges[i].name, bytes) == 0) {
            return take_range(argument + bytes, &bench.first[ranges[i].owner],
                              &bench.end[ranges[i].owner]);
        }
    }
    return take_named(argument);
}

int qemu_plugin_install(uint64_t id, const struct plugin_info *info, int argc, char **argv)
{
    memcpy(bench.kinds[KIND_BOOT].name, "boot", sizeof("boot"));
    memcpy(bench.kinds[KIND_OTHER].name, "other", sizeof("other"));
    memcpy(bench.parts[PART_REST].name, "rest", sizeof("rest"));
    for (int i = 0; i < argc; i++) {
        if (!take_argument(argv[i])) {
            (void)fprintf(stderr, "bench plugin: what is '%s'?\n", argv[i]);
            return 1;
        }
    }
    if (!info->system_emulation || info->system.smp_vcpus != 1 || bench.output == NULL ||
        bench.end[OWNER_REFHV] == 0 || bench.end[OWNER_PARAVANE] == 0) {
        (void)fputs("bench plugin: wants one CPU, refhv=, paravane= and output=\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
