/* SPDX-License-Identifier: Apache-2.0 */
/* What assembly knows: where the plan's fields are (machine.c holds the compiler to them), selectors, the stack's top. */
#ifndef X86_START_OFFSETS_H
#define X86_START_OFFSETS_H

#define PLAN_MAGIC_LOW 0x4b4c5542
#define PLAN_MAGIC_HIGH 0x4e414c50
#define PLAN_VERSION_VALUE 4

#define PLAN_HEADER_CRC_OFFSET 8
#define PLAN_VERSION_OFFSET 12
#define PLAN_SIZE_OFFSET 16
#define PLAN_BODY_CRC_OFFSET 20
#define PLAN_BASE_OFFSET 112
#define PLAN_TABLE_BASE_OFFSET 136
#define PLAN_TABLE_SIZE_OFFSET 144
#define PLAN_CORE_STATE_OFFSET 248
#define PLAN_CORES_OFFSET 272
#define PLAN_TABLE_SETS_OFFSET 336
#define PLAN_HEADER_SIZE 368

#define CORE_MPIDR_OFFSET 0
#define CORE_TABLE_SET_FIRST_OFFSET 12
#define CORE_EL2_ROOT_OFFSET 16
#define CORE_STACK_TOP_OFFSET 32
#define PLAN_CORE_SIZE 88

#define TABLE_SET_BASE_OFFSET 0
#define TABLE_SET_SIZE_OFFSET 8
#define TABLE_SET_CRC_OFFSET 12
#define TABLE_SET_SIZE 16
#define BOOT_TABLE_SETS 2

/* The last bytes of every core's stack page: the address of its state row, and whether an NMI came. */
#define STACK_RESERVED 16
#define STACK_KICKED 8 /* of them */

/* In struct guest (guest.h): the registers that few exits need, what is behind the registers, and its size */
#define GUEST_REST 48
#define GUEST_CONTROL 128
#define GUEST_SIZE 136

/* VMX: from struct guest, at a multiple of 16, to the stack's top; behind STACK_KICKED: whether the VMCS was launched */
#define STACK_GUEST 160

/* Segment selectors (vectors.S) */
#define SELECTOR_CODE32 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_CODE64 0x18
#define SELECTOR_TASK 0x20 /* of no segment: VMX wants one that is not 0 */

#endif
