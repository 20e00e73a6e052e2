# SPDX-License-Identifier: BSD-3-Clause
# How code is compiled. Sets three INTERFACE targets:
#   pv_machine   code generation for the target; ours and third-party code alike
#   pv_warnings  our own code only
#   pv_own       both, and the rest that our own code is compiled with
# In the image, C has no FP and SIMD registers, as these are VTL0's (vtl/cpu/simd.h). Only a target with
# the property PV_SIMD has them: cryptography. tests/checks/simd holds the linked images to that.

add_library(pv_machine INTERFACE)
add_library(pv_warnings INTERFACE)
add_library(pv_own INTERFACE)
target_link_libraries(pv_own INTERFACE pv_machine pv_warnings)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

# No path of this machine gets into what is built: paths are written as from the root of the tree, where a
# debugger is to be started. clang before 17 leaves some of an assembly source's as they are: see cmake/relative too.
set(PV_REPRODUCIBLE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    file(RELATIVE_PATH directory ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
    list(APPEND PV_REPRODUCIBLE
        $<IF:$<COMPILE_LANGUAGE:ASM>,-fdebug-compilation-dir=${directory},-fdebug-compilation-dir=.>)
endif()

if(PV_IMAGE)
    # -fstack-usage writes FILE.su beside each object, for ./paravane report, and changes no code.
    # The image is position independent: hidden visibility keeps every address PC-relative, without a
    # GOT. -fno-builtin is left out on purpose: memcpy of a known small size becomes loads and stores.
    target_compile_options(pv_machine INTERFACE
        -ffreestanding
        -march=armv8-a
        $<$<AND:$<COMPILE_LANGUAGE:C>,$<NOT:$<BOOL:$<TARGET_PROPERTY:PV_SIMD>>>>:-mgeneral-regs-only>
        -mstrict-align
        -mbranch-protection=standard
        -ffixed-x18
        -mno-outline-atomics
        -fpie
        -fvisibility=hidden
        "$<$<COMPILE_LANGUAGE:C>:SHELL:-include '${CMAKE_SOURCE_DIR}/cmake/hidden.h'>"
        -fno-common
        -ffunction-sections
        -fdata-sections
        -fno-omit-frame-pointer
        -fno-strict-aliasing
        $<$<COMPILE_LANGUAGE:C>:-ftrivial-auto-var-init=zero>
        $<$<COMPILE_LANGUAGE:C>:-fstack-usage>
        -O2
        -g
        ${PV_REPRODUCIBLE})
    # Unwind data for debuggers, not loaded (.debug_frame), right at every instruction: from GCC that is
    # what -g gives; clang before 15 knows the body of a function only.
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
        target_compile_options(pv_machine INTERFACE
            $<$<COMPILE_LANGUAGE:C>:-fasynchronous-unwind-tables>
            $<$<COMPILE_LANGUAGE:C>:-fforce-dwarf-frame>)
    else()
        target_compile_options(pv_machine INTERFACE
            -fno-asynchronous-unwind-tables -fno-unwind-tables)
    endif()
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
        # Needed by clang before 16 to accept the initialisation of automatic variables with zero.
        target_compile_options(pv_machine INTERFACE
            $<$<AND:$<COMPILE_LANGUAGE:C>,$<VERSION_LESS:$<C_COMPILER_VERSION>,16>>:-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang>)
    endif()
    # The assembler takes what it understands of the above and warns of the rest.
    target_compile_options(pv_own INTERFACE $<$<COMPILE_LANGUAGE:C>:-fstack-protector-strong>)
else()
    # Of a test's debug information only lines are looked at.
    target_compile_options(pv_machine INTERFACE -O1 $<IF:$<BOOL:${PV_SANITIZE}>,-g1,-g> -fno-omit-frame-pointer
        ${PV_REPRODUCIBLE})
    if(PV_SANITIZE)
        set(PV_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all)
        target_compile_options(pv_machine INTERFACE ${PV_SANITIZERS})
        target_link_options(pv_machine INTERFACE ${PV_SANITIZERS})
    endif()
endif()

target_compile_options(pv_warnings INTERFACE
    -Wall
    -Wextra
    -Wshadow
    -Wconversion
    -Wsign-conversion
    -Wcast-qual
    -Wstrict-prototypes
    -Wmissing-prototypes
    -Wvla
    -Wundef
    -Wswitch
    -Werror)

# For code that runs seldom. Functions stay those of the source, so that a stack can be read.
set(PV_SMALLEST -Oz $<$<C_COMPILER_ID:Clang>:-mno-outline>)
