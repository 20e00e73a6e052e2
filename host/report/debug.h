/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the image's debug information (DWARF) says: source lines of instructions, functions and their
 * types, functions put in line into others, variables, and every name that holds a pointer to functions.
 */
#ifndef REPORT_DEBUG_H
#define REPORT_DEBUG_H

#include "files.h"
#include "image.h"

/* From address to the next row's: an instruction's line. file FILE_NONE: a gap. */
struct debug_row {
    uint64_t address;
    size_t file;
    uint32_t line;
};

struct debug_function {
    const char *name;
    uint64_t address;
    size_t file;
    uint32_t line;
    const char *type; /* "status(gpa, void*)": result and parameters */
};

/* name, of that file, in line at the address. */
struct debug_inline {
    const char *name;
    size_t file;
    uint64_t address;
};

struct debug_variable {
    const char *name;
    uint64_t address;
    size_t file;
};

/*
 * A member of that structure, or (owner "") a parameter or variable, of that name is a pointer to functions
 * of that type.
 */
struct debug_slot {
    const char *owner;
    const char *name;
    const char *type;
};

/* A member, parameter or variable of that name is, or points to, such a structure. */
struct debug_holder {
    const char *name;
    size_t file; /* where it is declared */
    const char *owner;
};

/* A constant or initialised variable holds that function's address in such a slot. */
struct debug_held {
    uint64_t place;
    uint64_t function;
    const char *owner;
    const char *name;
};

/* The function's parameter of that number, from 0, if it is a pointer to functions. */
struct debug_parameter {
    const char *function;
    size_t number;
    const char *name;
};

struct debug {
    struct debug_row *rows; /* by address */
    size_t row_count;
    struct debug_function *functions;
    size_t function_count;
    struct debug_inline *inlines;
    size_t inline_count;
    struct debug_variable *variables;
    size_t variable_count;
    struct debug_slot *slots;
    size_t slot_count;
    struct debug_holder *holders;
    size_t holder_count;
    struct debug_parameter *parameters;
    size_t parameter_count;
    struct debug_held *held;
    size_t held_count;
};

/* Marks the compile units among the files, and counts the lines of each that hold code. */
void debug_read(struct debug *debug, const struct image *image, struct files *files);
/* The row that holds the address; NULL: none. */
const struct debug_row *debug_row_at(const struct debug *debug, uint64_t address);

#endif /* REPORT_DEBUG_H */
