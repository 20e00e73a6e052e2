/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vocabulary of every folder: status, addresses, CHECK, log. Lowest header: includes nothing of
 * the project.
 */
#ifndef VTL_BASE_H
#define VTL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a function that can fail returns. ABI codes (HV_STATUS, PSCI) are other types, mapped where
 * they come in.
 */
enum pv_status {
    PV_OK = 0,
    PV_INVALID, /* malformed or out of range input */
    PV_DENIED,  /* the layer below refused */
    PV_NOT_FOUND,
    PV_NO_SPACE,
    PV_UNSUPPORTED,
    PV_FAULT, /* memory that is not there */
    PV_BUSY,
    PV_IO,
};
#define PV_MUST_USE __attribute__((warn_unused_result))

/*
 * Guest physical and guest virtual addresses: wrapped, so that one can't be passed for the other.
 */
typedef struct {
    uint64_t raw;
} gpa_t;
typedef struct {
    uint64_t raw;
} gva_t;

static inline gpa_t gpa(uint64_t raw)
{
    return (gpa_t){raw};
}

static inline gva_t gva(uint64_t raw)
{
    return (gva_t){raw};
}

/* True, and *sum set, if a + b fits; the one place that wraps the compiler's builtin. */
static inline bool u64_add(uint64_t a, uint64_t b, uint64_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

/* Is [base, base + bytes) wholly inside [outer, outer + outer_bytes)? Overflow makes it false. */
static inline bool range_contains(uint64_t outer, uint64_t outer_bytes, uint64_t base,
                                  uint64_t bytes)
{
    return base >= outer && base - outer <= outer_bytes && bytes <= outer_bytes - (base - outer);
}

static inline uint64_t align_up(uint64_t value, uint64_t power_of_two)
{
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

/*
 * Log: lines to the ring, and to the console once boot has given one. No secret and no guest string
 * in a line. Formats: %s %c %d %i %u %x %lx %lu %llx %llu %p with width and 0 flag.
 */
enum log_level { LOG_ERROR, LOG_INFO, LOG_DEBUG };
__attribute__((format(printf, 2, 3))) void log_print(enum log_level level, const char *format, ...);
#define log_error(...) log_print(LOG_ERROR, __VA_ARGS__)
#define log_info(...) log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

/* Where lines go besides the ring; NULL for nowhere. level: lines above it stay in the ring. */
typedef void (*log_sink_t)(const char *text, size_t bytes);
void log_set_sink(log_sink_t sink, enum log_level level);
/* Copies the newest bytes of the ring; returns how many. */
size_t log_copy(char *to, size_t room);

/*
 * Own broken invariant: never for anything that a guest or the host can bring about. Kept in
 * release.
 */
__attribute__((noreturn)) void panic_at(const char *file, int line, const char *what);
#define CHECK(condition)                              \
    do {                                              \
        if (!(condition)) {                           \
            panic_at(__FILE__, __LINE__, #condition); \
        }                                             \
    } while (0)

#endif /* VTL_BASE_H */
