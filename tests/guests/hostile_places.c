/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What VTL0 has no business with: holes in the memory that its device tree names, where the hypervisor and
 * VTL2 must be; the board's own devices; the end of the address space. And accesses that are no whole ones.
 */
#include "hostile.h"

#define TWO_MIB UINT64_C(0x200000)
#define PAGE_BYTES UINT64_C(0x1000)
#define RAM_FIRST UINT64_C(0x40000000) /* QEMU virt, -m 512M */
#define RAM_END UINT64_C(0x60000000)
#define HYPERVISOR_BYTES UINT64_C(0x800000) /* refhv's, at the end of RAM */
#define BOARD_CONFIG UINT64_C(0x09020000)   /* QEMU virt: fw_cfg */
#define BOARD_VIRTIO UINT64_C(0x0a002000)   /* behind the windows that the guest has */
#define MAPPED_END (UINT64_C(8) << 30)      /* of the alias */
#define TOP_WINDOW 1u
#define VIRTUAL_BITS_MAX 48u

#define LDR_W1_X0 0xb9400001u
#define STR_W1_X0 0xb9000001u

struct place places[PLACE_MAX];
uint32_t place_count;
uint64_t vtl2_address;

static void place_add(const char *name, uint64_t address)
{
    places[place_count].name = name;
    places[place_count++].address = address;
}

static bool in_tree(uint64_t address)
{
    for (uint32_t i = 0; i < board.ram_count; i++) {
        if (address - board.ram[i].base < board.ram[i].bytes) {
            return true;
        }
    }
    return false;
}

static uint64_t space_end(unsigned limit)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52};
    unsigned range = (unsigned)(sysreg_read_id_aa64mmfr0_el1() & 0xf);
    unsigned end = range < COUNT_OF(bits) ? bits[range] : VIRTUAL_BITS_MAX;

    return UINT64_C(1) << (end < limit ? end : limit);
}

uint64_t place_alias(uint64_t address)
{
    if (address < MAPPED_END) {
        return GUEST_ALIAS(address);
    }
    return GUEST_WINDOW + TOP_WINDOW * PAGE_BYTES + address % PAGE_BYTES;
}

/* Does the word of code fault at address as it has to? */
static uint64_t probe(uint32_t word, uint64_t address)
{
    const uint32_t words[2] = {word, BRK_1};
    struct guest_state before = state_for(code_set(words, 2), &origins[0], address);
    struct guest_state after = before;

    guest_run(&after);
    return judge_abort(&before, &after, 4);
}

static uint64_t probe_fetch(uint64_t address)
{
    struct guest_state before = state_for((const uint32_t *)address, &origins[0], 0);
    struct guest_state after = before;

    guest_run(&after);
    return judge_fetch(&before, &after);
}

/* Every page of a block that is not in the tree. */
static uint64_t probe_hole(uint64_t block)
{
    uint64_t wrong = probe_fetch(block);

    for (uint64_t at = block; at < block + TWO_MIB && wrong == 0; at += PAGE_BYTES) {
        wrong = probe(LDR_W1_X0, at);
        if (wrong == 0) {
            wrong = probe(STR_W1_X0, at + PAGE_BYTES - 4);
        }
    }
    return wrong;
}

void places_find(void)
{
    uint64_t wrong = 0;
    uint32_t holes = 0;

    for (uint64_t block = RAM_FIRST; block < RAM_END; block += TWO_MIB) {
        if (in_tree(block)) {
            (void)read32(block);
        } else {
            wrong |= probe_hole(block);
            if (block < RAM_END - HYPERVISOR_BYTES) {
                vtl2_address = block + TWO_MIB / 2;
            }
            holes++;
        }
    }
    check_true("places the tree leaves memory out", holes > 1);
    check_eq("places every page that the tree leaves out is an external abort", wrong, 0);
    place_add("nothing there", UNMAPPED_ADDRESS);
    place_add("the board's configuration", BOARD_CONFIG);
    place_add("the board's virtio", BOARD_VIRTIO);
    place_add("the hypervisor's memory", RAM_END - TWO_MIB);
    place_add("VTL2's memory", vtl2_address);
    place_add("VTL2's last page", vtl2_address + TWO_MIB / 2 - PAGE_BYTES);
    place_add("the end of the space", space_end(52) - PAGE_BYTES);
    guest_window_set(TOP_WINDOW, (space_end(VIRTUAL_BITS_MAX) - PAGE_BYTES) | GUEST_PAGE_EL0);
}

/* ---- What a register read or write gives ------------------------------------------------------- */

static bool value_right(const struct value *row, const struct guest_state *before,
                        const struct guest_state *after)
{
    uint64_t x1 = row->x1 == VALUE_KEEP ? before->x[1] : row->x1;
    uint64_t x2 = row->x2 == VALUE_KEEP ? before->x[2] : row->x2;

    return ESR_EC(after->esr) == ESR_EC_BRK64 && after->pc == before->pc + 4 &&
           after->x[0] == before->x[0] + row->x0 && after->x[1] == x1 && after->x[2] == x2 &&
           after->sp == before->sp &&
           (after->pstate & PSTATE_NZCV_MASK) == (before->pstate & PSTATE_NZCV_MASK);
}

