# SPDX-License-Identifier: BSD-3-Clause
# One pv_unit() a test.
pv_unit(test_refhv_psci SOURCES host/refhv/psci.c host/refhv/smccc.c host/refhv/vp_start.c)
set(REFHV_REALM_SOURCES tests/fakes/fake_refhv_realm.c host/refhv/rsi_calls.c host/refhv/measurement.c
    host/refhv/token.c host/refhv/token_claims.c host/refhv/cbor_write.c host/refhv/test_platform.c
    host/refhv/sign.c host/refhv/sign_invert.c host/refhv/entropy.c host/refhv/hash.c)
pv_unit(test_refhv_rsi SOURCES ${REFHV_REALM_SOURCES} LIBS mbedsigncurve)
pv_unit(test_refhv_token SOURCES ${REFHV_REALM_SOURCES} LIBS mbedsigncurve pv_verify pv_jansson pv_crypto)
pv_unit(test_refhv_exit SOURCES tests/fakes/refhv/fake_sysreg.c host/refhv/exit.c)
pv_unit(test_refhv_cpu_id SOURCES tests/fakes/refhv/fake_sysreg.c host/refhv/cpu_id.c)
pv_unit(test_refhv_fp SOURCES tests/fakes/refhv/fake_sysreg.c tests/fakes/refhv/fake_fp.c host/refhv/fp.c)
pv_unit(test_refhv_switch SOURCES tests/fakes/refhv/fake_sysreg.c tests/fakes/refhv/fake_fp.c
    host/refhv/fp.c host/refhv/switch.c)
pv_unit(test_refhv_mutation SOURCES tests/fakes/refhv/fake_sysreg.c host/refhv/mutation.c
    host/refhv/machine_options.c DEFINES REFHV_MUTATION)
pv_unit(test_refhv_cpu SOURCES tests/fakes/refhv/fake_sysreg.c host/refhv/cpu.c)
pv_unit(test_refhv_sysreg_trap
    SOURCES tests/fakes/refhv/fake_sysreg.c host/refhv/sysreg_trap.c host/refhv/cpu_id.c)
pv_unit(test_run_scan SOURCES host/run/scan.c)
pv_unit(test_vtl_exit SOURCES tests/fakes/vtl/fake_cpu.c tests/fakes/vtl/fake_message.c vtl/hv/exit.c vtl/cpu/log.c vtl/cpu/format.c
    vtl/cpu/lock.c)
set(VTL_HV_SOURCES
    tests/fakes/vtl/fake_cpu.c tests/fakes/vtl/fake_hv.c tests/fakes/vtl/fake_rsi.c tests/fakes/vtl/fake_message.c
    vtl/hv/enter.c vtl/hv/evidence.c vtl/hv/exit.c vtl/hv/guest.c vtl/hv/hypercall.c vtl/hv/init.c vtl/hv/probe.c
    vtl/hv/registers.c vtl/hv/vp.c vtl/cpu/gic.c vtl/cpu/log.c vtl/cpu/format.c vtl/cpu/lock.c
    vtl/cpu/simd.c vtl/cpu/time.c)
pv_unit(test_vtl_hv SOURCES ${VTL_HV_SOURCES})
pv_unit(test_vtl_return SOURCES ${VTL_HV_SOURCES})
pv_unit(test_vtl_evidence SOURCES ${VTL_HV_SOURCES})
pv_unit(test_vtl_buffers SOURCES ${VTL_HV_SOURCES})
pv_unit(test_vtl_time SOURCES tests/fakes/vtl/fake_cpu.c vtl/cpu/time.c)
pv_unit(test_vtl_random SOURCES tests/fakes/vtl/fake_cpu.h vtl/cpu/random.c)
pv_unit(test_vtl_simd SOURCES tests/fakes/vtl/fake_cpu.c vtl/cpu/simd.c)
pv_unit(test_vtl_text SOURCES tests/fakes/vtl/fake_cpu.c vtl/cpu/panic_text.c
    vtl/cpu/register_name.c vtl/cpu/log.c
    vtl/cpu/format.c vtl/cpu/lock.c)
