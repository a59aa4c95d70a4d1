/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD's virtual machine control block, one page (AMD APM volume 2, appendix B): what the planner writes as constant pages and the
 * hypervisor runs copies of. Not here: exit codes, which only the hypervisor sees (arch/x86/svm.c).
 */
#ifndef PLAN_VMCB_H
#define PLAN_VMCB_H

/* Offsets of the fields that assembly reads */
#define VMCB_RSP 0x5d8
#define VMCB_RAX 0x5f8

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

/* vmcb.intercepts[n]: control registers (reads below, writes from bit 16), debug registers, exceptions, and instructions */
#define VMCB_INTERCEPT_EXCEPTIONS 2u /* bit = vector */
#define VMCB_INTERCEPT_THIRD 3u      /* VMCB_THIRD_* */
#define VMCB_INTERCEPT_FOURTH 4u     /* VMCB_FOURTH_* */

#define VMCB_THIRD_NMI 0x2u
#define VMCB_THIRD_RDPMC 0x8000u
#define VMCB_THIRD_CPUID 0x40000u
#define VMCB_THIRD_RSM 0x80000u
#define VMCB_THIRD_IRET 0x100000u
#define VMCB_THIRD_INVD 0x400000u
#define VMCB_THIRD_INVLPGA 0x4000000u
#define VMCB_THIRD_PORT 0x8000000u
#define VMCB_THIRD_MSR 0x10000000u
#define VMCB_THIRD_SHUTDOWN 0x80000000u

#define VMCB_FOURTH_VMRUN 0x1u
#define VMCB_FOURTH_VMMCALL 0x2u
#define VMCB_FOURTH_VMLOAD 0x4u
#define VMCB_FOURTH_VMSAVE 0x8u
#define VMCB_FOURTH_STGI 0x10u
#define VMCB_FOURTH_CLGI 0x20u
#define VMCB_FOURTH_SKINIT 0x40u
#define VMCB_FOURTH_WBINVD 0x200u
#define VMCB_FOURTH_MONITOR 0x400u
#define VMCB_FOURTH_MWAIT 0x800u
#define VMCB_FOURTH_MWAIT_ARMED 0x1000u
#define VMCB_FOURTH_RDPRU 0x4000u

#define VMCB_NESTED_PAGING 0x1u /* of nested_control */
#define VMCB_TLB_FLUSH 0x1u     /* of tlb_control: every translation, whatever its ASID */

/* A segment's hidden part: `attributes` are bits 40-47 and 52-55 of a descriptor, side by side. */
struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes;
	uint32_t limit;
	uint64_t base;
};

#define VMCB_SEGMENT_LONG 0x200u    /* of CS: 64-bit code */
#define VMCB_SEGMENT_DEFAULT 0x400u /* of CS: 32-bit operands and addresses */

struct vmcb {
	uint32_t intercepts[6];
	uint32_t reserved_18[10];
	uint64_t port_map; /* physical */
	uint64_t msr_map;  /* physical */
	uint64_t tsc_offset;
	uint32_t asid;
	uint32_t tlb_control;
	uint64_t virtual_interrupt;
	uint64_t interrupt_shadow; /* bit 0: the instruction at RIP is in one */
	uint64_t exit_code;
	uint64_t exit_info[2];
	uint64_t exit_event; /* what was being delivered, as event_inject; 0 = nothing */
	uint64_t nested_control;
	uint64_t reserved_98[2];
	uint64_t event_inject;
	uint64_t nested_root; /* N_CR3 */
	uint64_t branch_control;
	uint64_t clean;
	uint64_t next_rip; /* 0 where the core does not tell */
	uint8_t bytes_count;
	uint8_t bytes[15];
	uint64_t reserved_e0[100];
	struct vmcb_segment es;
	struct vmcb_segment cs;
	struct vmcb_segment ss;
	struct vmcb_segment ds;
	struct vmcb_segment fs;
	struct vmcb_segment gs;
	struct vmcb_segment gdtr;
	struct vmcb_segment ldtr;
	struct vmcb_segment idtr;
	struct vmcb_segment tr;
	uint8_t reserved_4a0[43];
	uint8_t cpl;
	uint32_t reserved_4cc;
	uint64_t efer;
	uint64_t reserved_4d8[14];
	uint64_t cr4;
	uint64_t cr3;
	uint64_t cr0;
	uint64_t dr7;
	uint64_t dr6;
	uint64_t rflags;
	uint64_t rip;
	uint64_t reserved_580[11];
	uint64_t rsp;
	uint64_t reserved_5e0[3];
	uint64_t rax;
	uint64_t star; /* from here to sysenter_eip, and FS, GS, LDTR and TR: by VMLOAD only */
	uint64_t lstar;
	uint64_t cstar;
	uint64_t sfmask;
	uint64_t kernel_gs_base;
	uint64_t sysenter_cs;
	uint64_t sysenter_esp;
	uint64_t sysenter_eip;
	uint64_t cr2;
	uint64_t reserved_648[4];
	uint64_t pat;
	uint64_t reserved_670[306];
};

_Static_assert((offsetof(struct vmcb, port_map) == 0x40u) && (offsetof(struct vmcb, exit_code) == 0x70u),
	       "VMCB, control");
_Static_assert((offsetof(struct vmcb, event_inject) == 0xa8u) && (offsetof(struct vmcb, next_rip) == 0xc8u),
	       "VMCB, control");
_Static_assert((offsetof(struct vmcb, es) == 0x400u) && (offsetof(struct vmcb, cpl) == 0x4cbu), "VMCB, segments");
_Static_assert((offsetof(struct vmcb, cr4) == 0x548u) && (offsetof(struct vmcb, rip) == 0x578u), "VMCB, state");
_Static_assert((offsetof(struct vmcb, rsp) == VMCB_RSP) && (offsetof(struct vmcb, rax) == VMCB_RAX), "VMCB, state");
_Static_assert((offsetof(struct vmcb, pat) == 0x668u) && (sizeof(struct vmcb) == 4096u), "VMCB, end");

#endif
#endif
