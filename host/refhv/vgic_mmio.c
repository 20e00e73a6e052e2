/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest's accesses to GICD and GICR. One security state (GICD_CTLR.DS = 1), affinity routing always on, no
 * LPIs. Source: Arm IHI 0069H, 12.8 to 12.11.
 *
 * Everything is done on 32-bit words: a 64-bit register is two, a byte of GICD_IPRIORITYR is a word with a mask.
 */
#include "arm64.h"
#include "vgic_private.h"

#define GICR_STRIDE UINT64_C(0x20000)
#define GICR_SGI_FRAME 0x10000u
#define FRAME_BYTES 0x10000u

#define GICD_ROUTER_BASE 0x6000u

/* Implementer Arm, product 0. */
#define IIDR UINT32_C(0x0000043b)
/* Architecture revision GICv3, JEP106 code. */
#define PIDR2 UINT32_C(0x3b)

/* GICD_TYPER (12.9.38): ITLinesNumber, INTIDs of 10 bits, A3V. */
#define TYPER_LINES (GIC_INTID_LIMIT / 32 - 1)
#define TYPER_ID_BITS (UINT32_C(9) << 19)
#define TYPER_A3V (UINT32_C(1) << 24)

/* GICR_CTLR (12.11.2), GICR_TYPER (12.11.17), GICR_WAKER (12.11.18). */
#define GICR_CTLR_RWP UINT32_C(0x8)
#define GICR_TYPER_LAST UINT32_C(0x10)
#define GICR_TYPER_NUMBER_SHIFT 8
#define WAKER_PROCESSOR_SLEEP UINT32_C(0x2)
#define WAKER_CHILDREN_ASLEEP UINT32_C(0x4)

enum frame { FRAME_GICD = 1, FRAME_RD = 2, FRAME_SGI = 4 };

/* Registers beyond the fields an interrupt has, which vgic_irq.c does. */
enum register_kind {
    REGISTER_CTLR = VGIC_FIELD_COUNT,
    REGISTER_TYPER,
    REGISTER_TYPER_HIGH,
    REGISTER_IIDR,
    REGISTER_WAKER,
    REGISTER_ROUTER,
    REGISTER_PIDR2,
    REGISTER_NONE,
};

/* Offsets from first up to end. What is not here (STATUSR, TYPER2, IGRPMODR, NSACR, PROPBASER and others that
 * one security state or the lack of LPIs leaves without a meaning) reads as zero and ignores writes. */
struct register_range {
    uint16_t first;
    uint16_t end;
    uint8_t frames;
    uint8_t kind;
};

static const struct register_range registers[] = {
    {0x0000, 0x0004, FRAME_GICD | FRAME_RD, REGISTER_CTLR},
    {0x0004, 0x0008, FRAME_GICD, REGISTER_TYPER},
    {0x0008, 0x000c, FRAME_GICD, REGISTER_IIDR},
    {0x0004, 0x0008, FRAME_RD, REGISTER_IIDR},
    {0x0008, 0x000c, FRAME_RD, REGISTER_TYPER},
    {0x000c, 0x0010, FRAME_RD, REGISTER_TYPER_HIGH},
    {0x0014, 0x0018, FRAME_RD, REGISTER_WAKER},
    {0x0080, 0x0100, FRAME_GICD | FRAME_SGI, VGIC_FIELD_GROUP},
    {0x0100, 0x0180, FRAME_GICD | FRAME_SGI, VGIC_FIELD_SET_ENABLE},
    {0x0180, 0x0200, FRAME_GICD | FRAME_SGI, VGIC_FIELD_CLEAR_ENABLE},
    {0x0200, 0x0280, FRAME_GICD | FRAME_SGI, VGIC_FIELD_SET_PENDING},
    {0x0280, 0x0300, FRAME_GICD | FRAME_SGI, VGIC_FIELD_CLEAR_PENDING},
    {0x0300, 0x0380, FRAME_GICD | FRAME_SGI, VGIC_FIELD_SET_ACTIVE},
    {0x0380, 0x0400, FRAME_GICD | FRAME_SGI, VGIC_FIELD_CLEAR_ACTIVE},
    {0x0400, 0x0800, FRAME_GICD | FRAME_SGI, VGIC_FIELD_PRIORITY},
    {0x0c00, 0x0d00, FRAME_GICD | FRAME_SGI, VGIC_FIELD_CONFIG},
    {0x6100, 0x8000, FRAME_GICD, REGISTER_ROUTER},
    {0xffe8, 0xffec, FRAME_GICD | FRAME_RD, REGISTER_PIDR2},
};