pv_unit(test_vtl_early SOURCES tests/fakes/vtl/fake_cpu.h vtl/cpu/cpu.c)
pv_unit(test_vtl_pool SOURCES tests/fakes/vtl/fake_cpu.h vtl/cpu/cpu.c vtl/cpu/pool.c)
pv_unit(test_vtl_mmu SOURCES tests/fakes/vtl/fake_cpu.c vtl/cpu/mmu.c vtl/cpu/lock.c)
pv_unit(test_refhv_fdt SOURCES host/refhv/machine_fdt.c host/refhv/machine_options.c LIBS fdt)
pv_unit(test_refhv_stage2
    SOURCES host/refhv/stage2.c host/refhv/stage2_table.c tests/fakes/fake_refhv_board.c)
pv_unit(test_refhv_igvm_load
    SOURCES host/refhv/igvm_load.c host/refhv/igvm_place.c host/refhv/measure.c host/refhv/hash.c
            host/refhv/parameters.c
            host/refhv/parameters_fdt.c host/refhv/console_format.c ${PV_IGVM}
            tests/fakes/fake_refhv_board.c
    LIBS fdt mbedsign)
pv_unit(test_igvm_reader SOURCES ${PV_IGVM})
pv_unit(test_igvm_rules SOURCES ${PV_IGVM})
pv_unit(test_igvm_others SOURCES ${PV_IGVM})
pv_unit(test_igvm_measure SOURCES ${PV_IGVM} LIBS pv_crypto)
pv_unit(test_igvm_policy SOURCES boot/igvm/igvm_policy.c)
set(PV_IGVM_BUILD host/igvm/build.c host/igvm/image_elf.c host/igvm/kernel.c host/igvm/igvm_writer.c
    host/igvm/fields.c host/igvm/file.c boot/igvm/igvm_policy.c ${PV_IGVM})
set(PV_IGVM_RECIPE host/igvm/manifest.c host/igvm/recipe.c host/igvm/certificate.c ${PV_IGVM_BUILD})
pv_unit(test_igvm_build SOURCES ${PV_IGVM_BUILD} LIBS pv_z)
pv_unit(test_igvm_manifest SOURCES ${PV_IGVM_RECIPE} LIBS pv_z pv_jansson pv_crypto)
pv_unit(test_igvm_certificate SOURCES ${PV_IGVM_RECIPE} LIBS pv_z pv_jansson pv_crypto)
pv_unit(test_igvm_copy SOURCES host/igvm/igvm_writer.c host/igvm/fields.c ${PV_IGVM})
pv_unit(test_igvm_compare SOURCES host/igvm/compare.c host/igvm/symbols.c host/igvm/opened.c
    ${PV_IGVM_BUILD} LIBS pv_z pv_crypto)
