/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest interface: the numbers that guests and the hypervisor agree on. Constants only, usable from C and assembly;
 * not here: PSCI, whose numbers are Arm's own (arch/armv8/psci.c).
 */
#ifndef PLAN_ABI_H
#define PLAN_ABI_H

/*
 * Calls of the vendor-specific hypervisor range (Arm DEN 0028, SMCCC 1.4, section 6), by HVC #0 or by a trapped SMC #0.
 * Arguments in x1.., results in x0.., all registers, never guest pointers. Unused result registers keep their values.
 * The calls above ABI_FEATURES have a 32-bit form too, ABI_32(call), the only one for AArch32: a 64-bit x1 then comes as
 * w1, its lower half, and w2, its upper half.
 */
#define ABI_32(call) ((call) & ~0x40000000u)
#define ABI_FEATURES 0x86000000u  /* -> x0 = ABI_FEATURE_* bits */
#define ABI_UID 0x8600ff01u       /* -> w0..w3 = ABI_UID_0..3 */
#define ABI_REVISION 0x8600ff03u  /* -> w0 = major, w1 = minor */
#define ABI_EXITS 0xc6000010u     /* x1 = partition, x2 = virtual core, x3 = EXIT_* -> x0 = ABI_OK, x1 = count */
#define ABI_PARTITION 0xc6000011u /* x1 = partition -> x0 = ABI_OK, x1 = index, x2 = cores, x3 = PARTITION_* */
#define ABI_CORES 0xc6000012u     /* x1 = partition -> x0 = ABI_OK, x1 = bit n: virtual core n is not off */
#define ABI_SELF 0xffffffffu      /* as a partition: the caller's own */

#define ABI_FEATURE_EXITS 0x1u /* ABI_EXITS, ABI_PARTITION and ABI_CORES answer */

/* The UID of Bulkhead's interface: 6f1d2c3a-58b4-4e0f-9a71-b0c4d8e2f516 */
#define ABI_UID_0 0x3a2c1d6fu
#define ABI_UID_1 0x0f4eb458u
#define ABI_UID_2 0xc4b0719au
#define ABI_UID_3 0x16f5e2d8u
#define ABI_REVISION_MAJOR 1u
#define ABI_REVISION_MINOR 0u

#define ABI_OK 0
#define ABI_NOT_SUPPORTED (-1) /* unknown function id: the value that SMCCC fixes */
#define ABI_DENIED (-3)        /* the caller's partition has no `observes` for that partition */
#define ABI_INVALID (-2)       /* no such partition, virtual core or reason */

/* Why a core entered the hypervisor: the index of its exit counters, one each per core. */
#define EXIT_SGI 0     /* an interrupt sent to a core: ICC_SGI1R_EL1; x86: the ICR */
#define EXIT_WFI 1     /* WFI or WFE, with `wfi = "trap"` only */
#define EXIT_PSCI 2    /* a PSCI or SMCCC call, by HVC or SMC; x86: INIT, SIPI, reset and sleep ports */
#define EXIT_SERVICE 3 /* a call of this file but ABI_EXITS */
#define EXIT_OBSERVE 4 /* ABI_EXITS itself: counted apart, so that looking does not disturb */
#define EXIT_GICD 5    /* a trapped access to the interrupt distributor; x86: to the I/O APIC */
#define EXIT_GICR 6    /* a trapped access to a redistributor */
#define EXIT_SYSREG 7  /* a trapped system register other than those above; x86: an MSR or control register */
#define EXIT_FAULT 8   /* anything that is a guest fault */
#define EXIT_RECALL 9  /* the partition is being stopped from another core */
#define EXIT_CPUID 10  /* x86: CPUID */
#define EXIT_PORT 11   /* x86: an I/O port that is not the partition's own */
#define EXIT_REASONS 12u

/* States of a partition, x3 of ABI_PARTITION. */
#define PARTITION_OFF 0u /* not started, or switched off by itself */
#define PARTITION_LOADING 1u
#define PARTITION_RUNNING 2u
#define PARTITION_STOPPING 3u /* recalled; its cores are on their way to park */
#define PARTITION_STOPPED 4u  /* reset by itself or stopped by policy */
#define PARTITION_FAULTED 5u

#endif