/* INTIDs that a 32-bit word of a field register holds, by kind: 32 but for these. */
static uint32_t field_intid(const struct register_range *range, uint32_t offset)
{
    const uint32_t bytes = offset - range->first;

    return range->kind == VGIC_FIELD_PRIORITY ? bytes
           : range->kind == VGIC_FIELD_CONFIG ? bytes * 4
                                              : bytes * 8;
}

struct access {
    struct vp *vp; /* who asks */
    unsigned slot;
    uint32_t target; /* VP whose redistributor it is */
    enum frame frame;
    uint32_t offset; /* in the frame */
    unsigned kind;
    uint32_t intid; /* first one of the word */
};

static void decode(struct access *access)
{
    access->kind = REGISTER_NONE;
    for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        const struct register_range *range = &registers[i];
        if ((range->frames & access->frame) == 0 || access->offset < range->first ||
            access->offset >= range->end) {
            continue;
        }
        const bool field = range->kind < VGIC_FIELD_COUNT;
        access->intid =
            field ? field_intid(range, access->offset) : (access->offset - GICD_ROUTER_BASE) / 8;
        /* With affinity routing GICD holds SPIs only, GICR the rest (12.8). */
        const bool shared = access->intid >= GIC_SPI_FIRST;
        if ((field || range->kind == REGISTER_ROUTER) &&
            (shared != (access->frame == FRAME_GICD) || access->intid >= GIC_INTID_LIMIT)) {
            return;
        }
        access->kind = range->kind;
        return;
    }
}

/* Writes that another VP's CPU has yet to carry out on its list registers (12.9.4, RWP). */
static bool writes_pending(const struct access *access, uint32_t vp_index)
{
    const uint32_t work =
        atomic_load_explicit(&vgic_cpu_of(vp_index, access->slot)->work, memory_order_relaxed);

    return (work & VGIC_WORK_RESYNC) != 0;
}

static uint32_t ctlr_read(const struct access *access)
{
    if (access->frame == FRAME_RD) {
        return writes_pending(access, access->target) ? GICR_CTLR_RWP : 0;
    }
    uint32_t value = vgic_instances[access->slot].ctlr | VGIC_CTLR_ARE | VGIC_CTLR_DS;
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        value |= writes_pending(access, i) ? VGIC_CTLR_RWP : 0;
    }
    return value;
}

static uint32_t typer_read(const struct access *access)
{
    if (access->frame == FRAME_GICD) {
        return TYPER_LINES | TYPER_ID_BITS | TYPER_A3V;
    }
    return access->target << GICR_TYPER_NUMBER_SHIFT |
           (access->target + 1 == partition.vp_count ? GICR_TYPER_LAST : 0);
}

/* Aff3.Aff2.Aff1.Aff0 of the PE. */
static uint32_t typer_high_read(const struct access *access)
{
    const uint64_t mpidr = machine.cpu_mpidr[access->target];

    return (uint32_t)((mpidr >> 8) & 0xff000000u) | (uint32_t)(mpidr & 0xffffffu);
}

static unsigned router_shift(const struct access *access)
{
    return (access->offset & 4) != 0 ? 32 : 0;
}

static uint32_t word_read(const struct access *access)
{
    const struct vgic *vgic = &vgic_instances[access->slot];

    switch (access->kind) {
    case REGISTER_CTLR:
        return ctlr_read(access);
    case REGISTER_TYPER:
        return typer_read(access);
    case REGISTER_TYPER_HIGH:
        return typer_high_read(access);
    case REGISTER_IIDR:
        return IIDR;
    case REGISTER_WAKER:
        return vgic_cpu_of(access->target, access->slot)->waker;
    case REGISTER_ROUTER:
        return (uint32_t)(vgic->router[access->intid - GIC_SPI_FIRST] >> router_shift(access));
    case REGISTER_PIDR2:
        return PIDR2;
    case REGISTER_NONE:
        return 0;
    default:
        return vgic_field_read(access->slot, access->target, access->kind, access->intid);
    }
}

static void ctlr_write(const struct access *access, uint32_t value)
{
    struct vgic *vgic = &vgic_instances[access->slot];
    const uint32_t groups = value & VGIC_CTLR_GROUPS;

    if (access->frame == FRAME_GICD && groups != vgic->ctlr) {
        vgic->ctlr = groups;
        vgic_update_all(access->slot);
    }
}

static void router_write(const struct access *access, uint32_t value)
{
    const uint32_t index = access->intid - GIC_SPI_FIRST;
    uint64_t *router = &vgic_instances[access->slot].router[index];
    const unsigned shift = router_shift(access);
    const uint64_t kept = *router & ~(UINT64_C(0xffffffff) << shift);
    const uint64_t changed =
        (kept | (uint64_t)value << shift) & (MPIDR_AFFINITY_MASK | VGIC_ROUTER_ANY);

    if (changed != *router) {
        *router = changed;
        vgic_irq_changed(access->slot, &vgic_instances[access->slot].spi[index], access->intid);
    }
}

