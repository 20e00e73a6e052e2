# SPDX-License-Identifier: BSD-3-Clause
# The reader of IGVM files and their launch digest, for who compiles them in: refhv, the host's tool, tests.
set(PV_IGVM)
foreach(part reader check check_context check_memory check_parameter check_policy measure status)
    list(APPEND PV_IGVM boot/igvm/igvm_${part}.c)
endforeach()
list(TRANSFORM PV_IGVM PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE PV_IGVM_FILES)
