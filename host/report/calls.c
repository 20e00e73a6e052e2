/* SPDX-License-Identifier: BSD-3-Clause */
/* The call graph, from the machine code and, for indirect calls, the source lines that they are from. */
#include "a64.h"
#include "flow.h"
#include "program.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * With branch protection, a tail call goes by X16 or X17, whose BR may land where a call may (Arm ARM
 * D8.4.6, PSTATE.BTYPE); a BR by another register is a jump within the function.
 */
#define TAIL_FIRST 16u
#define TAIL_LAST 17u
#define REGISTERS 32u

static void add_call(struct program *program, size_t from, size_t to, enum call_kind kind)
{
    struct call *call = list_add((void *)&program->calls, &program->call_count, sizeof(*call));

    *call = (struct call){from, to, kind};
}

/* pc: of the instruction that makes the address; 0: it lies in a table. */
static void take(struct program *program, uint64_t address, uint64_t pc, bool loose)
{
    size_t at = program_function_at(program, address);

    if (at == FUNCTION_NONE || program->functions[at].address != address) {
        return;
    }
    program->functions[at].taken = true;
    program->functions[at].loose = program->functions[at].loose || loose;
    if (pc != 0) {
        flow_taken(program, at, pc);
    } else if (loose) {
        program->functions[at].wild = true;
    }
}

static void add_site(struct program *program, size_t function, uint64_t address)
{
    const struct debug_row *row = debug_row_at(&program->debug, address);
    struct site *site = list_add((void *)&program->sites, &program->site_count, sizeof(*site));

    *site = (struct site){
        .function = function,
        .address = address,
        .file = row == NULL ? FILE_NONE : row->file,
        .line = row == NULL ? 0 : row->line,
    };
}

static void follow(struct program *program, size_t from, const struct a64 *code, uint64_t pc)
{
    size_t to = program_function_at(program, code->target);

    switch (code->kind) {
    case A64_CALL:
    case A64_JUMP:
        if (to == FUNCTION_NONE) {
            report_die("%s branches to 0x%llx, which is in no function",
                       program->functions[from].name, (unsigned long long)code->target);
        }
        /* Within a function a jump is no call; a BL to its own start is recursion. */
        if (to != from || code->target == program->functions[from].address) {
            if (code->kind == A64_CALL || to != from) {
                add_call(program, from, to, code->kind == A64_CALL ? CALL_DIRECT : CALL_TAIL);
            }
        }
        break;
    case A64_CALL_REGISTER:
        add_site(program, from, pc);
        break;
    case A64_JUMP_REGISTER:
        if (code->source >= TAIL_FIRST && code->source <= TAIL_LAST) {
            add_site(program, from, pc);
        } else {
            program->switches++;
        }
        break;
    default:
        break;
    }
}

static void read_function(struct program *program, size_t index, const uint8_t *bytes)
{
    struct function *function = &program->functions[index];
    uint64_t pages[REGISTERS] = {0};

    for (uint64_t at = 0; at + 4 <= function->bytes; at += 4) {
        uint64_t pc = function->address + at;
        uint32_t word;

        memcpy(&word, bytes + at, sizeof(word));
        struct a64 code = a64_decode(word, pc);
        program->instructions++;
        function->frame += code.stack;
        function->frame_unknown = function->frame_unknown || code.stack_unknown;
        follow(program, index, &code, pc);
        if (code.kind == A64_PAGE) {
            pages[code.destination] = code.target;
        } else if (code.kind == A64_ADDRESS) {
            take(program, code.target, pc, true);
        } else if (code.kind == A64_ADD && pages[code.source] != 0) {
            take(program, pages[code.source] + code.constant, pc, true);
        }
    }
}

/* Back from at, over "holder->" or "holder[...].": the holder; *bytes 0: there is none. */
static const char *holder_before(const char *text, const char *at, size_t *bytes)
{
    const char *end = at;

    *bytes = 0;
    if (end - text > 1 && end[-1] == '>' && end[-2] == '-') {
        end -= 2;
    } else if (end - text > 0 && end[-1] == '.') {
        end -= 1;
    } else {
        return at;
    }
    if (end > text && end[-1] == ']') {
        for (end--; end > text && *end != '[' && *end != '\n'; end--) {
        }
    }
    return word_before(text, end, bytes);
}

