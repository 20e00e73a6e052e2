/* SPDX-License-Identifier: BSD-3-Clause */
/* From entry.S to the program and to the end. */
#include "rt.h"
#include "runtime.h"

/* Where the board has its PL011, until the device tree has been read. */
#define PL011_DEFAULT UINT64_C(0x09000000)

void rt_main(const void *fdt)
{
    bool read = board_read(fdt);

    if (!read) {
        board.pl011 = PL011_DEFAULT;
        check_true("7.6 device tree in the parameter area", false);
        checks_done();
    }
    if (program.early != NULL) {
        program.early();
    }
    if (program.main != NULL) {
        (void)vtl2_machine_init();
        check_true("4.1 VTL2 set-up of the boot VP", vtl2_vp_init());
        vtl0_load();
        program.main();
    }
    checks_done();
}
