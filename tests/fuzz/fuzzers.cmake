# SPDX-License-Identifier: BSD-3-Clause
# One pv_fuzz() a harness.
pv_fuzz(fuzz_vtl_exit SOURCES tests/fakes/vtl/fake_cpu.c tests/fakes/vtl/fake_message.c vtl/hv/exit.c vtl/cpu/log.c vtl/cpu/format.c
    vtl/cpu/lock.c)
pv_fuzz(fuzz_vtl_evidence SOURCES tests/fakes/vtl/fake_cpu.c vtl/hv/evidence.c)
pv_fuzz(fuzz_refhv_fdt SOURCES host/refhv/machine_fdt.c host/refhv/machine_options.c LIBS fdt)
pv_fuzz(fuzz_emulate
    SOURCES vmm/emulate.c vmm/emulate_instruction.c vmm/emulate_decode.c vmm/emulate_perform.c
            vmm/mmio.c vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_pl011 SOURCES devices/pl011.c devices/primecell.c tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_host_blk SOURCES devices/host/host_blk.c devices/host/bounce.c devices/host/host_virtio.c
    devices/host/host_queue.c tests/fakes/fake_host_virtio.c tests/fakes/fake_host_ring.c tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_refhv_hypercall SOURCES tests/fakes/refhv/fake_sysreg.c tests/fakes/refhv/fake_fp.c
    tests/fakes/fake_refhv_world.c host/refhv/cpu_id.c host/refhv/fp.c host/refhv/hvregs_vector.c
    host/refhv/hypercall.c host/refhv/hypercall_table.c host/refhv/hypercall_registers.c
    host/refhv/hypercall_vtl.c host/refhv/hypercall_interrupt.c host/refhv/hypercall_synic.c
    host/refhv/hypercall_report.c host/refhv/hypercall_translate.c host/refhv/hvregs.c host/refhv/hvregs_gpr.c
    host/refhv/hvregs_system.c host/refhv/hvregs_info.c host/refhv/hvregs_page.c
    host/refhv/hvregs_event.c host/refhv/hvregs_crash.c host/refhv/hvregs_vsm.c
    host/refhv/reference_tsc.c host/refhv/synic.c host/refhv/stimer.c host/refhv/stage1.c host/refhv/vp_start.c)
pv_fuzz(fuzz_igvm SOURCES ${PV_IGVM} boot/igvm/igvm_policy.c)
pv_fuzz(fuzz_igvm_policy SOURCES boot/igvm/igvm_policy.c)
pv_fuzz(fuzz_igvm_manifest SOURCES host/igvm/manifest.c host/igvm/recipe.c host/igvm/certificate.c
    host/igvm/kernel.c host/igvm/image_elf.c LIBS pv_jansson pv_crypto pv_z)
pv_fuzz(fuzz_boot_fdt SOURCES boot/fdt_in.c boot/fdt_in_read.c boot/igvm/guest_tree.c LIBS fdt)
pv_fuzz(fuzz_linux_image SOURCES boot/guest.c boot/linux.c boot/firmware.c)
pv_fuzz(fuzz_virtio_blk
    SOURCES devices/virtio/blk.c devices/virtio/blk_start.c devices/virtio/blk_request.c devices/virtio/blk_luks.c
            devices/luks/xts.c devices/luks/xts_armv8.c devices/virtio/ring.c
            devices/virtio/ring_split.c devices/virtio/ring_packed.c devices/virtio/device.c
            devices/virtio/mmio.c vmm/guest_memory.c tests/fakes/fake_host_blk.c
            tests/fakes/fake_vtl.c LIBS mbedcrypto)
set(PV_RING_SOURCES devices/virtio/ring.c devices/virtio/ring_split.c devices/virtio/ring_packed.c
    vmm/guest_memory.c tests/fakes/fake_driver.c tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_ring SOURCES ${PV_RING_SOURCES})
pv_fuzz(fuzz_virtio_mmio SOURCES devices/virtio/device.c devices/virtio/mmio.c ${PV_RING_SOURCES})
pv_fuzz(fuzz_http SOURCES net/http.c net/text.c tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_json_read SOURCES ${PV_FORMATS})
pv_fuzz(fuzz_http_client SOURCES net/http_reader.c)
pv_fuzz(fuzz_kbs SOURCES net/kbs.c net/kbs_message.c net/jwe.c net/http_client.c net/http_reader.c
    net/url.c net/text.c ${PV_FORMATS} tests/fakes/fake_stream.c tests/fakes/fake_vtl.c LIBS mbedcrypto)
