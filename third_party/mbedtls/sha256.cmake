# SPDX-License-Identifier: BSD-3-Clause
# Mbed TLS' SHA-256 alone, for refhv's launch digest and for this machine's tests; and what the recipe of
# the whole is written with.
pv_third_party_source(mbedtls mbedtls)

# mbedtls_part(NAME CONFIG file...): a library of these files.
function(mbedtls_part name config)
    pv_third_party(${name}
        BASE ${mbedtls}/library
        SOURCES ${ARGN}
        OPTIONS -I${mbedtls}/library)
    target_include_directories(${name} SYSTEM PUBLIC ${mbedtls}/include
                               ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    target_compile_definitions(${name} PUBLIC MBEDTLS_CONFIG_FILE=<${config}>)
endfunction()

mbedtls_part(mbedsha256 paravane_sha256_config.h sha256.c)
