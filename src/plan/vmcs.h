/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's virtual machine control structure: the fields that the planner gives values for, or that the hypervisor uses (Intel SDM
 * volume 3, appendix B), and the controls in them (volume 3, 25.6 to 25.8). Not here: exit reasons, which only the hypervisor
 * sees (arch/x86/vmx_exit.c).
 */
#ifndef PLAN_VMCS_H
#define PLAN_VMCS_H

/* 16 bits */
#define VMCS_VPID 0x0000u
#define VMCS_GUEST_ES                                                                                                  \
	0x0800u /* selectors of ES, CS, SS, DS, FS, GS, LDTR, TR: each 2 further, as their limits and bases */
#define VMCS_GUEST_CS 0x0802u
#define VMCS_HOST_CS 0x0c02u
#define VMCS_HOST_SS 0x0c04u
#define VMCS_HOST_TR 0x0c0cu

/* 64 bits */
#define VMCS_PORT_MAP_A 0x2000u
#define VMCS_PORT_MAP_B 0x2002u
#define VMCS_MSR_MAP 0x2004u
#define VMCS_EPT 0x201au
#define VMCS_EXIT_ADDRESS 0x2400u /* guest-physical */
#define VMCS_LINK 0x2800u
#define VMCS_GUEST_PAT 0x2804u
#define VMCS_GUEST_EFER 0x2806u
#define VMCS_HOST_PAT 0x2c00u
#define VMCS_HOST_EFER 0x2c02u

/* 32 bits */
#define VMCS_PIN 0x4000u
#define VMCS_PROCESSOR 0x4002u
#define VMCS_EXCEPTIONS 0x4004u
#define VMCS_EXIT 0x400cu
#define VMCS_ENTRY 0x4012u
#define VMCS_ENTRY_EVENT 0x4016u
#define VMCS_ENTRY_ERROR 0x4018u
#define VMCS_ENTRY_LENGTH 0x401au
#define VMCS_SECONDARY 0x401eu
#define VMCS_INSTRUCTION_ERROR 0x4400u
#define VMCS_EXIT_REASON 0x4402u
#define VMCS_EXIT_EVENT 0x4404u
#define VMCS_EXIT_EVENT_ERROR 0x4406u
#define VMCS_VECTORING 0x4408u
#define VMCS_EXIT_LENGTH 0x440cu
#define VMCS_GUEST_ES_LIMIT 0x4800u
#define VMCS_GUEST_GDTR_LIMIT 0x4810u
#define VMCS_GUEST_IDTR_LIMIT 0x4812u
#define VMCS_GUEST_ES_ACCESS 0x4814u
#define VMCS_GUEST_CS_ACCESS 0x4816u
#define VMCS_GUEST_SS_ACCESS 0x4818u
#define VMCS_GUEST_BLOCKING 0x4824u
#define VMCS_GUEST_ACTIVITY 0x4826u

/* As wide as the processor's words */
#define VMCS_CR0_MASK 0x6000u
#define VMCS_CR4_MASK 0x6002u
#define VMCS_CR0_SHADOW 0x6004u
#define VMCS_CR4_SHADOW 0x6006u
#define VMCS_QUALIFICATION 0x6400u
#define VMCS_GUEST_CR0 0x6800u
#define VMCS_GUEST_CR3 0x6802u
#define VMCS_GUEST_CR4 0x6804u
#define VMCS_GUEST_ES_BASE 0x6806u
#define VMCS_GUEST_CS_BASE 0x6808u
#define VMCS_GUEST_GDTR_BASE 0x6816u
#define VMCS_GUEST_IDTR_BASE 0x6818u
#define VMCS_GUEST_DR7 0x681au
#define VMCS_GUEST_RSP 0x681cu
#define VMCS_GUEST_RIP 0x681eu
#define VMCS_GUEST_RFLAGS 0x6820u
#define VMCS_GUEST_PENDING_DEBUG 0x6822u
#define VMCS_HOST_CR0 0x6c00u
#define VMCS_HOST_CR3 0x6c02u
#define VMCS_HOST_CR4 0x6c04u
#define VMCS_HOST_GDTR 0x6c0cu
#define VMCS_HOST_IDTR 0x6c0eu
#define VMCS_HOST_RSP 0x6c14u
#define VMCS_HOST_RIP 0x6c16u

/* VMCS_PIN, of which external interrupts are not: they are the guest's */
#define VMCS_PIN_NMI 0x8u
#define VMCS_PIN_VIRTUAL_NMI 0x20u

/* VMCS_PROCESSOR; HLT does not exit either */
#define VMCS_PROCESSOR_MWAIT 0x400u
#define VMCS_PROCESSOR_RDPMC 0x800u
#define VMCS_PROCESSOR_CR3 0x18000u /* both ways: only processors that old that they cannot leave it out have it */
#define VMCS_PROCESSOR_NMI_WINDOW 0x400000u
#define VMCS_PROCESSOR_PORT_MAPS 0x2000000u
#define VMCS_PROCESSOR_MSR_MAP 0x10000000u
#define VMCS_PROCESSOR_MONITOR 0x20000000u
#define VMCS_PROCESSOR_SECONDARY 0x80000000u

/* VMCS_SECONDARY; of instructions: the guest has them without an exit, and without the bit has them not */
#define VMCS_SECONDARY_EPT 0x2u
#define VMCS_SECONDARY_RDTSCP 0x8u
#define VMCS_SECONDARY_VPID 0x20u
#define VMCS_SECONDARY_WBINVD 0x40u
#define VMCS_SECONDARY_UNRESTRICTED 0x80u
#define VMCS_SECONDARY_INVPCID 0x1000u
#define VMCS_SECONDARY_XSAVES 0x100000u

/* VMCS_EXIT */
#define VMCS_EXIT_SAVE_DEBUG 0x4u
#define VMCS_EXIT_HOST_64 0x200u
#define VMCS_EXIT_SAVE_PAT 0x40000u
#define VMCS_EXIT_LOAD_PAT 0x80000u
#define VMCS_EXIT_SAVE_EFER 0x100000u
#define VMCS_EXIT_LOAD_EFER 0x200000u

/* VMCS_ENTRY */
#define VMCS_ENTRY_LOAD_DEBUG 0x4u
#define VMCS_ENTRY_LONG_MODE 0x200u
#define VMCS_ENTRY_LOAD_PAT 0x4000u
#define VMCS_ENTRY_LOAD_EFER 0x8000u

/* A segment's access rights: bits 40-47 and 52-55 of a descriptor, each at its place there, and that there is none */
#define VMCS_ACCESS_LEVEL 0x60u
#define VMCS_ACCESS_LONG 0x2000u
#define VMCS_ACCESS_DEFAULT 0x4000u
#define VMCS_ACCESS_NONE 0x10000u

#endif
