/* SPDX-License-Identifier: Apache-2.0 */
/* Where assembly finds the plan's fields. start_offsets.c holds the compiler to them. */
#ifndef ARMV8_START_OFFSETS_H
#define ARMV8_START_OFFSETS_H

#define PLAN_MAGIC_VALUE 0x4e414c504b4c5542
#define PLAN_VERSION_VALUE 4

#define PLAN_HEADER_CRC_OFFSET 8
#define PLAN_VERSION_OFFSET 12
#define PLAN_SIZE_OFFSET 16
#define PLAN_BODY_CRC_OFFSET 20
#define PLAN_PA_BITS_OFFSET 96
#define PLAN_VA_BITS_OFFSET 100
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
#define CORE_GICR_VA_OFFSET 72
#define PLAN_CORE_SIZE 88

#define TABLE_SET_BASE_OFFSET 0
#define TABLE_SET_SIZE_OFFSET 8
#define TABLE_SET_CRC_OFFSET 12
#define BOOT_TABLE_SETS 2

#define VCPU_SGI_TARGET_OFFSET 8
#define VCPU_SHIFT 5 /* log2 of a vcpu row's size */

#define MPIDR_AFFINITY 0xff00ffffff

/* struct exit_frame */
#define FRAME_SIZE 272
#define FRAME_VALUE 248
#define FRAME_NUMBER 256

#endif
