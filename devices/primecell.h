/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Arm's PrimeCell peripherals have in common, models and drivers: the identification
 * registers, and the registers of the PL011.
 *
 * Sources: Arm DDI 0183G (PL011, r1p5) chapter 3, Arm DDI 0224C (PL031) chapter 3.
 */
#ifndef DEVICES_PRIMECELL_H
#define DEVICES_PRIMECELL_H

#include "vmm/vmm.h"

/* PeriphID0..3 and PCellID0..3: one byte each, a word apart, at the end of the page. */
#define PRIMECELL_ID_OFFSET UINT64_C(0xfe0)
#define PRIMECELL_ID_COUNT 8u

/* The byte at offset; 0 if that is none of the eight. */
uint8_t primecell_id(const uint8_t periph[4], uint64_t offset);

#define PL011_DR 0x00u
#define PL011_RSR 0x04u
#define PL011_FR 0x18u
#define PL011_ILPR 0x20u
#define PL011_IBRD 0x24u
#define PL011_FBRD 0x28u
#define PL011_LCRH 0x2cu
#define PL011_CR 0x30u
#define PL011_IFLS 0x34u
#define PL011_IMSC 0x38u
#define PL011_RIS 0x3cu
#define PL011_MIS 0x40u
#define PL011_ICR 0x44u
#define PL011_DMACR 0x48u

#define PL011_DR_DATA 0x00ffu
#define PL011_DR_FRAMING 0x0100u
#define PL011_DR_PARITY 0x0200u
#define PL011_DR_BREAK 0x0400u
#define PL011_DR_OVERRUN 0x0800u
#define PL011_RSR_OVERRUN 0x08u

#define PL011_FR_CTS 0x001u
#define PL011_FR_DSR 0x002u
#define PL011_FR_DCD 0x004u
#define PL011_FR_RXFE 0x010u
#define PL011_FR_TXFF 0x020u
#define PL011_FR_RXFF 0x040u
#define PL011_FR_TXFE 0x080u
#define PL011_FR_RI 0x100u

#define PL011_LCRH_FEN 0x10u
#define PL011_LCRH_8BIT 0x60u

#define PL011_CR_UARTEN 0x0001u
#define PL011_CR_LBE 0x0080u
#define PL011_CR_TXE 0x0100u
#define PL011_CR_RXE 0x0200u
#define PL011_CR_DTR 0x0400u
#define PL011_CR_RTS 0x0800u
#define PL011_CR_OUT1 0x1000u
#define PL011_CR_OUT2 0x2000u

/* IMSC, RIS, MIS, ICR. */
#define PL011_INT_RX 0x010u
#define PL011_INT_TX 0x020u
#define PL011_INT_RT 0x040u
#define PL011_INT_OE 0x400u
#define PL011_INT_ALL 0x7ffu

#endif /* DEVICES_PRIMECELL_H */
