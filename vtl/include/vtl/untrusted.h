/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Marks the functions at which bytes of others come in, for whom Paravane does not trust: `./paravane report`
 * lists them, and what they reach. A mark is a record in a section of the ELF file that is not loaded: no byte
 * of the image.
 *
 *     PV_UNTRUSTED(virtio_mmio, guest, "fuzz_virtio_mmio");
 *
 * behind the function, once for each of guest, host, disk and network whose bytes it gets. The text names the
 * harness in tests/fuzz that feeds it; "" where there is none, which the report counts.
 *
 * PV_UNTRUSTED_OF marks a function of another file, by its path from the root: of one that programs share which
 * see no header of vtl's.
 */
#ifndef VTL_UNTRUSTED_H
#define VTL_UNTRUSTED_H

enum pv_untrusted {
    PV_UNTRUSTED_guest, /* VTL0: registers, memory, device accesses */
    PV_UNTRUSTED_host, /* the hypervisor and its devices: messages, registers, queues, device tree */
    PV_UNTRUSTED_disk,    /* what a disk holds */
    PV_UNTRUSTED_network, /* what comes in by a network card */
};

#define PV_UNTRUSTED_CHECK(function, source) \
    _Static_assert(sizeof(&(function)) != 0 && PV_UNTRUSTED_##source >= 0, #function " of " #source)

/* A program on an operating system is a test. */
#if __STDC_HOSTED__
#define PV_UNTRUSTED_OF(file, function, source, harness) PV_UNTRUSTED_CHECK(function, source)
#else
#define PV_UNTRUSTED_OF(file, function, source, harness)                  \
    __asm__(".pushsection .pv.untrusted, \"\", %progbits\n"               \
            ".asciz \"" file ":" #function ":" #source ":" harness "\"\n" \
            ".popsection\n");                                             \
    PV_UNTRUSTED_CHECK(function, source)
#endif
#define PV_UNTRUSTED(function, source, harness) PV_UNTRUSTED_OF(__FILE__, function, source, harness)

#endif /* VTL_UNTRUSTED_H */