pv_unit(test_igvm_sign SOURCES host/igvm/sign.c host/igvm/file.c LIBS pv_crypto)
pv_unit(test_boot_fdt_in SOURCES boot/fdt_in.c boot/fdt_in_read.c LIBS fdt)
pv_unit(test_boot_guest_tree SOURCES boot/igvm/guest_tree.c LIBS fdt)
pv_unit(test_boot_linux SOURCES boot/guest.c boot/linux.c boot/firmware.c)
pv_unit(test_emulate
    SOURCES vmm/emulate.c vmm/emulate_instruction.c vmm/emulate_decode.c vmm/emulate_perform.c
            vmm/mmio.c vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_unit(test_emulate_faults
    SOURCES vmm/emulate.c vmm/emulate_instruction.c vmm/emulate_decode.c vmm/emulate_perform.c
            vmm/mmio.c vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_unit(test_vmm_memory SOURCES vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_unit(test_vmm_mmio SOURCES vmm/mmio.c tests/fakes/fake_vtl.c)
pv_unit(test_vmm_run
    SOURCES vmm/run.c vmm/resume.c vmm/irq.c vmm/work.c vmm/emulate.c vmm/emulate_instruction.c
            vmm/emulate_decode.c vmm/emulate_perform.c vmm/mmio.c vmm/guest_memory.c
            tests/fakes/fake_vtl.c)
pv_unit(test_vmm_usual
    SOURCES vmm/run.c vmm/resume.c vmm/irq.c vmm/work.c vmm/emulate.c vmm/emulate_instruction.c
            vmm/emulate_decode.c vmm/emulate_perform.c vmm/mmio.c vmm/guest_memory.c
            tests/fakes/fake_vtl.c)
pv_unit(test_vmm_work SOURCES vmm/work.c vmm/irq.c tests/fakes/fake_vtl.c)
pv_unit(test_vmm_idle SOURCES vmm/idle.c vmm/work.c vmm/irq.c tests/fakes/fake_vtl.c)
pv_unit(test_pl011 SOURCES devices/pl011.c devices/primecell.c tests/fakes/fake_vtl.c)
pv_unit(test_flash_erased SOURCES devices/flash_erased.c)
pv_unit(test_pl031 SOURCES devices/pl031.c devices/primecell.c tests/fakes/fake_vtl.c)
pv_unit(test_host_uart SOURCES devices/host_uart.c devices/host_rtc.c tests/fakes/fake_vtl.c)
# Drivers of the host's virtio devices, over a model of such devices.
set(PV_HOST_VIRTIO_SOURCES devices/host/bounce.c devices/host/host_virtio.c devices/host/host_queue.c
    tests/fakes/fake_host_virtio.c tests/fakes/fake_host_ring.c tests/fakes/fake_vtl.c)
pv_unit(test_host_virtio SOURCES ${PV_HOST_VIRTIO_SOURCES})
pv_unit(test_host_queue SOURCES ${PV_HOST_VIRTIO_SOURCES})
pv_unit(test_host_blk SOURCES devices/host/host_blk.c ${PV_HOST_VIRTIO_SOURCES})
pv_unit(test_host_blk_requests SOURCES devices/host/host_blk.c ${PV_HOST_VIRTIO_SOURCES})
pv_unit(test_host_rng SOURCES devices/host/host_rng.c ${PV_HOST_VIRTIO_SOURCES})
set(RING_SOURCES devices/virtio/ring.c devices/virtio/ring_split.c devices/virtio/ring_packed.c
    vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_unit(test_host_console SOURCES devices/host/host_console.c tests/fakes/fake_host_queue.c ${RING_SOURCES})
set(CONSOLE_SOURCES devices/virtio/console.c devices/virtio/device.c devices/virtio/mmio.c
    devices/host/host_console.c tests/fakes/fake_host_queue.c tests/fakes/fake_console_driver.c
    tests/fakes/fake_driver.c ${RING_SOURCES})
pv_unit(test_virtio_console SOURCES ${CONSOLE_SOURCES})
set(PV_NET_FRAME_SOURCES devices/virtio/frame.c devices/virtio/ring.c devices/virtio/ring_split.c
    devices/virtio/ring_packed.c vmm/guest_memory.c)
pv_unit(test_host_net SOURCES devices/host/host_net.c devices/host/host_net_in.c ${PV_NET_FRAME_SOURCES}
    ${PV_HOST_VIRTIO_SOURCES})
set(PV_VIRTIO_NET_SOURCES devices/virtio/net.c devices/virtio/net_control.c devices/virtio/device.c
    devices/virtio/mmio.c ${PV_NET_FRAME_SOURCES} tests/fakes/fake_driver.c tests/fakes/fake_vtl.c)
pv_unit(test_virtio_net SOURCES ${PV_VIRTIO_NET_SOURCES})
pv_unit(test_virtio_net_control SOURCES ${PV_VIRTIO_NET_SOURCES})
pv_unit(test_net_switch SOURCES net/switch.c net/addresses.c ${PV_NET_FRAME_SOURCES} tests/fakes/fake_vtl.c)
set(PV_NET_STACK_SOURCES net/stack.c net/stack_address.c net/lookup.c net/connection.c vmm/idle.c vmm/work.c
    vmm/irq.c ${PV_NET_FRAME_SOURCES} tests/fakes/fake_wire.c tests/fakes/fake_vtl.c)
pv_unit(test_net_stack SOURCES tests/unit/net_peer.c ${PV_NET_STACK_SOURCES} LIBS lwip)
set(PV_TLS_SOURCES net/tls.c net/tls_certificate.c net/random.c net/text.c tests/unit/tls_server.c
    tests/fakes/fake_vtl.c)
pv_unit(test_tls SOURCES ${PV_TLS_SOURCES} LIBS mbedtls lwip pv_ssl pv_crypto)
pv_unit(test_tls_certificate SOURCES ${PV_TLS_SOURCES} LIBS mbedtls lwip pv_ssl pv_crypto)
pv_unit(test_host_net_room SOURCES devices/host/host_net.c devices/host/host_net_in.c
    ${PV_NET_FRAME_SOURCES} tests/fakes/fake_vtl.c)
pv_unit(test_net_sum SOURCES ${PV_NET_FRAME_SOURCES} tests/fakes/fake_vtl.c)
pv_unit(test_net_own SOURCES net/switch.c net/addresses.c ${PV_NET_FRAME_SOURCES} tests/fakes/fake_vtl.c)
# refhv's hypercalls: the whole of them a test. The fake register file comes first, for its <sysreg.h>.
set(REFHV_HYPERCALL_SOURCES tests/fakes/refhv/fake_sysreg.c tests/fakes/refhv/fake_fp.c
    tests/fakes/fake_refhv_world.c host/refhv/cpu_id.c host/refhv/fp.c host/refhv/hvregs_vector.c
    host/refhv/hypercall.c host/refhv/hypercall_table.c host/refhv/hypercall_registers.c
    host/refhv/hypercall_vtl.c host/refhv/hypercall_interrupt.c host/refhv/hypercall_synic.c
    host/refhv/hypercall_report.c host/refhv/hypercall_translate.c host/refhv/hvregs.c host/refhv/hvregs_gpr.c
    host/refhv/hvregs_system.c host/refhv/hvregs_info.c host/refhv/hvregs_page.c
    host/refhv/hvregs_event.c host/refhv/hvregs_crash.c host/refhv/hvregs_vsm.c
    host/refhv/reference_tsc.c host/refhv/synic.c host/refhv/stimer.c host/refhv/stage1.c
    host/refhv/vp_start.c)
pv_unit(test_refhv_hypercall SOURCES ${REFHV_HYPERCALL_SOURCES})
pv_unit(test_refhv_hypercall_calls SOURCES ${REFHV_HYPERCALL_SOURCES})
pv_unit(test_refhv_hvregs SOURCES ${REFHV_HYPERCALL_SOURCES})
pv_unit(test_refhv_hvregs_rows SOURCES ${REFHV_HYPERCALL_SOURCES})
pv_unit(test_refhv_synic SOURCES ${REFHV_HYPERCALL_SOURCES})
pv_unit(test_refhv_translate SOURCES ${REFHV_HYPERCALL_SOURCES})
pv_unit(test_boot_machine SOURCES boot/machine.c boot/machine_ranges.c devices/flash_erased.c)
pv_unit(test_boot_main SOURCES boot/main.c boot/end.c boot/fdt_in.c boot/fdt_in_read.c boot/igvm/guest_tree.c
    boot/prepare.c boot/measure.c boot/guest.c boot/linux.c boot/firmware.c boot/igvm/igvm_policy.c
    vmm/guest_memory.c LIBS fdt mbedcrypto)
pv_unit(test_boot_measure SOURCES boot/measure.c LIBS mbedcrypto)
pv_unit(test_boot_attest SOURCES boot/attest.c LIBS mbedcrypto)
# The vGIC's fakes come first: their <sysreg.h> takes the place of refhv's.
set(PV_REFHV_VGIC tests/fakes/refhv_gic/fake_refhv_gic.c tests/fakes/refhv_gic/fake_refhv_gic_synic.c
    host/refhv/vgic.c host/refhv/vgic_irq.c host/refhv/vgic_lr.c host/refhv/vgic_mmio.c
    host/refhv/vgic_switch.c host/refhv/timer.c)
pv_unit(test_vgic_mmio SOURCES ${PV_REFHV_VGIC})
pv_unit(test_vgic_state SOURCES ${PV_REFHV_VGIC})
pv_unit(test_vgic_route SOURCES ${PV_REFHV_VGIC})
pv_unit(test_vgic_switch SOURCES ${PV_REFHV_VGIC})
pv_unit(test_timer SOURCES ${PV_REFHV_VGIC})
pv_unit(test_registers)
pv_unit(test_ring_events
    SOURCES devices/virtio/ring.c devices/virtio/ring_split.c devices/virtio/ring_packed.c
            vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_unit(test_ring_races
    SOURCES devices/virtio/ring.c devices/virtio/ring_split.c devices/virtio/ring_packed.c
            vmm/guest_memory.c tests/fakes/fake_vtl.c)
set(PV_RING_SOURCES devices/virtio/ring.c devices/virtio/ring_split.c devices/virtio/ring_packed.c
    vmm/guest_memory.c tests/fakes/fake_driver.c tests/fakes/fake_vtl.c)
pv_unit(test_ring_layouts SOURCES ${PV_RING_SOURCES})
pv_unit(test_ring_split SOURCES ${PV_RING_SOURCES})
pv_unit(test_ring_packed SOURCES ${PV_RING_SOURCES})
set(PV_VIRTIO_SOURCES devices/virtio/device.c devices/virtio/mmio.c ${PV_RING_SOURCES})
set(PV_VIRTIO_BLK_SOURCES devices/virtio/blk.c devices/virtio/blk_start.c devices/virtio/blk_request.c tests/fakes/fake_host_blk.c
    ${PV_VIRTIO_SOURCES})
pv_unit(test_virtio_blk SOURCES ${PV_VIRTIO_BLK_SOURCES})
pv_unit(test_virtio_blk_limits SOURCES ${PV_VIRTIO_BLK_SOURCES})
pv_unit(test_virtio_mmio SOURCES ${PV_VIRTIO_SOURCES})
pv_unit(test_virtio_device SOURCES ${PV_VIRTIO_SOURCES})
pv_unit(test_virtio_entropy SOURCES devices/virtio/entropy.c ${PV_VIRTIO_SOURCES})
pv_unit(test_vsock_connection SOURCES devices/virtio/vsock_connection.c tests/fakes/fake_vtl.c)
pv_unit(test_vsock_credit SOURCES devices/virtio/vsock_connection.c tests/fakes/fake_vtl.c)
pv_unit(test_http SOURCES net/http.c net/text.c tests/fakes/fake_vtl.c)
pv_unit(test_url SOURCES net/url.c)
pv_unit(test_http_reader SOURCES net/http_reader.c)
pv_unit(test_json SOURCES net/json.c net/text.c tests/fakes/fake_vtl.c)
pv_unit(test_json_read SOURCES ${PV_FORMATS})
pv_unit(test_base64 SOURCES ${PV_FORMATS})
set(PV_JWE net/jwe.c net/jwe_key.c net/random.c ${PV_FORMATS} tests/fakes/fake_vtl.c)
pv_unit(test_jwe SOURCES ${PV_JWE} LIBS mbedcrypto)
set(PV_HTTP_CLIENT net/http_client.c net/http_reader.c net/url.c net/text.c tests/fakes/fake_stream.c)
pv_unit(test_http_client SOURCES ${PV_HTTP_CLIENT} tests/fakes/fake_vtl.c)
pv_unit(test_kbs_message SOURCES net/kbs_message.c ${PV_HTTP_CLIENT} ${PV_FORMATS} tests/fakes/fake_vtl.c
    LIBS mbedcrypto)
set(PV_KBS net/kbs.c net/kbs_message.c net/jwe.c net/jwe_key.c ${PV_HTTP_CLIENT} ${PV_FORMATS}
    tests/fakes/fake_broker.c tests/fakes/fake_random.c tests/fakes/fake_vtl.c)
pv_unit(test_kbs SOURCES ${PV_KBS} LIBS mbedcrypto)
pv_unit(test_kbs_bad SOURCES ${PV_KBS} LIBS mbedcrypto)
set(PV_LUKS_CIPHERS devices/luks/pbkdf2.c devices/luks/xts.c devices/luks/xts_armv8.c)
pv_unit(test_luks_xts SOURCES ${PV_LUKS_CIPHERS} LIBS mbedcrypto)
pv_unit(test_luks_pbkdf2 SOURCES ${PV_LUKS_CIPHERS} LIBS mbedcrypto)
set(PV_LUKS devices/luks/luks.c devices/luks/luks_header.c devices/luks/luks_metadata.c
    ${PV_LUKS_CIPHERS} ${PV_FORMATS} tests/fakes/fake_luks.c)
pv_unit(test_luks SOURCES ${PV_LUKS} LIBS mbedcrypto)
pv_unit(test_luks_metadata SOURCES ${PV_LUKS} LIBS mbedcrypto)
foreach(part test_virtio_blk_luks test_virtio_blk_luks_turns)
    pv_unit(${part} SOURCES devices/virtio/blk_luks.c ${PV_VIRTIO_BLK_SOURCES} ${PV_LUKS} LIBS mbedcrypto)
endforeach()
pv_unit(test_vsock SOURCES devices/virtio/vsock.c devices/virtio/vsock_connection.c
    devices/virtio/vsock_echo.c tests/fakes/fake_queue.c tests/fakes/fake_vtl.c)
pv_unit(test_server SOURCES net/server.c net/routes.c net/http.c net/text.c tests/fakes/fake_vtl.c)
pv_unit(test_evidence_query SOURCES net/evidence_query.c formats/base64.c tests/fakes/fake_vtl.c LIBS mbedcrypto)
pv_unit(test_evidence_pages SOURCES net/evidence_pages.c net/json.c net/text.c tests/fakes/fake_vtl.c
    LIBS mbedcrypto)
pv_unit(test_evidence SOURCES net/evidence.c net/evidence_query.c net/server.c net/routes.c net/http.c net/json.c
    net/text.c formats/base64.c tests/fakes/fake_vtl.c LIBS mbedcrypto)
pv_unit(test_inspect SOURCES net/server.c net/routes.c net/inspect.c net/inspect_write.c net/http.c net/json.c net/text.c
    tests/fakes/fake_vtl.c)
pv_unit(test_record_linked SOURCES host/record/linked.c host/record/file.c LIBS pv_jansson pv_crypto)
pv_unit(test_report_a64 SOURCES host/report/a64.c)
pv_unit(test_report_treemap SOURCES host/report/treemap.c)
# The tool gives no memory back before it ends: nor do these.
pv_unit(test_report_text SOURCES host/report/base.c host/report/source.c host/report/map.c
    host/report/harness.c host/report/words.c host/report/html.c)
set_tests_properties(test_report_text PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
set(PV_VERIFY host/verify/verify.c host/verify/token.c host/verify/platform.c host/verify/realm.c
    host/verify/claims.c host/verify/cose.c host/verify/cbor.c host/verify/measure.c host/verify/stores.c
    host/verify/unwrap.c host/verify/text.c host/verify/verdict.c)
pv_unit(test_verify_cbor SOURCES host/verify/cbor.c host/verify/text.c)
pv_unit(test_verify_token SOURCES ${PV_VERIFY} LIBS pv_jansson pv_crypto)
pv_unit(test_verify_stores SOURCES ${PV_VERIFY} LIBS pv_jansson pv_crypto)
