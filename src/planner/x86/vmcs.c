/* SPDX-License-Identifier: Apache-2.0 */
/* Values of VMCS fields. Not here: the maps that they refer to (control.c), what an exit restores of the hypervisor. */
#include "planner/x86/vmcs.h"

#include "planner/align.h"
#include "planner/memory.h"
#include "planner/x86/start.h"
#include "plan/vmcs.h"

#define EPT_WALK UINT64_C(0x1e) /* of write-back memory, through 4 levels: SDM volume 3, 25.6.11 */

#define CR0_NE UINT64_C(0x20)                    /* what VMX operation demands */
#define CR0_MASK (UINT64_C(0x60000000) | CR0_NE) /* and caches, which nobody switches off: CD, NW */
#define CR0_START UINT64_C(0x80010031)           /* PG, WP, NE, ET, PE */
#define CR0_RESET UINT64_C(0x10)                 /* ET */
#define CR4_PAE UINT64_C(0x20)
#define CR4_HIDDEN UINT64_C(0x2040)    /* VMXE, demanded; MCE, for a machine check to exit, not to end the machine */
#define CR4_MASK (~UINT64_C(0x770fbf)) /* all but VME to PSE, PAE, PGE to UMIP, FSGSBASE to OSXSAVE, SMEP to PKE */
#define EFER_START UINT64_C(0x500)     /* LMA, LME */
#define RFLAGS_RESET UINT64_C(0x2)
#define DR7_RESET UINT64_C(0x400)
#define PAT_RESET UINT64_C(0x0007040600070406)

#define EXCEPTIONS UINT64_C(0x60002) /* #DB and #AC, which can loop for ever (CVE-2015-8104, -5307); machine checks */

enum segment { ES, CS, SS, DS, FS, GS, LDTR, TR, SEGMENTS };

#define CODE_64 0xa09bu
#define DATA_FLAT 0xc093u
#define CODE_REAL 0x9bu
#define DATA_REAL 0x93u
#define TSS_BUSY 0x8bu

/* Controls: what is demanded of them is in `required`; the rest is left out on cores that have not the instructions. */
#define PIN (VMCS_PIN_NMI | VMCS_PIN_VIRTUAL_NMI)
#define PROCESSOR                                                                                                      \
	(VMCS_PROCESSOR_MWAIT | VMCS_PROCESSOR_RDPMC | VMCS_PROCESSOR_PORT_MAPS | VMCS_PROCESSOR_MSR_MAP |             \
	 VMCS_PROCESSOR_MONITOR | VMCS_PROCESSOR_SECONDARY)
#define SECONDARY (VMCS_SECONDARY_EPT | VMCS_SECONDARY_VPID | VMCS_SECONDARY_WBINVD | VMCS_SECONDARY_UNRESTRICTED)
#define INSTRUCTIONS (VMCS_SECONDARY_RDTSCP | VMCS_SECONDARY_INVPCID | VMCS_SECONDARY_XSAVES)
#define EXIT                                                                                                           \
	(VMCS_EXIT_SAVE_DEBUG | VMCS_EXIT_HOST_64 | VMCS_EXIT_SAVE_PAT | VMCS_EXIT_LOAD_PAT | VMCS_EXIT_SAVE_EFER |    \
	 VMCS_EXIT_LOAD_EFER)
#define ENTRY (VMCS_ENTRY_LOAD_DEBUG | VMCS_ENTRY_LOAD_PAT | VMCS_ENTRY_LOAD_EFER)

/* The same for every core of every partition. */
static const struct plan_vmcs always[] = {
	{PIN, VMCS_PIN, PIN},
	{PROCESSOR, VMCS_PROCESSOR, PROCESSOR},
	{SECONDARY | INSTRUCTIONS, VMCS_SECONDARY, SECONDARY},
	{EXIT, VMCS_EXIT, EXIT},
	{EXCEPTIONS, VMCS_EXCEPTIONS, 0},
	{UINT64_MAX, VMCS_LINK, 0},
	{CR0_MASK, VMCS_CR0_MASK, 0},
	{CR4_MASK, VMCS_CR4_MASK, 0},
	{PAT_RESET, VMCS_GUEST_PAT, 0},
	{DR7_RESET, VMCS_GUEST_DR7, 0},
	{RFLAGS_RESET, VMCS_GUEST_RFLAGS, 0},
};

