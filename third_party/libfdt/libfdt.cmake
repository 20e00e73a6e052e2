# SPDX-License-Identifier: BSD-3-Clause
# libfdt, the library of dtc. Assumptions stay at their strictest: every tree is checked on every access.
# It uses strnlen(), which -std=c17 alone hides in a C library's headers: POSIX has it.
pv_third_party_source(dtc dtc)
pv_third_party(fdt
    BASE ${dtc}/libfdt
    SOURCES fdt.c fdt_addresses.c fdt_check.c fdt_empty_tree.c fdt_ro.c fdt_rw.c fdt_strerror.c
            fdt_sw.c fdt_wip.c
    OPTIONS -DFDT_ASSUME_MASK=0 -D_POSIX_C_SOURCE=200809L)
if(PV_IMAGE)
    # Only start-up reads and writes trees.
    get_target_property(fdt_sources fdt SOURCES)
    set_source_files_properties(${fdt_sources} PROPERTIES COMPILE_OPTIONS -Os)
    file(COPY ${dtc}/libfdt/libfdt.h ${dtc}/libfdt/fdt.h ${dtc}/libfdt/libfdt_env.h
         DESTINATION ${PV_THIRD_PARTY}/include)
endif()
target_include_directories(fdt SYSTEM PUBLIC ${dtc}/libfdt)
