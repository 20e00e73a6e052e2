# SPDX-License-Identifier: BSD-3-Clause
# picolibc: strings, character classes, number parsing, integer snprintf. Nothing that allocates, no
# files, and the portable C versions: the arm64 assembly uses SIMD registers and unaligned accesses.
pv_third_party_source(picolibc picolibc)
set(libc ${picolibc}/newlib/libc)

file(COPY ${libc}/include/ DESTINATION ${PV_THIRD_PARTY}/include
     FILES_MATCHING PATTERN "*.h")
file(COPY ${libc}/machine/aarch64/machine ${libc}/machine/aarch64/sys
     DESTINATION ${PV_THIRD_PARTY}/include FILES_MATCHING PATTERN "*.h")
file(COPY ${libc}/tinystdio/stdio.h ${CMAKE_CURRENT_LIST_DIR}/picolibc.h
     DESTINATION ${PV_THIRD_PARTY}/include)

pv_third_party(c
    BASE ${libc}
    SOURCES
        string/bcmp.c string/bzero.c string/explicit_bzero.c string/memccpy.c string/memchr.c string/memcmp.c
        string/memcpy.c string/memmem.c string/memmove.c string/mempcpy.c string/memrchr.c
        string/memset.c string/stpcpy.c string/strcasecmp.c string/strcat.c string/strchr.c
        string/strchrnul.c string/strcmp.c string/strcpy.c string/strcspn.c string/strlcat.c
        string/strlcpy.c string/strlen.c string/strncasecmp.c string/strncat.c string/strncmp.c
        string/strncpy.c string/strnlen.c string/strpbrk.c string/strrchr.c string/strspn.c
        string/strstr.c string/timingsafe_bcmp.c string/timingsafe_memcmp.c
        ctype/ctype_.c ctype/isalnum.c ctype/isalpha.c ctype/isblank.c ctype/iscntrl.c
        ctype/isdigit.c ctype/isgraph.c ctype/islower.c ctype/isprint.c ctype/ispunct.c
        ctype/isspace.c ctype/isupper.c ctype/isxdigit.c ctype/tolower.c ctype/toupper.c
        errno/errno.c
        search/bsearch.c
        stdlib/abs.c stdlib/atoi.c stdlib/labs.c stdlib/llabs.c
        tinystdio/filestrput.c tinystdio/snprintf.c tinystdio/strtol.c tinystdio/strtoll.c
        tinystdio/strtoul.c tinystdio/strtoull.c tinystdio/vfiprintf.c tinystdio/vsnprintf.c
    OPTIONS
        -fno-builtin -fno-stack-protector -D_LIBC -I${libc}/tinystdio -I${libc}/ctype
        -I${libc}/string -I${libc}/stdlib
        -I${libc}/locale)
set_target_properties(c PROPERTIES C_EXTENSIONS ON)
target_include_directories(pv_machine SYSTEM INTERFACE ${PV_THIRD_PARTY}/include)

# Headers come from picolibc and the compiler, never from the machine that builds.
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    target_compile_options(pv_machine INTERFACE -nostdlibinc)
else()
    execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
                    OUTPUT_VARIABLE compiler_headers OUTPUT_STRIP_TRAILING_WHITESPACE)
    target_compile_options(pv_machine INTERFACE -nostdinc -idirafter ${compiler_headers})
endif()
target_link_libraries(pv_own INTERFACE c)

# GCC refuses to compile a va_arg of double without FP registers, clang compiles it. It stands where an
# unsupported %f is skipped; as a long it skips one general register's argument instead.
set_source_files_properties(${libc}/tinystdio/vfiprintf.c PROPERTIES COMPILE_OPTIONS -Ddouble=long)
