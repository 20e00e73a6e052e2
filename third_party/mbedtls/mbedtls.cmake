# SPDX-License-Identifier: BSD-3-Clause
# Mbed TLS: a TLS 1.3 client, X.509, and the primitives for evidence, JWE and LUKS2. Configuration:
# paravane_mbedtls_config.h. net/ supplies the entropy source and the arena. The targets are the same for
# this machine's tests, in portable C that a sanitizer sees, built where a test links them.
include(${CMAKE_CURRENT_LIST_DIR}/sign.cmake)
file(GLOB mbedtls_all RELATIVE ${mbedtls}/library ${mbedtls}/library/*.c)
set(mbedtls_x509 pkcs7.c x509.c x509_create.c x509_crl.c x509_crt.c x509_csr.c x509write.c
    x509write_crt.c x509write_csr.c)
set(mbedtls_tls ${mbedtls_all})
list(FILTER mbedtls_tls INCLUDE REGEX "^(ssl_|mps_|debug)")
# The only code of the image with FP and SIMD registers, so with the Armv8 instructions for AES, GCM
# and SHA-2: vtl/cpu/simd.h tells how they become VTL2's.
set(mbedtls_simd aes.c aesce.c gcm.c sha256.c sha512.c)
# Left out because they can only be used on a system with files, sockets or threads.
set(mbedtls_crypto ${mbedtls_all})
list(REMOVE_ITEM mbedtls_crypto ${mbedtls_x509} ${mbedtls_tls} ${mbedtls_simd} net_sockets.c
     psa_its_file.c threading.c timing.c)

set(mbedtls_config paravane_mbedtls_config.h)
if(NOT PV_IMAGE)
    set(mbedtls_config paravane_mbedtls_portable_config.h)
endif()
mbedtls_part(mbedsimd ${mbedtls_config} ${mbedtls_simd})
mbedtls_part(mbedcrypto ${mbedtls_config} ${mbedtls_crypto})
mbedtls_part(mbedx509 ${mbedtls_config} ${mbedtls_x509})
mbedtls_part(mbedtls ${mbedtls_config} ${mbedtls_tls})
# What the guest's disk does not need is short rather than fast.
pv_third_party_small(mbedcrypto mbedx509 mbedtls)
target_link_libraries(mbedcrypto PUBLIC mbedsimd)
target_link_libraries(mbedx509 PUBLIC mbedcrypto)
target_link_libraries(mbedtls PUBLIC mbedx509)
if(PV_IMAGE)
    set_target_properties(mbedsimd PROPERTIES PV_SIMD ON)
    set_source_files_properties(${mbedtls}/library/gcm.c PROPERTIES COMPILE_OPTIONS -Os)
    # Upstream asks at run time what the CPU has where it finds Linux' way of asking: port/sys/auxv.h.
    target_compile_options(mbedsimd PRIVATE -D__linux__ -I${CMAKE_CURRENT_LIST_DIR}/port
                           "SHELL:-include sys/auxv.h")
else()
    # The linker of this machine wants to be told that the two need each other.
    target_link_libraries(mbedsimd PUBLIC mbedcrypto)
    set_target_properties(mbedsimd mbedcrypto mbedx509 mbedtls PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