/* Fields that are 0: a core's memory of them is undefined. */
static const uint32_t zero[] = {
	0x2802, /* DEBUGCTL */
	0x4006,
	0x4008, /* page faults' mask and match */
	0x400a, /* CR3 targets */
	0x400e,
	0x4010,
	0x4014, /* lists of MSRs */
	VMCS_ENTRY_EVENT,
	VMCS_GUEST_BLOCKING,
	VMCS_GUEST_ACTIVITY,
	0x482a,
	0x6824,
	0x6826, /* SYSENTER */
	VMCS_GUEST_RSP,
	VMCS_GUEST_RIP,
	VMCS_GUEST_PENDING_DEBUG,
	VMCS_GUEST_IDTR_BASE,
};

static void add(struct x86_control *control, uint32_t field, uint64_t value)
{
	*MEMORY_APPEND(control->values, control->value_count) = (struct plan_vmcs){value, field, 0};
}

static void add_segment(struct x86_control *control, enum segment segment, uint64_t selector, uint64_t access,
			uint64_t limit)
{
	add(control, VMCS_GUEST_ES + 2 * segment, selector);
	add(control, VMCS_GUEST_ES_LIMIT + 2 * segment, limit);
	add(control, VMCS_GUEST_ES_ACCESS + 2 * segment, access);
	add(control, VMCS_GUEST_ES_BASE + 2 * segment, 0);
}

static void add_common(struct x86_control *control, const struct layout *layout, size_t index)
{
	const struct plan_x86_partition *maps = &control->partitions[index];

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		*MEMORY_APPEND(control->values, control->value_count) = always[i];
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		add(control, zero[i], 0);
	add(control, VMCS_VPID, index + 1); /* = plan_partition.vmid */
	add(control, VMCS_EPT, layout->stage2_roots[index] | EPT_WALK);
	add(control, VMCS_MSR_MAP, maps->msr_map);
	add(control, VMCS_PORT_MAP_A, maps->port_map);
	add(control, VMCS_PORT_MAP_B, maps->port_map + PAGE_SIZE);
	add_segment(control, LDTR, 0, VMCS_ACCESS_NONE, 0xffff);
	add_segment(control, TR, 0, TSS_BUSY, 0xffff);
}

static void add_mode(struct x86_control *control, uint32_t entry, uint64_t cr0, uint64_t cr3, uint64_t cr4,
		     uint64_t efer)
{
	*MEMORY_APPEND(control->values, control->value_count) = (struct plan_vmcs){entry, VMCS_ENTRY, entry};
	add(control, VMCS_GUEST_CR0, cr0 | CR0_NE);
	add(control, VMCS_CR0_SHADOW, cr0);
	add(control, VMCS_GUEST_CR3, cr3);
	add(control, VMCS_GUEST_CR4, cr4 | CR4_HIDDEN);
	add(control, VMCS_CR4_SHADOW, cr4);
	add(control, VMCS_GUEST_EFER, efer);
}

/* 64-bit mode with the start block's page tables and descriptors (Linux: Documentation/arch/x86/boot.rst, 64-bit protocol). */
static void add_start(struct x86_control *control)
{
	for (enum segment i = ES; i <= GS; i++) {
		if (i == CS)
			add_segment(control, i, X86_START_CODE, CODE_64, 0xffffffff);
		else
			add_segment(control, i, X86_START_DATA, DATA_FLAT, 0xffffffff);
	}
	add(control, VMCS_GUEST_GDTR_BASE, X86_START_GDT);
	add(control, VMCS_GUEST_GDTR_LIMIT, X86_START_GDT_SIZE - 1);
	add(control, VMCS_GUEST_IDTR_LIMIT, 0);
	add_mode(control, ENTRY | VMCS_ENTRY_LONG_MODE, CR0_START, X86_START_TABLES, CR4_PAE, EFER_START);
}

/* Real mode: the hypervisor adds where SIPI sends the core (SDM volume 3, 9.1.4). INIT leaves the caches as they are: on. */
static void add_reset(struct x86_control *control)
{
	for (enum segment i = ES; i <= GS; i++)
		add_segment(control, i, 0, i == CS ? CODE_REAL : DATA_REAL, 0xffff);
	add(control, VMCS_GUEST_GDTR_BASE, 0);
	add(control, VMCS_GUEST_GDTR_LIMIT, 0xffff);
	add(control, VMCS_GUEST_IDTR_LIMIT, 0xffff);
	add_mode(control, ENTRY, CR0_RESET, 0, 0, 0);
}

void x86_vmcs_build(const struct layout *layout, size_t index, struct x86_control *control)
{
	struct plan_x86_partition *out = &control->partitions[index];

	out->start_first = (uint16_t)control->value_count;
	add_common(control, layout, index);
	add_start(control);
	out->reset_first = (uint16_t)control->value_count;
	out->start_count = (uint16_t)(out->reset_first - out->start_first);
	add_common(control, layout, index);
	add_reset(control);
	out->reset_count = (uint16_t)(control->value_count - out->reset_first);
}
