# SPDX-License-Identifier: BSD-3-Clause
# What the folders' CMakeLists.txt are written with. cmake/README.md shows an example of each.

# pv_library(NAME SOURCES file... [SMALL file...] [PUBLIC dir...] [PRIVATE_LIBS target...] [DEFINES def...])
# A folder of the image. SMALL: sources that run seldom, compiled to be short. PUBLIC: the directory of its contract header, seen by who links it. Links are
# PRIVATE: a folder that needs another's header says so itself.
function(pv_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;SMALL;PUBLIC;PRIVATE_LIBS;DEFINES" ${ARGN})
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "pv_library(${name}): what is '${ARG_UNPARSED_ARGUMENTS}'?")
    endif()
    add_library(${name} STATIC ${ARG_SOURCES} ${ARG_SMALL})
    # A source's own options come last, behind -O2.
    if(ARG_SMALL)
        set_source_files_properties(${ARG_SMALL} PROPERTIES COMPILE_OPTIONS "${PV_SMALLEST}")
    endif()
    target_include_directories(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
    _pv_link(${name} ${ARG_PRIVATE_LIBS})
endfunction()

# A library that is no target is an error and not a -l option.
function(_pv_link name)
    foreach(library IN LISTS ARGN)
        if(NOT TARGET ${library})
            message(FATAL_ERROR "${name} links '${library}', which is no target here")
        endif()
    endforeach()
    target_link_libraries(${name} PRIVATE pv_own ${ARGN})
endfunction()

# pv_executable(NAME SOURCES file... LINKER_SCRIPT file [PRIVATE_LIBS target...] [DEFINES def...]
#               [INCLUDES dir...] [LINK_OPTIONS option...] [PIE] [BINARY file-name])
# A bare-metal program: NAME.elf, its raw bytes in BINARY (default NAME.bin), NAME.map. LINK_OPTIONS
# are the linker's own (no -Wl,). PIE: linked as a position-independent image, whose startup code
# applies its own R_AARCH64_RELATIVE relocations.
function(pv_executable name)
    cmake_parse_arguments(ARG "PIE" "LINKER_SCRIPT;BINARY"
                          "SOURCES;PRIVATE_LIBS;DEFINES;INCLUDES;LINK_OPTIONS" ${ARGN})
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "pv_executable(${name}): what is '${ARG_UNPARSED_ARGUMENTS}'?")
    endif()
    if(NOT ARG_BINARY)
        set(ARG_BINARY ${name}.bin)
    endif()
    get_filename_component(script ${ARG_LINKER_SCRIPT} ABSOLUTE)
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${name}.elf LINK_DEPENDS ${script})
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${ARG_INCLUDES})
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
    target_link_options(${name} PRIVATE
        -T ${script} -Map=${CMAKE_CURRENT_BINARY_DIR}/${name}.map --gc-sections --build-id=none
        "SHELL:-z max-page-size=4096" "SHELL:-z noexecstack" ${ARG_LINK_OPTIONS})
    # Programs are linked at 0, where the debug information of dropped functions would lie too.
    if(PV_LINKER MATCHES "lld")
        target_link_options(${name} PRIVATE
            "SHELL:-z dead-reloc-in-nonalloc=.debug_*=0xffffffffffffffff")
    endif()
    if(ARG_PIE)
        target_link_options(${name} PRIVATE -pie --no-dynamic-linker "SHELL:-z text")
    else()
        target_link_options(${name} PRIVATE -static)
    endif()
    _pv_link(${name} ${ARG_PRIVATE_LIBS})
    add_custom_command(TARGET ${name} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} -O binary $<TARGET_FILE:${name}>
                ${CMAKE_CURRENT_BINARY_DIR}/${ARG_BINARY}
        BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/${ARG_BINARY}
        VERBATIM)
endfunction()

# pv_tool(NAME SOURCES file... [PRIVATE_LIBS target...] [DEFINES def...] [INCLUDES dir...])
# A program for the machine that builds.
function(pv_tool name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PRIVATE_LIBS;DEFINES;INCLUDES" ${ARGN})
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "pv_tool(${name}): what is '${ARG_UNPARSED_ARGUMENTS}'?")
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${ARG_INCLUDES})
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE ${ARG_DEFINES})
    _pv_link(${name} ${ARG_PRIVATE_LIBS})
endfunction()

# Where tests find headers: every folder's contract and own headers, the ABI and the fakes.
set(PV_TEST_INCLUDES
    ${PROJECT_SOURCE_DIR}/tests
    ${PROJECT_SOURCE_DIR}/tests/fakes
    ${PROJECT_SOURCE_DIR}/formats/include
    ${PROJECT_SOURCE_DIR}/vtl/abi
    ${PROJECT_SOURCE_DIR}/vtl/include
    ${PROJECT_SOURCE_DIR}/vmm/include
    ${PROJECT_SOURCE_DIR}/devices/include
    ${PROJECT_SOURCE_DIR}/net/include
    ${PROJECT_SOURCE_DIR}/boot/include
    ${PROJECT_SOURCE_DIR}/boot/igvm)

# The folders that the sources of one test come from are its private include directories too.
function(_pv_test_sources name directory)
    set(files)
    set(includes ${PV_TEST_INCLUDES})
    foreach(file IN LISTS ARGN)
        list(APPEND files ${PROJECT_SOURCE_DIR}/${file})
        string(REGEX MATCH "^(host/[^/]+|[^/]+)/" folder ${file})
        if(NOT folder STREQUAL "tests/")
            list(APPEND includes ${PROJECT_SOURCE_DIR}/${folder})
        endif()
        get_filename_component(parent ${file} DIRECTORY)
        list(APPEND includes ${PROJECT_SOURCE_DIR}/${parent})
    endforeach()
    list(REMOVE_DUPLICATES includes)
    add_executable(${name} ${PROJECT_SOURCE_DIR}/${directory}/${name}.c ${files})
    target_include_directories(${name} PRIVATE ${includes})
    target_compile_definitions(${name} PRIVATE PV_HOST_TEST=1 _GNU_SOURCE
                               PV_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()

# pv_unit(test_NAME SOURCES file... [LIBS target...] [DEFINES def...])
# tests/unit/test_NAME.c, a cmocka program, with the sources under test; paths from the root.
function(pv_unit name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;DEFINES" ${ARGN})
    _pv_test_sources(${name} tests/unit ${ARG_SOURCES})
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
    _pv_link(${name} ${ARG_LIBS} pv_cmocka)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120
        ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1;UBSAN_OPTIONS=print_stacktrace=1")
endfunction()

# pv_fuzz(fuzz_NAME SOURCES file... [LIBS target...] [DEFINES def...])
# tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput; seeds, if any, in tests/fuzz/corpus/fuzz_NAME/.
function(pv_fuzz name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;DEFINES" ${ARGN})
    _pv_test_sources(${name} tests/fuzz ${ARG_SOURCES})
    target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
    _pv_link(${name} ${ARG_LIBS})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set(seeds)
    if(EXISTS ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
        set(seeds ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    endif()
    set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus/${name})
    file(MAKE_DIRECTORY ${found})
    add_test(NAME ${name}
        COMMAND ${name} -max_total_time=${PV_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
                -print_final_stats=1 -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/${name}-
                ${found} ${seeds})
    math(EXPR limit "${PV_FUZZ_SECONDS} * 3 + 60")
    set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT ${limit})
endfunction()
