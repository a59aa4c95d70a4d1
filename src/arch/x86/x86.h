/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor from C: instructions that the compiler does not make, the numbers of registers, and this core's state
 * row. Not here: the interrupt controllers (apic.h).
 */
#ifndef X86_X86_H
#define X86_X86_H

#include "arch/core_state.h"
#include "arch/x86/start_offsets.h"
#include "plan/view.h"
#include "types.h"

/* Model-specific registers (Intel SDM volume 4; AMD APM volume 2, appendix A) */
#define MSR_APIC_BASE 0x1bu
#define MSR_EFER 0xc0000080u
#define MSR_VM_CR 0xc0010114u
#define MSR_VM_HSAVE_PA 0xc0010117u

#define EFER_SVME UINT64_C(0x1000)

/* What CPUID leaves in the four registers. */
struct cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

static inline struct cpuid cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid result;

	__asm__ volatile("cpuid"
			 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
			 : "a"(leaf), "c"(subleaf));
	return result;
}

/* The register must exist: an access to another one is our mistake and ends in a panic. */
static inline uint64_t msr_read(uint32_t number)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
	return ((uint64_t)high << 32) | low;
}

static inline void msr_write_halves(uint32_t number, uint32_t low, uint32_t high)
{
	__asm__ volatile("wrmsr" ::"c"(number), "a"(low), "d"(high) : "memory");
}

static inline void msr_write(uint32_t number, uint64_t value)
{
	msr_write_halves(number, (uint32_t)value, (uint32_t)(value >> 32));
}

/* The components of the extended state; a set that the processor takes, with CR4.OSXSAVE set. */
static inline void xcr0_write(uint64_t value)
{
	__asm__ volatile("xsetbv" ::"c"(0u), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline void port_write16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint32_t port_read32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_write32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

/* Device registers: one plain load or store each. */
static inline uint8_t mmio_read8(uint64_t address)
{
	uint8_t value;

	__asm__ volatile("movb (%1), %0" : "=q"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	__asm__ volatile("movb %0, (%1)" ::"q"(value), "r"(address) : "memory");
}

static inline uint16_t mmio_read16(uint64_t address)
{
	uint16_t value;

	__asm__ volatile("movw (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write16(uint64_t address, uint16_t value)
{
	__asm__ volatile("movw %0, (%1)" ::"r"(value), "r"(address) : "memory");
}

static inline uint64_t mmio_read64(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("movq (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	__asm__ volatile("movq %0, (%1)" ::"r"(value), "r"(address) : "memory");
}

static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("movl (%1), %0" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("movl %0, (%1)" ::"r"(value), "r"(address) : "memory");
}

/* The same of 1, 2 or 4 bytes. */
static inline uint32_t mmio_read(uint64_t address, uint32_t size)
{
	uint32_t value;

	if (size == 1u) {
		value = mmio_read8(address);
	} else if (size == 2u) {
		value = mmio_read16(address);
	} else {
		value = mmio_read32(address);
	}
	return value;
}

static inline void mmio_write(uint64_t address, uint32_t size, uint32_t value)
{
	if (size == 1u) {
		mmio_write8(address, (uint8_t)value);
	} else if (size == 2u) {
		mmio_write16(address, (uint16_t)value);
	} else {
		mmio_write32(address, value);
	}
}

/* Translations of this core are forgotten where the new root says otherwise (Intel SDM 4.10.4.1). */
static inline void root_set(uint64_t root)
{
	__asm__ volatile("movq %0, %%cr3" ::"r"(root) : "memory");
}

/* This core forgets the translation of one page. */
static inline void page_forget(uint64_t address)
{
	__asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

/* Copies 16 bytes, of any alignment. */
static inline void copy_16(void *to, uint64_t from)
{
	__asm__ volatile("movsq\n\tmovsq" : "+D"(to), "+S"(from)::"memory");
}

/* Takes the NMI that is pending, where the global interrupt flag holds it back (AMD APM volume 2, 15.17). */
static inline void nmi_take(void)
{
	__asm__ volatile("stgi\n\tnop\n\tclgi" ::: "memory");
}

/*
 * This core's state row, as arch_core_state: FS and GS are the guest's, so that it is found from the stack, a page whose last
 * bytes hold its address (start_offsets.h).
 */
static inline struct core_state *self(void)
{
	uint64_t stack;

	__asm__("movq %%rsp, %0" : "=r"(stack));
	return *(struct core_state *const *)(uintptr_t)((stack | (PLAN_STACK_SIZE - 1u)) - (STACK_RESERVED - 1u));
}

/* What the plan says for x86 alone. A plan that plan_check has accepted for this architecture. */
static inline const struct plan_x86 *x86_of(const struct plan_header *plan)
{
	return plan_x86(plan);
}

/* The same for the partition of this core's guest. */
static inline const struct plan_x86_partition *x86_partition_of(const struct core_state *core)
{
	return &x86_of(core->plan)->partitions[core->partition_index];
}

#endif
