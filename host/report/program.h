/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The image as a program: its functions, who calls whom by the machine code, what the indirect calls can
 * reach. An indirect call's slots are what the source line calls, `holder->member(`: members of the
 * structures that anything of that name is; where the compiler has merged lines, all that the file calls. Its
 * targets are the functions of its type that the image's tables hold in such a member, and those that code
 * gives to one (flow.h). A call without a slot can reach every function whose address is taken.
 */
#ifndef REPORT_PROGRAM_H
#define REPORT_PROGRAM_H

#include "debug.h"
#include "files.h"
#include "image.h"
#include "map.h"

#define FUNCTION_NONE SIZE_MAX

struct function {
    const char *name;
    uint64_t address;
    uint64_t bytes;
    size_t file; /* FILE_NONE: the debug information doesn't say */
    uint32_t line;
    const char *type; /* NULL: assembly */
    bool taken;       /* its address is somewhere to be called by */
    bool loose;       /* and not only in tables whose members are known */
    bool wild;        /* and by code that can't be followed (flow.h) */
    bool named;       /* own code names it, and not only to call it; set when named_known is */
    bool named_known;
    bool names_closed;
    char **names; /* that code gives its address to */
    size_t name_count;
    uint32_t frame;
    uint32_t told;   /* by the compiler */
    bool frame_told; /* by the compiler; else by the instructions that lower the stack pointer */
    bool frame_unknown;
    uint32_t reached; /* by which entries' sources: bits of enum untrusted_source */
};

enum call_kind { CALL_DIRECT, CALL_TAIL, CALL_INDIRECT };

struct call {
    size_t from;
    size_t to;
    enum call_kind kind;
};

/* An instruction that calls what a register says. */
struct site {
    size_t function;
    uint64_t address;
    size_t file;
    uint32_t line;
    const struct debug_slot **slots; /* that it may call by; none: any */
    size_t slot_count;
    size_t targets;
};

struct program {
    struct files files;
    struct image image;
    struct map map;
    struct debug debug;
    struct function *functions; /* by address */
    size_t function_count;
    struct call *calls; /* by from, then to; each once */
    size_t call_count;
    struct site *sites;
    size_t site_count;
    size_t switches;         /* jumps by a table within a function */
    size_t instructions;     /* decoded */
    size_t frames_differing; /* where the compiler's word is less than what the code takes */
    size_t padding;          /* bytes of sections that no file has */
};

/* Everything above, from the files of that build folder. */
void program_read(struct program *program, const char *root, const char *build);

void program_calls(struct program *program);
/* Of how many functions the address is taken. */
size_t program_taken(const struct program *program);
size_t program_function_at(const struct program *program, uint64_t address);
/* The calls of a function: [*first, *end). */
void program_calls_of(const struct program *program, size_t function, size_t *first, size_t *end);

/* What compilers say of stack frames: NAME.su beside each object file. */
void program_frames(struct program *program, const char *folder);

/* Bytes of the image by file, by the linker's map. */
void program_bytes(struct program *program);

#endif /* REPORT_PROGRAM_H */
