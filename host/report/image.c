/* SPDX-License-Identifier: BSD-3-Clause */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

static void read_section(struct image *image, Elf_Scn *section, size_t names, const char *path)
{
    GElf_Shdr header;
    Elf_Data *data = NULL;

    if (gelf_getshdr(section, &header) == NULL) {
        report_die("%s: a section can't be read: %s", path, elf_errmsg(-1));
    }
    struct image_section *out =
        list_add((void *)&image->sections, &image->section_count, sizeof(*out));
    *out = (struct image_section){
        .name = elf_strptr(image->elf, names, header.sh_name),
        .address = header.sh_addr,
        .bytes = header.sh_size,
        .loaded = (header.sh_flags & SHF_ALLOC) != 0,
        .writable = (header.sh_flags & SHF_WRITE) != 0,
        .executable = (header.sh_flags & SHF_EXECINSTR) != 0,
        .zeroed = header.sh_type == SHT_NOBITS,
    };
    if (out->name == NULL) {
        report_die("%s: a section without a name", path);
    }
    if (!out->zeroed && header.sh_size != 0) {
        data = elf_rawdata(section, NULL);
        if (data == NULL || data->d_size != header.sh_size) {
            report_die("%s: section %s can't be read: is the file whole?", path, out->name);
        }
        out->data = data->d_buf;
    }
}

static void read_segments(struct image *image, const char *path)
{
    size_t count = 0;

    if (elf_getphdrnum(image->elf, &count) != 0) {
        report_die("%s: its program headers can't be read: %s", path, elf_errmsg(-1));
    }
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;

        if (gelf_getphdr(image->elf, (int)i, &header) == NULL) {
            report_die("%s: a program header can't be read: %s", path, elf_errmsg(-1));
        }
        if (header.p_type != PT_LOAD && header.p_type != PT_GNU_RELRO) {
            continue;
        }
        struct image_segment *out =
            list_add((void *)&image->segments, &image->segment_count, sizeof(*out));
        *out = (struct image_segment){
            .address = header.p_vaddr,
            .file_bytes = header.p_filesz,
            .memory_bytes = header.p_memsz,
            .readable = (header.p_flags & PF_R) != 0,
            .writable = (header.p_flags & PF_W) != 0,
            .executable = (header.p_flags & PF_X) != 0,
            .relocated_only = header.p_type == PT_GNU_RELRO,
        };
    }
}

static void read_symbols(struct image *image, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data == NULL ? 0 : (size_t)(header->sh_size / sizeof(Elf64_Sym));

    for (size_t i = 0; i < count; i++) {
        GElf_Sym symbol;

        if (gelf_getsym(data, (int)i, &symbol) == NULL) {
            break;
        }
        const char *name = elf_strptr(image->elf, header->sh_link, symbol.st_name);
        int type = GELF_ST_TYPE(symbol.st_info);
        bool mapping = name == NULL || *name == '\0' || *name == '$';
        if (mapping || symbol.st_shndx == SHN_UNDEF || type == STT_SECTION || type == STT_FILE) {
            continue;
        }
        /* Labels of the linker script are absolute, or of the section that they stand in. */
        bool placed = symbol.st_shndx < image->section_count;
        struct image_symbol *out =
            list_add((void *)&image->symbols, &image->symbol_count, sizeof(*out));
        *out = (struct image_symbol){
            .name = name,
            .address = symbol.st_value,
            .bytes = symbol.st_size,
            .section = placed ? symbol.st_shndx : 0,
            .function = type == STT_FUNC && placed,
            .object = type == STT_OBJECT && placed,
            .local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL,
        };
    }
}