/* Does a holder of that name have such a structure? file: as this file declares it; FILE_NONE: anywhere. */
static bool holds(const struct debug *debug, const char *holder, size_t bytes, const char *owner,
                  size_t file)
{
    for (size_t i = 0; i < debug->holder_count; i++) {
        if ((file == FILE_NONE || debug->holders[i].file == file) &&
            word_equals(debug->holders[i].name, holder, bytes) &&
            strcmp(debug->holders[i].owner, owner) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_called(const char *behind)
{
    if (*behind == '[') {
        behind += strcspn(behind, "]\n");
        behind += *behind == ']' ? 1 : 0;
    }
    /* (*pointer)(...), too */
    return *behind == '(' || (behind[0] == ')' && behind[1] == '(');
}

static void add_slot(struct site *site, const struct debug_slot *slot)
{
    for (size_t i = 0; i < site->slot_count; i++) {
        if (site->slots[i] == slot) {
            return;
        }
    }
    const struct debug_slot **added = (const struct debug_slot **)list_add(
        (void *)&site->slots, &site->slot_count, sizeof(*added));
    *added = slot;
}

enum match { MATCH_OF_FILE, MATCH_OF_ANY_FILE, MATCH_NAME, MATCHES };

/* Slots of the name at at: the holder's in this file, in any; where nothing of its name holds one, all. */
static void add_slots(const struct debug *debug, struct site *site, const char *text,
                      const char *at, size_t bytes)
{
    size_t holder_bytes = 0;
    const char *holder = holder_before(text, at, &holder_bytes);

    for (int match = MATCH_OF_FILE; match < MATCHES; match++) {
        size_t before = site->slot_count;
        size_t file = match == MATCH_OF_FILE ? site->file : FILE_NONE;

        for (size_t i = 0; i < debug->slot_count; i++) {
            const struct debug_slot *slot = &debug->slots[i];
            bool fits = holder_bytes == 0 ? *slot->owner == '\0'
                                          : holds(debug, holder, holder_bytes, slot->owner, file);

            if (word_equals(slot->name, at, bytes) && (fits || match == MATCH_NAME)) {
                add_slot(site, slot);
            }
        }
        if (site->slot_count != before) {
            return;
        }
    }
}

/* All that [at, end) of a text calls by pointers. */
static void read_names(const struct debug *debug, struct site *site, const char *text,
                       const char *at, const char *end)
{
    while (at < end) {
        size_t length = 0;

        while (word_is_part(at[length])) {
            length++;
        }
        if (length != 0 && is_called(at + length)) {
            add_slots(debug, site, text, at, length);
        }
        at += length == 0 ? 1 : length;
    }
}

/* Behind the next "#define NAME(" of a text, to the macro's end. NULL: there is none. */
static const char *macro_body(const char *text, const char *name, size_t bytes, const char **end)
{
    static const char define[] = "#define ";

    for (const char *at = text; (at = strstr(at, define)) != NULL;) {
        at += sizeof(define) - 1;
        if (strncmp(at, name, bytes) != 0 || at[bytes] != '(') {
            continue;
        }
        *end = at + strcspn(at, "\n");
        while (**end == '\n' && (*end)[-1] == '\\') {
            *end += 1 + strcspn(*end + 1, "\n");
        }
        return at + bytes;
    }
    return NULL;
}

/* What a macro that is defined in a file calls by pointers. */
static void read_macro_of(struct program *program, struct site *site, const char *path,
                          const char *name, size_t name_bytes)
{
    size_t bytes = 0;
    char *text = file_text(&program->files, path, &bytes);
    const char *end = text;
    const char *body;

    /* Which of several counts, a preprocessor would know. */
    while (end != NULL && (body = macro_body(end, name, name_bytes, &end)) != NULL) {
        read_names(&program->debug, site, text, body, end);
    }
    free(text);
}

/* The folder of a library's headers: the fourth slash of build/third_party/src/NAME/ ends its own. */
static size_t library_bytes(const char *path)
{
    const char *at = path;

    for (unsigned i = 0; i < 4 && at != NULL; i++) {
        at = strchr(at, '/');
        at = at == NULL ? NULL : at + 1;
    }
    return at == NULL ? 0 : (size_t)(at - path);
}

/* In what the file of the site includes: of own files all headers are known, libraries have theirs in two places. */
static void read_macro(struct program *program, struct site *site, const char *text,
                       const char *name, size_t bytes)
{
    static const char include[] = "#include \"";
    static const char *const folders[] = {"src/include/", "include/"};
    const char *own = program->files.items[site->file].path;

    for (const char *at = text; (at = strstr(at, include)) != NULL;) {
        at += sizeof(include) - 1;
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
            char path[512];

            snprintf(path, sizeof(path), "%.*s%s%.*s", (int)library_bytes(own), own, folders[i],
                     (int)strcspn(at, "\"\n"), at);
            read_macro_of(program, site, path, name, bytes);
        }
    }
    read_macro_of(program, site, own, name, bytes);
}

/* The line calls nothing by a name: by macros, then. */
static void read_macros(struct program *program, struct site *site, const char *text,
                        const char *at, const char *end)
{
    while (at < end) {
        size_t length = 0;

        while (word_is_part(at[length])) {
            length++;
        }
        if (length != 0 && at[length] == '(' && *at >= 'A' && *at <= 'Z') {
            read_macro(program, site, text, at, length);
        }
        at += length == 0 ? 1 : length;
    }
}

static void name_site(struct program *program, struct site *site)
{
    size_t bytes = 0;

    if (site->file == FILE_NONE) {
        return;
    }
    char *text = file_text(&program->files, program->files.items[site->file].path, &bytes);
    const char *at = word_line(text, site->line);
    if (at != NULL && site->line != 0) {
        read_names(&program->debug, site, text, at, at + strcspn(at, "\n"));
        if (site->slot_count == 0) {
            read_macros(program, site, text, at, at + strcspn(at, "\n"));
        }
    } else if (text != NULL) {
        read_names(&program->debug, site, text, text, text + bytes);
    }
    free(text);
}

static bool is_held(const struct debug *debug, const struct debug_slot *slot, uint64_t function)
{
    for (size_t i = 0; i < debug->held_count; i++) {
        const struct debug_held *held = &debug->held[i];

        if (held->function == function && strcmp(held->name, slot->name) == 0 &&
            strcmp(held->owner, slot->owner) == 0) {
            return true;
        }
    }
    return false;
}

/* Where does own code make a value of the function's name? */
static bool is_named(struct program *program, struct function *function)
{
    for (size_t i = 0; i < program->files.count && !function->named_known; i++) {
        size_t bytes = 0;
        const struct file *file = &program->files.items[i];
        char *text = file->kind == FILE_OWN ? file_text(&program->files, file->path, &bytes) : NULL;

        for (const char *at = text;
             at != NULL && (at = word_find(at, text + bytes, function->name)) != NULL;) {
            at += strlen(function->name);
            function->named = function->named || *at != '(';
        }
        free(text);
    }
    function->named_known = true;
    return function->named;
}

/* What only a library makes an address of is called by that library, and by no other code. */
static bool is_of_another(struct program *program, const struct site *site, size_t function)
{
    struct function *callee = &program->functions[function];

    if (site->file == FILE_NONE || callee->file == FILE_NONE) {
        return false;
    }
    const char *of_site = program->files.items[site->file].path;
    const char *of_callee = program->files.items[callee->file].path;
    size_t bytes =
        program->files.items[callee->file].kind == FILE_OWN ? 0 : library_bytes(of_callee);

    return bytes != 0 && strncmp(of_site, of_callee, bytes) != 0 && !is_named(program, callee);
}

static bool may_call(struct program *program, const struct site *site, size_t function)
{
    if (is_of_another(program, site, function)) {
        return false;
    }
    if (!program->functions[function].taken || site->slot_count == 0) {
        return program->functions[function].taken;
    }
    for (size_t i = 0; i < site->slot_count; i++) {
        if (is_held(&program->debug, site->slots[i], program->functions[function].address) ||
            flow_fills(program, function, site->slots[i])) {
            return true;
        }
    }
    return false;
}

static void add_targets(struct program *program, struct site *site)
{
    for (size_t to = 0; to < program->function_count; to++) {
        if (may_call(program, site, to)) {
            add_call(program, site->function, to, CALL_INDIRECT);
            site->targets++;
        }
    }
}

static void take_relocated(struct program *program)
{
    for (size_t i = 0; i < program->image.relocation_count; i++) {
        const struct image_relocation *relocation = &program->image.relocations[i];
        bool known = false;

        for (size_t j = 0; j < program->debug.held_count; j++) {
            known = known || program->debug.held[j].place == relocation->place;
        }
        take(program, relocation->target, 0, !known);
    }
}

static int compare(const void *left, const void *right)
{
    const struct call *a = left;
    const struct call *b = right;

    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    if (a->to != b->to) {
        return a->to < b->to ? -1 : 1;
    }
    return (int)a->kind - (int)b->kind;
}

/* Each pair once, of its most direct kind. */
static void sort_calls(struct program *program)
{
    size_t kept = 0;

    qsort(program->calls, program->call_count, sizeof(*program->calls), compare);
    for (size_t i = 0; i < program->call_count; i++) {
        const struct call *call = &program->calls[i];

        if (kept == 0 || program->calls[kept - 1].from != call->from ||
            program->calls[kept - 1].to != call->to) {
            program->calls[kept++] = *call;
        }
    }
    program->call_count = kept;
}

void program_calls(struct program *program)
{
    for (size_t i = 0; i < program->function_count; i++) {
        const struct function *function = &program->functions[i];
        const uint8_t *bytes = image_bytes(&program->image, function->address, function->bytes);

        if (bytes == NULL) {
            report_die("the code of %s is not in the image", function->name);
        }
        read_function(program, i, bytes);
    }
    take_relocated(program);
    for (size_t i = 0; i < program->site_count; i++) {
        name_site(program, &program->sites[i]);
        add_targets(program, &program->sites[i]);
    }
    sort_calls(program);
}
