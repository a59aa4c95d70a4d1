/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that the vectors share with the C behind them. Constants only. */
#ifndef ARMV8_EXIT_ASM_H
#define ARMV8_EXIT_ASM_H

#define EC_WFX_ASM 0x01
#define EC_SYSREG_ASM 0x18
#define EC_DATA_ABORT_ASM 0x24
#define ESR_HVC64_0 0x5a000000 /* class 0x16, 32-bit instruction, immediate 0 */
#define ESR_SMC64_0 0x5e000000 /* class 0x17, likewise */
#define ESR_HVC32_0 0x4a000000 /* class 0x12, likewise */
#define CALL_64_BIT 30         /* of a function id */

/* ESR_EL2 of a data abort: EC's top bit, which a system register's has not, ISV, SSE, and DFSC: a translation fault of any level */
#define ESR_ABORT_BIT 31
#define ISS_VALID_BIT 24
#define ISS_SIGN_EXTEND_BIT 21
#define ISS_STATUS_LEVEL_LESS 0x3c
#define STATUS_TRANSLATION 0x04

/* psci_calls: PSCI function ids from the first on, rotated by 2 so that number and form make one index. */
#define PSCI_FIRST 0x84000000
#define PSCI_SLOTS 128

/* ESR_EL2.ISS of `msr ICC_SGI1R_EL1, xzr` less Rt: op0 3, op1 0, CRn 12, CRm 11, op2 5, write */
#define SGI1R_WRITE 0x3a3016

/* A mask from here on lets the kick through, for WFI in the vector: its priority is 0, with two security states perhaps 0x80. */
#define WFI_PMR_OPEN 0x88

/* "Syndromes" of exceptions that have none of use */
#define STRAY_INTERRUPT 1
#define STRAY_SERROR 2

#endif
