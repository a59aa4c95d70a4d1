/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID: what the processor says, less what is not a guest's, plus what it has of us. A leaf that has no row reads zero. (AMD APM
 * volume 3, appendix E; Intel SDM volume 2, CPUID; Hypervisor Top-Level Functional Specification, 2.4.)
 */
#include "arch/x86/exit.h"
#include "arch/x86/guest.h"

#define ANY 0xffffffffu
#define ALL 0xffffffffu

/* What stays of EAX, EBX, ECX and EDX, and what is added to it; rows by leaf, then subleaf, ANY alone. */
struct cpuid_row {
	uint32_t leaf;
	uint32_t subleaf;
	struct cpuid keep;
	struct cpuid set;
};

#define LEAF_FEATURES 0x1u
#define FEATURES_OSXSAVE 0x08000000u /* ECX: CR4.OSXSAVE, mirrored */
/* without DTES64, MONITOR, DS-CPL, VMX, SMX, EIST, TM2, SDBG, xTPR, PDCM, DCA */
#define FEATURES_ECX 0xf7fb3603u
/* without MCE, MTRR, MCA, DS, ACPI, TM, PBE */
#define FEATURES_EDX 0x5f9faf7fu
#define FEATURES_X2APIC 0x00200000u
#define FEATURES_HYPERVISOR 0x80000000u

#define LEAF_EXTENDED 0x7u
#define EXTENDED_OSPKE 0x10u /* ECX: CR4.PKE, mirrored */
/* without TSC_ADJUST, SGX, RDT, MPX, PT */
#define EXTENDED_EBX 0xfdff2ff9u
/* PREFETCHWT1, AVX-512, UMIP, PKU, GFNI, VAES, VPCLMULQDQ, RDPID, CLDEMOTE, MOVDIRI, MOVDIR64B */
#define EXTENDED_ECX 0x1a405f4fu
/* AVX-512, FSRM, MD_CLEAR, SERIALIZE, TSXLDTRK, IBRS and IBPB, STIBP, SSBD */
#define EXTENDED_EDX 0x8c81451cu

/* AVX-VNNI, BF16, fast string operations */
#define EXTENDED_1_EAX 0x00001c30u

/* LAHF, CmpLegacy, AltMovCr8, ABM, SSE4A, misaligned SSE, prefetches, XOP, FMA4, TCE, TBM, topology */
#define AMD_FEATURES_ECX 0x006309f3u
/* without MCE, MTRR, MCA */
#define AMD_FEATURES_EDX 0xffffaf7fu

#define POWER_ARAT 0x4u
#define XSAVE_FORMS 0xfu
#define INVARIANT_TSC 0x100u
/* CLZERO, XSAVEERPTR, WBNOINVD; IBPB, IBRS, STIBP and their preferences, SSBD */
#define AMD_SIZES_EBX 0x0507d205u
#define AMD_SERIALIZING 0x45u /* no nested data breakpoints, LFENCE serializes, null selectors clear bases */

/* The interface that guests know: "Microsoft Hv", for the frequencies that it has registers for, and nothing else of it */
#define HV_RANGE 0x40000005u
#define HV_INTERFACE 0x31237648u  /* "Hv#1" */
#define HV_PRIVILEGES 0x00008860u /* hypercall and VP index registers, frequencies, invariant TSC */
#define HV_FREQUENCIES 0x100u
#define BULKHEAD_LEAF 0x40000100u

#define KEEP_ALL                                                                                                       \
	{                                                                                                              \
		ALL, ALL, ALL, ALL                                                                                     \
	}

