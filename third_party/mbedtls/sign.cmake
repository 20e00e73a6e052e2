# SPDX-License-Identifier: BSD-3-Clause
# Mbed TLS' SHA-2 and ECDSA on P-384 alone, for refhv's launch digest and attestation tokens and for this
# machine's tests; and what the recipe of the whole is written with.
pv_third_party_source(mbedtls mbedtls)

# The image has no system, whatever a compiler for one says: no process that could fork.
if(PV_IMAGE)
    set(mbedtls_no_system -U__unix__ -U__unix)
endif()

# mbedtls_part(NAME CONFIG file...): a library of these files.
function(mbedtls_part name config)
    pv_third_party(${name}
        BASE ${mbedtls}/library
        SOURCES ${ARGN}
        OPTIONS -I${mbedtls}/library ${mbedtls_no_system})
    target_include_directories(${name} SYSTEM PUBLIC ${mbedtls}/include
                               ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    target_compile_definitions(${name} PUBLIC MBEDTLS_CONFIG_FILE=<${config}>)
endfunction()

mbedtls_part(mbedsign paravane_sign_config.h asn1parse.c asn1write.c bignum.c bignum_core.c constant_time.c
             ecp_curves.c memory_buffer_alloc.c platform.c platform_util.c sha256.c sha512.c)
# Upstream cuts all work on curves into slices but an inversion: that is the user's.
mbedtls_part(mbedsigncurve paravane_sign_config.h ecdsa.c ecp.c)
target_compile_definitions(mbedsigncurve PRIVATE mbedtls_mpi_gcd_modinv_odd=sign_port_invert)
target_link_libraries(mbedsigncurve PUBLIC mbedsign)
