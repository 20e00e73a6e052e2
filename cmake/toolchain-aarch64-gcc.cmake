# SPDX-License-Identifier: BSD-3-Clause
# arm64 bare metal with GCC and GNU binutils of a Linux cross compiler, of which only the compiler
# proper, the assembler and the linker are used: no C library, no start files, no libgcc.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(PV_IMAGE_TOOLCHAIN gcc)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)
find_program(CMAKE_AR NAMES aarch64-linux-gnu-ar REQUIRED)
find_program(CMAKE_RANLIB NAMES aarch64-linux-gnu-ranlib REQUIRED)
find_program(CMAKE_OBJCOPY NAMES aarch64-linux-gnu-objcopy REQUIRED)
find_program(CMAKE_NM NAMES aarch64-linux-gnu-nm REQUIRED)
find_program(PV_LINKER NAMES aarch64-linux-gnu-ld REQUIRED)

set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