static void read_relocations(struct image *image, Elf_Scn *section, const GElf_Shdr *header,
                             const char *path)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data == NULL ? 0 : (size_t)(header->sh_size / sizeof(Elf64_Rela));

    for (size_t i = 0; i < count; i++) {
        GElf_Rela entry;

        if (gelf_getrela(data, (int)i, &entry) == NULL) {
            break;
        }
        if (GELF_R_TYPE(entry.r_info) != R_AARCH64_RELATIVE) {
            report_die("%s: a relocation of another kind than R_AARCH64_RELATIVE", path);
        }
        struct image_relocation *out =
            list_add((void *)&image->relocations, &image->relocation_count, sizeof(*out));
        *out = (struct image_relocation){entry.r_offset, (uint64_t)entry.r_addend};
    }
}

static int compare_symbols(const void *left, const void *right)
{
    const struct image_symbol *a = left;
    const struct image_symbol *b = right;

    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static void read_tables(struct image *image, const char *path)
{
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(image->elf, section)) != NULL) {
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) == NULL) {
            continue;
        }
        if (header.sh_type == SHT_SYMTAB) {
            read_symbols(image, section, &header);
        } else if (header.sh_type == SHT_RELA && (header.sh_flags & SHF_ALLOC) != 0) {
            read_relocations(image, section, &header, path);
        }
    }
    if (image->symbol_count == 0) {
        report_die("%s: no symbols in it", path);
    }
    qsort(image->symbols, image->symbol_count, sizeof(*image->symbols), compare_symbols);
}

void image_open(struct image *image, const char *path)
{
    GElf_Ehdr header;
    Elf_Scn *section = NULL;
    size_t names = 0;

    *image = (struct image){.file = open(path, O_RDONLY | O_CLOEXEC)};
    if (image->file < 0) {
        report_die("can't open the image %s: %s", path, strerror(errno));
    }
    (void)elf_version(EV_CURRENT);
    image->elf = elf_begin(image->file, ELF_C_READ, NULL);
    if (image->elf == NULL || elf_kind(image->elf) != ELF_K_ELF ||
        gelf_getehdr(image->elf, &header) == NULL || header.e_machine != EM_AARCH64 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || elf_getshdrstrndx(image->elf, &names) != 0) {
        report_die("%s is no whole 64-bit ELF file for AArch64", path);
    }
    image->entry = header.e_entry;
    /* Index 0, no section, is kept: so that indices are those of the file. */
    (void)list_add((void *)&image->sections, &image->section_count, sizeof(*image->sections));
    image->sections[0].name = "";
    while ((section = elf_nextscn(image->elf, section)) != NULL) {
        read_section(image, section, names, path);
    }
    read_segments(image, path);
    read_tables(image, path);
}

const struct image_section *image_section_at(const struct image *image, uint64_t address)
{
    for (size_t i = 1; i < image->section_count; i++) {
        const struct image_section *section = &image->sections[i];

        if (section->loaded && address >= section->address &&
            address - section->address < section->bytes) {
            return section;
        }
    }
    return NULL;
}

const struct image_section *image_section_named(const struct image *image, const char *name)
{
    for (size_t i = 1; i < image->section_count; i++) {
        if (strcmp(image->sections[i].name, name) == 0) {
            return &image->sections[i];
        }
    }
    return NULL;
}

const struct image_symbol *image_symbol_named(const struct image *image, const char *name)
{
    for (size_t i = 0; i < image->symbol_count; i++) {
        if (strcmp(image->symbols[i].name, name) == 0) {
            return &image->symbols[i];
        }
    }
    return NULL;
}

const uint8_t *image_bytes(const struct image *image, uint64_t address, uint64_t bytes)
{
    const struct image_section *section = image_section_at(image, address);

    if (section == NULL || section->data == NULL ||
        bytes > section->bytes - (address - section->address)) {
        return NULL;
    }
    return section->data + (address - section->address);
}

uint64_t image_label(const struct image *image, const char *name)
{
    const struct image_symbol *symbol = image_symbol_named(image, name);

    if (symbol == NULL) {
        report_die("the image has no symbol %s: is it Paravane's?", name);
    }
    return symbol->address;
}
