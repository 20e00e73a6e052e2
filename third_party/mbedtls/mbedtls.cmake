# SPDX-License-Identifier: BSD-3-Clause
# Mbed TLS: a TLS 1.3 client, X.509, and the primitives for evidence, JWE and LUKS2. Configuration:
# paravane_mbedtls_config.h. net/ supplies the entropy source and the arena.
pv_third_party_source(mbedtls mbedtls)
file(GLOB mbedtls_all RELATIVE ${mbedtls}/library ${mbedtls}/library/*.c)
set(mbedtls_x509 pkcs7.c x509.c x509_create.c x509_crl.c x509_crt.c x509_csr.c x509write.c
    x509write_crt.c x509write_csr.c)
set(mbedtls_tls ${mbedtls_all})
list(FILTER mbedtls_tls INCLUDE REGEX "^(ssl_|mps_|debug)")
# Left out because they can only be used on a system with files, sockets or threads.
set(mbedtls_crypto ${mbedtls_all})
list(REMOVE_ITEM mbedtls_crypto ${mbedtls_x509} ${mbedtls_tls} net_sockets.c psa_its_file.c
     threading.c timing.c)

foreach(part crypto x509 tls)
    pv_third_party(mbed${part}
        BASE ${mbedtls}/library
        SOURCES ${mbedtls_${part}}
        OPTIONS -I${mbedtls}/library)
    target_include_directories(mbed${part} SYSTEM PUBLIC ${mbedtls}/include
                               ${CMAKE_CURRENT_LIST_DIR})
    target_compile_definitions(mbed${part} PUBLIC
        MBEDTLS_CONFIG_FILE=<paravane_mbedtls_config.h>)
endforeach()
target_link_libraries(mbedx509 PUBLIC mbedcrypto)
target_link_libraries(mbedtls PUBLIC mbedx509)