/* There is nothing below the redistributor to wait for: ChildrenAsleep follows ProcessorSleep at once. */
static void waker_write(const struct access *access, uint32_t value)
{
    const bool sleep = (value & WAKER_PROCESSOR_SLEEP) != 0;

    vgic_cpu_of(access->target, access->slot)->waker =
        sleep ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
}

static void word_write(const struct access *access, uint32_t value, uint32_t mask)
{
    switch (access->kind) {
    case REGISTER_CTLR:
        ctlr_write(access, value);
        break;
    case REGISTER_WAKER:
        waker_write(access, value);
        break;
    case REGISTER_ROUTER:
        router_write(access, value);
        break;
    default:
        if (access->kind < VGIC_FIELD_COUNT) {
            vgic_field_write(access->slot, access->target, access->kind, access->intid, value,
                             mask);
        }
        break;
    }
}

/* State of interrupts is asked for or changed: the asker's own list registers come back first. */
static void own_state_back(const struct access *access)
{
    if (access->kind < VGIC_FIELD_COUNT || access->kind == REGISTER_ROUTER) {
        if (vgic_cpu_of(access->vp->index, access->slot)->used != 0) {
            vgic_fold(access->vp, access->slot);
        }
        vgic_cntv_settle(access->vp, access->slot);
    }
}

static uint32_t word_access(struct access *access, bool write, uint32_t value, uint32_t mask)
{
    struct vgic *vgic = &vgic_instances[access->slot];
    uint32_t result = 0;

    decode(access);
    spin_lock(&vgic->lock);
    own_state_back(access);
    if (write) {
        word_write(access, value, mask);
    } else {
        result = word_read(access);
    }
    spin_unlock(&vgic->lock);
    return result;
}

/* GICD_IROUTER, GICR_TYPER; GICR_PROPBASER and PENDBASER are zero in any case (12.8: access sizes). */
static bool is_64_bit(struct access *access)
{
    decode(access);
    return access->kind == REGISTER_ROUTER ||
           (access->frame == FRAME_RD && access->kind == REGISTER_TYPER);
}

static void sized_access(struct access *access, unsigned size, bool write, uint64_t *value)
{
    const uint32_t offset = access->offset;
    const uint64_t in = write ? *value : 0;
    uint64_t out = 0;

    if ((offset & (size - 1)) != 0) {
        /* No register is reached so. */
    } else if (size == 8 && is_64_bit(access)) {
        out = word_access(access, write, (uint32_t)in, UINT32_MAX);
        access->offset = offset + 4;
        out |= (uint64_t)word_access(access, write, (uint32_t)(in >> 32), UINT32_MAX) << 32;
    } else if (size == 4) {
        out = word_access(access, write, (uint32_t)in, UINT32_MAX);
    } else if (size == 1) {
        const unsigned shift = 8 * (offset & 3);
        access->offset = offset & ~3u;
        decode(access);
        if (access->kind == VGIC_FIELD_PRIORITY) {
            out = (word_access(access, write, (uint32_t)(in & 0xff) << shift, 0xffu << shift) >>
                   shift) &
                  0xff;
        }
    }
    if (!write) {
        *value = out;
    }
}

static bool in_window(const struct machine_range *window, uint64_t gpa)
{
    return gpa >= window->base && gpa - window->base < window->bytes;
}

bool vgic_window(uint64_t gpa)
{
    return in_window(&machine.gicd, gpa) || in_window(&machine.gicr, gpa);
}

bool vgic_mmio(struct vp *vp, unsigned slot, uint64_t gpa, unsigned size, bool write,
               uint64_t *value)
{
    struct access access = {.vp = vp, .slot = slot, .target = vp->index, .frame = FRAME_GICD};
    bool hole = false;

    if (in_window(&machine.gicd, gpa)) {
        const uint64_t offset = gpa - machine.gicd.base;
        access.offset = (uint32_t)offset;
        hole = offset >= FRAME_BYTES;
    } else if (in_window(&machine.gicr, gpa)) {
        const uint64_t offset = gpa - machine.gicr.base;
        access.target = (uint32_t)(offset / GICR_STRIDE);
        access.frame = (offset & GICR_SGI_FRAME) != 0 ? FRAME_SGI : FRAME_RD;
        access.offset = (uint32_t)offset & (FRAME_BYTES - 1);
        hole = offset / GICR_STRIDE >= partition.vp_count;
    } else {
        return false;
    }
    if (!hole && (size == 1 || size == 2 || size == 4 || size == 8)) {
        sized_access(&access, size, write, value);
    } else if (!write) {
        *value = 0;
    }
    return true;
}