static const struct cpuid_row cpuid_rows[] = {
	{0x0u, ANY, KEEP_ALL, {0}},
	{LEAF_FEATURES, ANY, {ALL, ALL, FEATURES_ECX, FEATURES_EDX}, {0, 0, FEATURES_X2APIC | FEATURES_HYPERVISOR, 0}},
	{0x2u, ANY, KEEP_ALL, {0}},
	{0x4u, ANY, KEEP_ALL, {0}},
	{0x6u, ANY, {POWER_ARAT, 0, 0, 0}, {0}},
	{LEAF_EXTENDED, 0u, {1u, EXTENDED_EBX, EXTENDED_ECX, EXTENDED_EDX}, {0}},
	{LEAF_EXTENDED, 1u, {EXTENDED_1_EAX, 0, 0, 0}, {0}},
	{0xbu, ANY, KEEP_ALL, {0}},
	{0xdu, 0u, KEEP_ALL, {0}},
	{0xdu, 1u, {XSAVE_FORMS, ALL, 0, 0}, {0}},
	{0xdu, ANY, KEEP_ALL, {0}},
	{0x15u, ANY, KEEP_ALL, {0}},
	{0x16u, ANY, KEEP_ALL, {0}},
	{0x1fu, ANY, KEEP_ALL, {0}},
	{0x40000000u, ANY, {0}, {HV_RANGE, 0x7263694du, 0x666f736fu, 0x76482074u}},
	{0x40000001u, ANY, {0}, {HV_INTERFACE, 0, 0, 0}},
	{0x40000003u, ANY, {0}, {HV_PRIVILEGES, 0, 0, HV_FREQUENCIES}},
	{BULKHEAD_LEAF, ANY, {0}, {BULKHEAD_LEAF, 0x6b6c7542u, 0x64616568u, 0x6b6c7542u}},
	{0x80000000u, ANY, KEEP_ALL, {0}},
	{0x80000001u, ANY, {ALL, ALL, AMD_FEATURES_ECX, AMD_FEATURES_EDX}, {0}},
	{0x80000002u, ANY, KEEP_ALL, {0}},
	{0x80000003u, ANY, KEEP_ALL, {0}},
	{0x80000004u, ANY, KEEP_ALL, {0}},
	{0x80000005u, ANY, KEEP_ALL, {0}},
	{0x80000006u, ANY, KEEP_ALL, {0}},
	{0x80000007u, ANY, {0, 0, 0, INVARIANT_TSC}, {0}},
	{0x80000008u, ANY, {ALL, AMD_SIZES_EBX, ALL, ALL}, {0}},
	{0x80000019u, ANY, KEEP_ALL, {0}},
	{0x8000001au, ANY, KEEP_ALL, {0}},
	{0x8000001du, ANY, KEEP_ALL, {0}},
	{0x8000001eu, ANY, KEEP_ALL, {0}},
	{0x80000021u, ANY, {AMD_SERIALIZING, 0, 0, 0}, {0}},
};

#define ROW_COUNT (sizeof(cpuid_rows) / sizeof(cpuid_rows[0]))

/* The last row at or below the leaf, then the one of its subleaf among the few that a leaf has. */
static const struct cpuid_row *cpuid_row_find(uint32_t leaf, uint32_t subleaf)
{
	uint32_t first = 0;
	uint32_t end = ROW_COUNT;

	while (first < end) {
		uint32_t middle = (first + end) / 2u;

		if (cpuid_rows[middle].leaf < leaf) {
			first = middle + 1u;
		} else {
			end = middle;
		}
	}
	while ((first < ROW_COUNT) && (cpuid_rows[first].leaf == leaf)) {
		if ((cpuid_rows[first].subleaf == subleaf) || (cpuid_rows[first].subleaf == ANY)) {
			return &cpuid_rows[first];
		}
		first++;
	}
	return NULL;
}

/* What the processor would tell of its mode is ours at an exit. */
static uint32_t mirrored(const struct guest *guest, uint32_t leaf)
{
	uint32_t bits = 0;

	if (leaf == LEAF_FEATURES) {
		bits = ((guest_cr4(guest) & CR4_OSXSAVE) != 0u) ? FEATURES_OSXSAVE : 0u;
	} else if (leaf == LEAF_EXTENDED) {
		bits = ((guest_cr4(guest) & CR4_PKE) != 0u) ? EXTENDED_OSPKE : 0u;
	} else {
		/* nothing */
	}
	return bits;
}

enum verdict cpuid_handle(struct guest *guest)
{
	uint32_t leaf = (uint32_t)guest->gpr[GPR_RAX];
	uint32_t subleaf = (uint32_t)guest->gpr[GPR_RCX];
	const struct cpuid_row *row = cpuid_row_find(leaf, subleaf);
	struct cpuid answer = {0};

	self()->exits[EXIT_CPUID]++;
	if (row != NULL) {
		answer = cpuid_read(leaf, subleaf);
		answer.eax = (answer.eax & row->keep.eax) | row->set.eax;
		answer.ebx = (answer.ebx & row->keep.ebx) | row->set.ebx;
		answer.ecx = (answer.ecx & row->keep.ecx) | row->set.ecx | mirrored(guest, leaf);
		answer.edx = (answer.edx & row->keep.edx) | row->set.edx;
	}
	guest->gpr[GPR_RAX] = answer.eax;
	guest->gpr[GPR_RBX] = answer.ebx;
	guest->gpr[GPR_RCX] = answer.ecx;
	guest->gpr[GPR_RDX] = answer.edx;
	return VERDICT_NEXT;
}