pv_fuzz(fuzz_jwe SOURCES net/jwe.c net/jwe_key.c net/random.c ${PV_FORMATS} tests/fakes/fake_vtl.c
    LIBS mbedcrypto)
pv_fuzz(fuzz_vsock SOURCES devices/virtio/vsock.c devices/virtio/vsock_connection.c
    devices/virtio/vsock_echo.c net/server.c net/routes.c net/inspect.c net/inspect_write.c net/evidence.c
    net/evidence_pages.c net/evidence_query.c net/http.c net/json.c net/text.c formats/base64.c
    tests/fakes/fake_queue.c tests/fakes/fake_vtl.c LIBS mbedcrypto)
pv_fuzz(fuzz_evidence_query SOURCES net/evidence_query.c formats/base64.c tests/fakes/fake_vtl.c LIBS mbedcrypto)
pv_fuzz(fuzz_luks SOURCES devices/luks/luks.c devices/luks/luks_header.c devices/luks/luks_metadata.c
    ${PV_FORMATS} LIBS mbedcrypto)
set(FUZZ_CONSOLE_SOURCES devices/host/host_console.c devices/virtio/ring.c devices/virtio/ring_split.c
    devices/virtio/ring_packed.c vmm/guest_memory.c tests/fakes/fake_vtl.c tests/fakes/fake_host_queue.c)
pv_fuzz(fuzz_host_console SOURCES ${FUZZ_CONSOLE_SOURCES})
pv_fuzz(fuzz_virtio_console SOURCES devices/virtio/console.c devices/virtio/device.c devices/virtio/mmio.c
    tests/fakes/fake_console_driver.c tests/fakes/fake_driver.c ${FUZZ_CONSOLE_SOURCES})
set(PV_FUZZ_FRAME_SOURCES devices/virtio/frame.c devices/virtio/ring.c devices/virtio/ring_split.c
    devices/virtio/ring_packed.c vmm/guest_memory.c tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_virtio_net SOURCES devices/virtio/net.c devices/virtio/net_control.c devices/virtio/device.c
    devices/virtio/mmio.c ${PV_FUZZ_FRAME_SOURCES})
pv_fuzz(fuzz_host_net SOURCES devices/host/host_net.c devices/host/host_net_in.c devices/host/bounce.c
    devices/host/host_virtio.c devices/host/host_queue.c tests/fakes/fake_host_virtio.c
    tests/fakes/fake_host_ring.c ${PV_FUZZ_FRAME_SOURCES})
pv_fuzz(fuzz_lwip SOURCES net/stack.c net/stack_address.c net/lookup.c net/connection.c vmm/idle.c vmm/work.c
    vmm/irq.c ${PV_FUZZ_FRAME_SOURCES} tests/fakes/fake_wire.c LIBS lwip)
set(PV_FUZZ_TLS_SOURCES net/tls.c net/tls_certificate.c net/random.c net/text.c tests/unit/tls_server.c
    tests/fakes/fake_vtl.c)
pv_fuzz(fuzz_tls_records SOURCES ${PV_FUZZ_TLS_SOURCES} LIBS mbedtls lwip pv_ssl pv_crypto)
pv_fuzz(fuzz_tls_certificate SOURCES ${PV_FUZZ_TLS_SOURCES} LIBS mbedtls lwip pv_ssl pv_crypto)
pv_fuzz(fuzz_net_switch SOURCES net/switch.c net/addresses.c ${PV_FUZZ_FRAME_SOURCES})
pv_fuzz(fuzz_verify SOURCES host/verify/verify.c host/verify/token.c host/verify/platform.c
    host/verify/realm.c host/verify/claims.c host/verify/cose.c host/verify/cbor.c host/verify/measure.c
    host/verify/stores.c host/verify/unwrap.c host/verify/text.c host/verify/verdict.c
    LIBS pv_jansson pv_crypto)
pv_fuzz(fuzz_refhv_rsi SOURCES tests/fakes/fake_refhv_realm.c host/refhv/rsi_calls.c host/refhv/measurement.c
    host/refhv/token.c host/refhv/token_claims.c host/refhv/cbor_write.c host/refhv/test_platform.c
    host/refhv/sign.c host/refhv/sign_invert.c host/refhv/entropy.c host/refhv/hash.c LIBS mbedsigncurve)
