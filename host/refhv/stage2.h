/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 2 translation: one tree a VTL, GPA == PA, 4 KiB granule, from a fixed pool. VTL2 sees all
 * of the partition's RAM and the device windows; VTL0 sees RAM except what VTL2 took away by
 * HvCallModifyVtlProtectionMask. Everything else is unmapped and faults. Locking: changes take
 * the partition lock inside; look-ups are lock free.
 */
#ifndef REFHV_STAGE2_H
#define REFHV_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

/* Slots: index of per-VTL arrays throughout refhv. */
#define SLOT_VTL0 0u
#define SLOT_VTL2 1u
#define SLOT_COUNT 2u

/* Builds both trees from machine and from where the IGVM loader put VTL2. */
void stage2_init(void);

/* Sets VTCR_EL2 and the like on this CPU. The slot's VTTBR_EL2 is the switch's to load (cpu.h). */
void stage2_cpu_init(void);
uint64_t stage2_vttbr(unsigned slot);

/* Is the whole 4 KiB page at gpa RAM of this partition (whatever the permissions)? */
bool stage2_is_ram(uint64_t gpa);

/*
 * HV_MAP_* permissions that VTL0 has on the page; and the change of them (VTL0's tree only), with
 * the TLB invalidation on all CPUs. False if the page is not RAM or the table pool is used up.
 */
uint32_t stage2_vtl0_permissions(uint64_t gpa);
bool stage2_vtl0_protect(uint64_t gpa_page_number, uint32_t map_flags);

/*
 * EL2 address of the guest page that holds gpa, if the slot's map allows all of access
 * (HV_MAP_READ, HV_MAP_WRITE); valid to the end of that 4 KiB page. NULL if not RAM or not
 * allowed.
 */
void *stage2_guest_pointer(unsigned slot, uint64_t gpa, uint32_t access);

/*
 * A stage 2 fault of the slot at gpa, on an access that needs HV_MAP_* access: is it allowed
 * after all? True while another CPU changes the size of the mapping around gpa: go back to the
 * guest and let it try again.
 */
bool stage2_fault_is_stale(unsigned slot, uint64_t gpa, uint32_t access);

#endif /* REFHV_STAGE2_H */
