/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Types of functions as texts that are equal where C calls them compatible: typedefs are followed,
 * qualifiers left out, structures go by their names.
 */
#ifndef REPORT_DEBUG_TYPE_H
#define REPORT_DEBUG_TYPE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

/* The file that an entry is declared in; NULL: unknown. */
const char *debug_type_file(Dwarf_Die *entry);
/* Of a function, or of a type of functions: "int(void*, char*)"; the caller's. */
char *debug_type_function(Dwarf_Die *function);
/* Of what the member, parameter or variable points to, if that is functions; else NULL. */
char *debug_type_pointed(Dwarf_Die *holder);
/*
 * The structure that an entry is, or that the entry's type is or points to: the place of its declaration,
 * as several files may have one of a name, and some have none; the caller's. NULL: it is none.
 */
char *debug_type_structure(Dwarf_Die *holder);
/*
 * What lies so many bytes into a variable: a member's name and its structure's; the variable's own and ""
 * for an array of pointers. False: no pointer to functions.
 */
bool debug_type_at(Dwarf_Die *variable, uint64_t offset, const char **owner, const char **member);

#endif /* REPORT_DEBUG_TYPE_H */
