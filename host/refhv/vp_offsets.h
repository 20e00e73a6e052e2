/* SPDX-License-Identifier: BSD-3-Clause */
/* Offsets into struct vp for assembly; vp.c asserts them. */
#ifndef REFHV_VP_OFFSETS_H
#define REFHV_VP_OFFSETS_H

#define VP_X(n) (8 * (n))
#define VP_PC 248
#define VP_PSTATE 256
#define VP_ATTENTION 264

#endif /* REFHV_VP_OFFSETS_H */
