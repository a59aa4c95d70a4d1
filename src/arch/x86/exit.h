/* SPDX-License-Identifier: Apache-2.0 */
/* The answers to exits, one function a kind: called by the back end on the guest's core, which then does as the verdict says. */
#ifndef X86_EXIT_H
#define X86_EXIT_H

#include "arch/x86/guest.h"

/* A call of plan/abi.h, from privilege level 0: RAX = function, values in RBX, RCX, RDX; results in all four. */
void call_handle(struct guest *guest);

/* CPUID: the processor's own answer, through a table of masks (cpuid.c). */
enum verdict cpuid_handle(struct guest *guest);

/* RDMSR and WRMSR of ECX, EDX:EAX (msr.c). */
enum verdict msr_read_handle(struct guest *guest);
enum verdict msr_write_handle(struct guest *guest);

/* XSETBV of ECX, EDX:EAX, where the processor lets nobody do it by himself: carried out, where it is allowed (xcr.c). */
enum verdict xcr_handle(const struct guest *guest);

/* An access to I/O ports. */
struct port_access {
	uint16_t port;
	uint8_t size; /* 1, 2 or 4 bytes */
	bool is_in;
	bool is_string;
};

/* To ports that are not the partition's own (port.c). May end the partition. */
enum verdict port_handle(struct guest *guest, const struct port_access *access);

/* Why nested paging stopped an access. */
struct page_fault {
	uint64_t address; /* guest-physical */
	uint64_t code;    /* the processor's, for the report */
	bool is_write;
	bool is_fetch;
	bool is_walk;    /* of the guest's own page tables */
	bool is_present; /* mapped, but not for this kind of access */
	bool is_event;   /* an exception or interrupt was being delivered */
};

/* The I/O APIC's page, PCI's configuration space, or a guest fault. The length of the instruction that was carried out, to be skipped. */
uint32_t page_fault_handle(struct guest *guest, const struct page_fault *fault);

/* Ends the guest: `cause` in words, `syndrome` the processor's code, registers from `guest`. */
NORETURN void exit_fault(const struct guest *guest, uint64_t syndrome, const char *cause);

#endif