static void attack_value(const struct value *row, const struct origin *origin)
{
    const uint32_t words[2] = {row->word, BRK_1};
    uint64_t address = GUEST_PL011 + row->offset;
    struct guest_state before = state_for(code_set(words, 2), origin, address);
    struct guest_state after = before;

    if (row->before != VALUE_KEEP) {
        write32(address, (uint32_t)row->before);
    }
    attack_go(&after, row->name);
    if (ESR_EC(after.esr) == ESR_EC_UNKNOWN) {
        return; /* not one of this CPU's instructions */
    }
    check_true(row->name, value_right(row, &before, &after));
    if (row->after != VALUE_KEEP) {
        check_eq(row->name, read32(address), row->after);
    }
}

void attack_values(void)
{
    for (unsigned w = 0; w < ORIGIN_COUNT; w++) {
        check_way(origins[w].name);
        for (const struct value *row = hostile_values; row < hostile_values_end; row++) {
            if (origins[w].mmu) {
                guest_mmu_on();
            }
            attack_value(row, &origins[w]);
            guest_mmu_off();
        }
    }
    check_way("");
}

/* ---- Unaligned, and across borders: Normal memory says the map, so that the MMU lets them by --------- */

#define RAM_WINDOW 2u /* then PL011, then nothing that is mapped for VTL0 */
#define WINDOW(page) (GUEST_WINDOW + (page) * PAGE_BYTES)

static const struct {
    const char *name;
    uint64_t address;
    uint32_t word;
    uint32_t bytes;
    /* The fault is the second page's, and its syndrome that of a whole access to its first byte:
     * nobody above can tell. The device may be read. */
    bool ambiguous;
} odd[] = {
    {"unaligned LDR W, one byte off", WINDOW(3) + 0xfe1, 0xb9400001, 4, false},
    {"unaligned LDRH", WINDOW(3) + 0xfe1, 0x79400001, 2, false},
    {"unaligned STR W", WINDOW(3) + 0x26, 0xb9000001, 4, false},
    {"unaligned LDR X", WINDOW(3) + 0xfe4, 0xf9400001, 8, false},
    {"unaligned LDP W", WINDOW(3) + 0xfe2, 0x29400801, 8, false},
    {"unaligned LDR Q", WINDOW(3) + 0xfe8, 0x3dc00001, 16, false},
    {"unaligned LDR W from RAM into the PL011", WINDOW(3) - 2, 0xb9400001, 4, true},
    {"unaligned STR X from RAM into the PL011", WINDOW(3) - 4, 0xf9000001, 8, false},
    {"unaligned LDP W, RAM and the PL011", WINDOW(3) - 4, 0x29400801, 8, false},
    {"unaligned STP X, RAM and the PL011", WINDOW(3) - 8, 0xa9000801, 16, false},
    {"unaligned LDP W, the PL011 and nothing", WINDOW(4) - 4, 0x29400801, 8, false},
    {"unaligned STP W, the PL011 and nothing", WINDOW(4) - 4, 0x29000801, 8, false},
    {"unaligned LDR Q, the PL011 and nothing", WINDOW(4) - 8, 0x3dc00001, 16, false},
    {"unaligned STR X, nothing and RAM", WINDOW(5) - 4, 0xf9000001, 8, false},
};

static uint8_t ram_page[4096] __attribute__((aligned(4096)));

void attack_unaligned(void)
{
    guest_window_set(RAM_WINDOW, (uintptr_t)ram_page | GUEST_PAGE_EL0);
    guest_window_set(RAM_WINDOW + 1, GUEST_PL011 | GUEST_PAGE_EL0);
    guest_window_set(RAM_WINDOW + 2, UNMAPPED_ADDRESS | GUEST_PAGE_EL0);
    guest_window_set(RAM_WINDOW + 3, (uintptr_t)ram_page | GUEST_PAGE_EL0);
    for (unsigned w = 2; w < ORIGIN_COUNT; w++) {
        check_way(origins[w].name);
        for (unsigned i = 0; i < COUNT_OF(odd); i++) {
            const uint32_t words[2] = {odd[i].word, BRK_1};
            struct guest_state before = state_for(code_set(words, 2), &origins[w], 0);

            before.x[0] = odd[i].address;
            struct guest_state after = before;
            guest_mmu_on();
            attack_go(&after, odd[i].name);
            guest_mmu_off();
            uint64_t wrong = judge_abort(&before, &after, odd[i].bytes);
            if (odd[i].ambiguous && ESR_EC(after.esr) == ESR_EC_BRK64) {
                wrong = 0;
            }
            check_eq(odd[i].name, wrong, 0);
        }
    }
    check_way("");
}
