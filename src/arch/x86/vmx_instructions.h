/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of VMX, and registers that its back end alone touches, from C (Intel SDM volume 3, chapter 31). */
#ifndef X86_VMX_INSTRUCTIONS_H
#define X86_VMX_INSTRUCTIONS_H

#include "types.h"

#define VMX_ALL_CONTEXTS UINT64_C(2) /* of INVEPT and INVVPID */

/* A field of this core's current control structure, which must have it. */
static inline uint64_t vmcs_read(uint64_t field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

static inline void vmcs_write(uint64_t field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" ::"r"(field), "r"(value) : "cc");
}

/* The same of a field that it may not have: false. */
static inline bool vmcs_try_write(uint64_t field, uint64_t value)
{
	uint8_t failed;

	__asm__ volatile("vmwrite %2, %1\n\tsetbe %0" : "=q"(failed) : "r"(field), "r"(value) : "cc");
	return failed == 0u;
}

/* Makes the page, which holds the revision, the current control structure, not launched. False: refused. */
static inline bool vmcs_open(uint64_t page)
{
	uint8_t failed;

	__asm__ volatile("vmclear %1\n\tvmptrld %1\n\tsetbe %0" : "=q"(failed) : "m"(page) : "cc", "memory");
	return failed == 0u;
}

/* Enters VMX operation, with CR4.VMXE set. False: refused. */
static inline bool vmx_on(uint64_t region)
{
	uint8_t failed;

	__asm__ volatile("vmxon %1\n\tsetbe %0" : "=q"(failed) : "m"(region) : "cc", "memory");
	return failed == 0u;
}

static inline void vmx_invept(uint64_t kind)
{
	static const uint64_t everything[2];

	__asm__ volatile("invept %0, %1" ::"m"(everything), "r"(kind) : "cc", "memory");
}

static inline void vmx_invvpid(uint64_t kind)
{
	static const uint64_t everything[2];

	__asm__ volatile("invvpid %0, %1" ::"m"(everything), "r"(kind) : "cc", "memory");
}

/* Our own handler of NMIs, whose IRET ends their being blocked. */
static inline void nmi_handle(void)
{
	__asm__ volatile("int $2" ::: "memory");
}

static inline uint64_t cr0_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static inline void cr2_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr2" ::"r"(value));
}

static inline uint64_t cr4_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline void cr4_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" ::"r"(value) : "memory");
}

static inline uint64_t dr6_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%dr6, %0" : "=r"(value));
	return value;
}

static inline void dr6_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%dr6" ::"r"(value));
}

#endif
