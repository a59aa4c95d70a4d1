/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest at an exit, as all of this folder sees it: its registers, and the seam to the back end (svm.c, vmx.c) that runs it. Handlers
 * of exits know no back end: they get a guest, and their verdict says how it goes on.
 */
#ifndef X86_GUEST_H
#define X86_GUEST_H

#include "arch/x86/x86.h"
#include "types.h"

/* Indices of general-purpose registers: RAX to RDX are a call's four values (plan/abi.h), R8 to R15 keep their numbers */
#define GPR_RAX 0u
#define GPR_RBX 1u
#define GPR_RCX 2u
#define GPR_RDX 3u
#define GPR_RSI 4u
#define GPR_RDI 5u
#define GPR_RBP 6u
#define GPR_RSP 7u
#define GPR_COUNT 16u

/* A function aside of the exits that are counted in instructions: it saves the registers that it needs by itself. */
#define APART static __attribute__((noinline))

/* What assembly leaves on the stack. RAX to RDI are there at any exit, the others where a handler says that it needs them. */
struct guest {
	uint64_t gpr[GPR_COUNT];
	uint64_t control; /* SVM: virtual = physical address of the page that the processor runs it from */
};

/* How a guest goes on behind an exit. */
enum verdict {
	VERDICT_NEXT,      /* behind the instruction */
	VERDICT_UNDEFINED, /* with #UD */
	VERDICT_PROTECTION /* with #GP(0) */
};

/* What tells where its instructions are, and of which kind. */
struct guest_mode {
	uint64_t rip;
	uint64_t code_base; /* of CS; 0 in 64-bit code */
	uint64_t cr0;
	uint64_t cr3;
	uint64_t cr4;
	uint64_t efer; /* as guest_efer */
	bool is_code64;
	bool is_code32; /* neither: 16-bit */
};

#define CR0_PG 0x80000000u
#define CR4_PSE UINT64_C(0x10)
#define CR4_PAE UINT64_C(0x20)
#define CR4_OSFXSR UINT64_C(0x200)
#define CR4_LA57 UINT64_C(0x1000)
#define CR4_OSXSAVE UINT64_C(0x40000)
#define CR4_PKE UINT64_C(0x400000)
#define EFER_SCE UINT64_C(0x1)
#define EFER_LME UINT64_C(0x100)
#define EFER_LMA UINT64_C(0x400)
#define EFER_NXE UINT64_C(0x800)
#define EFER_FFXSR UINT64_C(0x4000)
#define EFER_TCE UINT64_C(0x8000)

/* The seam. Each on the guest's core, at one of its exits. Cannot fail. */

void guest_mode_read(const struct guest *guest, struct guest_mode *mode);
uint64_t guest_cr4(const struct guest *guest);

/* EFER as the guest sees it: without what the back end needs in it. The one to set was checked. */
uint64_t guest_efer(const struct guest *guest);
void guest_efer_set(const struct guest *guest, uint64_t efer);

#endif
