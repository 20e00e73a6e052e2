/* SPDX-License-Identifier: BSD-3-Clause */
#include "debug_type.h"

#include "base.h"

#include <dwarf.h>
#include <stdlib.h>

#define CHAIN_MAX 32

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;

    return dwarf_attr_integrate(die, DW_AT_type, &attribute) != NULL &&
           dwarf_formref_die(&attribute, type) != NULL;
}

/* As dwarf_decl_file, which knows no file 0: the unit's own since DWARF 5 (6.2.4). */
const char *debug_type_file(Dwarf_Die *entry)
{
    Dwarf_Attribute attribute;
    Dwarf_Word index = 0;
    Dwarf_Die unit;
    Dwarf_Files *files = NULL;
    size_t count = 0;

    if (dwarf_attr_integrate(entry, DW_AT_decl_file, &attribute) == NULL ||
        dwarf_formudata(&attribute, &index) != 0 ||
        dwarf_cu_die(attribute.cu, &unit, NULL, NULL, NULL, NULL, NULL, NULL) == NULL ||
        dwarf_getsrcfiles(&unit, &files, &count) != 0 || index >= count) {
        return NULL;
    }
    return dwarf_filesrc(files, index, NULL, NULL);
}

static bool is_passed_over(int tag)
{
    return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
           tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

/* Of an entry's type, with a star for each pointer on the way to its name. */
static void add_type(struct text *text, Dwarf_Die *holder)
{
    Dwarf_Die at = *holder;
    Dwarf_Die next;
    struct text stars = {0};
    const char *name = "void";
    const char *alias = NULL;

    for (unsigned i = 0; i < CHAIN_MAX && type_of(&at, &next); i++) {
        at = next;
        int tag = dwarf_tag(&at);
        if (tag == DW_TAG_pointer_type || tag == DW_TAG_array_type) {
            text_add(&stars, "*");
            alias = NULL;
        } else if (is_passed_over(tag)) {
            alias = tag == DW_TAG_typedef ? dwarf_diename(&at) : alias;
        } else {
            name = tag == DW_TAG_subroutine_type ? "function" : dwarf_diename(&at);
            /* struct without a tag: its typedef is its name. */
            name = name == NULL ? (alias == NULL ? "?" : alias) : name;
            break;
        }
    }
    text_add(text, "%s%s", name, stars.data == NULL ? "" : stars.data);
    free(stars.data);
}

char *debug_type_function(Dwarf_Die *function)
{
    struct text text = {0};
    Dwarf_Attribute attribute;
    Dwarf_Die origin = *function;
    Dwarf_Die child;
    const char *separator = "";

    /* What was put in line elsewhere too has its parameters there. */
    if (dwarf_attr(function, DW_AT_abstract_origin, &attribute) != NULL) {
        (void)dwarf_formref_die(&attribute, &origin);
    }
    add_type(&text, &origin);
    text_add(&text, "(");
    if (dwarf_child(&origin, &child) == 0) {
        do {
            if (dwarf_tag(&child) == DW_TAG_formal_parameter) {
                text_add(&text, "%s", separator);
                add_type(&text, &child);
                separator = ", ";
            }
        } while (dwarf_siblingof(&child, &child) == 0);
    }
    text_add(&text, ")");
    return text.data;
}

char *debug_type_pointed(Dwarf_Die *holder)
{
    Dwarf_Die at = *holder;
    Dwarf_Die next;
    bool pointer = false;

    for (unsigned i = 0; i < CHAIN_MAX && type_of(&at, &next); i++) {
        at = next;
        int tag = dwarf_tag(&at);
        if (tag == DW_TAG_pointer_type && !pointer) {
            pointer = true;
        } else if (tag == DW_TAG_subroutine_type) {
            return pointer ? debug_type_function(&at) : NULL;
        } else if (!is_passed_over(tag) && !(tag == DW_TAG_array_type && !pointer)) {
            return NULL;
        }
    }
    return NULL;
}

static bool is_structure(int tag)
{
    return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

char *debug_type_structure(Dwarf_Die *holder)
{
    Dwarf_Die at = *holder;
    Dwarf_Die next;

    for (unsigned i = 0; i < CHAIN_MAX && !is_structure(dwarf_tag(&at)); i++) {
        if (!type_of(&at, &next)) {
            return NULL;
        }
        at = next;
    }
    if (!is_structure(dwarf_tag(&at))) {
        return NULL;
    }
    const char *file = debug_type_file(&at);
    int line = 0;
    (void)dwarf_decl_line(&at, &line);
    return string_make("%s:%d", file == NULL ? "?" : file, line);
}

/* The last member that begins at or before the offset, which is then from there; false: there is none. */
static bool member_at(Dwarf_Die *structure, uint64_t *offset, Dwarf_Die *member)
{
    Dwarf_Die child;
    uint64_t base = 0;
    bool found = false;

    if (dwarf_tag(structure) != DW_TAG_structure_type || dwarf_child(structure, &child) != 0) {
        return false;
    }
    do {
        Dwarf_Attribute attribute;
        Dwarf_Word location = 0;

        if (dwarf_tag(&child) != DW_TAG_member ||
            dwarf_attr(&child, DW_AT_data_member_location, &attribute) == NULL ||
            dwarf_formudata(&attribute, &location) != 0 || location > *offset) {
            continue;
        }
        *member = child;
        base = location;
        found = true;
    } while (dwarf_siblingof(&child, &child) == 0);
    *offset -= base;
    return found;
}

static bool is_pointer_to_functions(Dwarf_Die *holder)
{
    char *type = debug_type_pointed(holder);
    bool is = type != NULL;

    free(type);
    return is;
}

bool debug_type_at(Dwarf_Die *variable, uint64_t offset, const char **owner, const char **member)
{
    Dwarf_Die holder = *variable;
    Dwarf_Die at;
    Dwarf_Die element;
    Dwarf_Word size = 0;

    *owner = "";
    *member = dwarf_diename(variable);
    for (unsigned i = 0; i < CHAIN_MAX && type_of(&holder, &at); i++) {
        int tag = dwarf_tag(&at);

        if (tag == DW_TAG_pointer_type) {
            return offset == 0 && is_pointer_to_functions(&holder);
        }
        if (is_passed_over(tag)) {
            holder = at;
        } else if (tag == DW_TAG_array_type && type_of(&at, &element) &&
                   dwarf_aggregate_size(&element, &size) == 0 && size != 0) {
            offset %= size;
            holder = at;
        } else if (member_at(&at, &offset, &holder)) {
            *owner = debug_type_structure(&at);
            *member = dwarf_diename(&holder);
        } else {
            return false;
        }
    }
    return false;
}
