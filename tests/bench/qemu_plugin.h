/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of QEMU's TCG plugin interface that plugin.c uses, declared by hand: distributions do not
 * package the header. These functions have kept their form from version 1 of the interface
 * (QEMU 4.2) on; QEMU's docs/devel/tcg-plugins.rst describes them.
 */
#ifndef BENCH_QEMU_PLUGIN_H
#define BENCH_QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_EXPORT __attribute__((visibility("default")))

/* What qemu_plugin_register_vcpu_insn_exec_cb is told of the callback's use of registers. */
#define PLUGIN_NO_REGISTERS 0

struct qemu_plugin_tb;
struct qemu_plugin_insn;

struct plugin_info {
    const char *target_name;
    struct {
        int min;
        int cur;
    } version;
    bool system_emulation;
    struct {
        int smp_vcpus;
        int max_vcpus;
    } system;
};

typedef void (*plugin_block_t)(uint64_t id, struct qemu_plugin_tb *block);
typedef void (*plugin_instruction_t)(unsigned vcpu, void *data);
typedef void (*plugin_exit_t)(uint64_t id, void *data);

/* What QEMU looks for in the plugin. */
extern PLUGIN_EXPORT int qemu_plugin_version;
PLUGIN_EXPORT int qemu_plugin_install(uint64_t id, const struct plugin_info *info, int argc,
                                      char **argv);

/* Gone since version 2: weak, so that its absence tells the version before QEMU asks. */
int qemu_plugin_n_vcpus(void) __attribute__((weak));

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, plugin_block_t callback);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            plugin_instruction_t callback, int flags, void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, plugin_exit_t callback, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);

#endif /* BENCH_QEMU_PLUGIN_H */
