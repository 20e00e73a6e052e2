# SPDX-License-Identifier: BSD-3-Clause
# arm64 bare metal with clang, lld and LLVM's binutils.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(PV_IMAGE_TOOLCHAIN clang)
find_program(CMAKE_C_COMPILER NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14
             REQUIRED)
set(CMAKE_ASM_COMPILER ${CMAKE_C_COMPILER})
set(CMAKE_C_COMPILER_TARGET aarch64-none-elf)
set(CMAKE_ASM_COMPILER_TARGET aarch64-none-elf)
find_program(CMAKE_AR NAMES llvm-ar llvm-ar-19 llvm-ar-14 REQUIRED)
find_program(CMAKE_RANLIB NAMES llvm-ranlib llvm-ranlib-19 llvm-ranlib-14 REQUIRED)
find_program(CMAKE_OBJCOPY NAMES llvm-objcopy llvm-objcopy-19 llvm-objcopy-14 REQUIRED)
find_program(CMAKE_NM NAMES llvm-nm llvm-nm-19 llvm-nm-14 REQUIRED)
find_program(PV_LINKER NAMES ld.lld ld.lld-19 ld.lld-14 REQUIRED)

set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
