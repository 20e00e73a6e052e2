# SPDX-License-Identifier: BSD-3-Clause
# Upstream code: fetched by its hash, unpacked unchanged, compiled with our flags. Image presets put
# the archives into build/third_party/aarch64/lib (GCC: aarch64-gcc), headers into include beside it.

if(PV_IMAGE)
    set(PV_THIRD_PARTY ${CMAKE_SOURCE_DIR}/build/third_party/aarch64)
    if(PV_IMAGE_TOOLCHAIN STREQUAL "gcc")
        string(APPEND PV_THIRD_PARTY -gcc)
    endif()
endif()

# Sets VARIABLE to the folder of NAME's unpacked source.
function(pv_third_party_source name variable)
    execute_process(
        COMMAND ${CMAKE_SOURCE_DIR}/scripts/fetch --unpack ${name}
        OUTPUT_VARIABLE source
        OUTPUT_STRIP_TRAILING_WHITESPACE
        RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "third_party/${name}: its source could not be had (reason above)")
    endif()
    set(${variable} ${source} PARENT_SCOPE)
endfunction()

# pv_third_party(NAME BASE dir SOURCES file... [OPTIONS option...]): a static library; files from BASE.
# Upstream's warnings are upstream's.
function(pv_third_party name)
    cmake_parse_arguments(ARG "" "BASE" "SOURCES;OPTIONS" ${ARGN})
    list(TRANSFORM ARG_SOURCES PREPEND ${ARG_BASE}/)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE pv_machine)
    target_compile_options(${name} PRIVATE -w ${ARG_OPTIONS})
    if(PV_SANITIZE)
        # A harness sees how far it gets in here.
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
    if(PV_IMAGE)
        set_target_properties(${name} PROPERTIES ARCHIVE_OUTPUT_DIRECTORY ${PV_THIRD_PARTY}/lib)
    endif()
endfunction()

# pv_third_party_small(NAME...): libraries that run seldom, compiled to be short. A source's own options come
# last, behind -O2.
function(pv_third_party_small)
    if(NOT PV_IMAGE)
        return()
    endif()
    foreach(name IN LISTS ARGN)
        get_target_property(sources ${name} SOURCES)
        set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "${PV_SMALLEST}")
    endforeach()
endfunction()

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             ${CMAKE_SOURCE_DIR}/third_party/archives.lock)
if(PV_IMAGE)
    include(${CMAKE_CURRENT_LIST_DIR}/picolibc/picolibc.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/libfdt/libfdt.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/lwip/lwip.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/mbedtls/mbedtls.cmake)
else()
    include(${CMAKE_CURRENT_LIST_DIR}/libfdt/libfdt.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/lwip/lwip.cmake)
    include(${CMAKE_CURRENT_LIST_DIR}/mbedtls/mbedtls.cmake)
    # These come from the system. Only tests want cmocka: a build may be configured before it is installed.
    add_library(pv_cmocka INTERFACE)
    target_link_libraries(pv_cmocka INTERFACE cmocka)
    foreach(library z jansson crypto ssl)
        find_library(PV_LIBRARY_${library} ${library} REQUIRED)
        add_library(pv_${library} INTERFACE)
        target_link_libraries(pv_${library} INTERFACE ${PV_LIBRARY_${library}})
    endforeach()
endif()
