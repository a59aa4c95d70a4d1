/* SPDX-License-Identifier: Apache-2.0 */
/* Permission maps and VMCB templates. Not here: the start block that the first template refers to (start.c). */
#include "planner/x86/control.h"

#include <string.h>

#include "plan/vmcb.h"
#include "planner/align.h"
#include "planner/x86/machine.h"
#include "planner/x86/start.h"
#include "planner/x86/vmcs.h"

/* ---- VMCB ---- */

#define EXCEPTION_DEBUG (1u << 1)
#define EXCEPTION_ALIGNMENT (1u << 17) /* both can loop in the core for ever: CVE-2015-8104, CVE-2015-5307 */
#define EXCEPTION_MACHINE (1u << 18)   /* the core's, and no guest's to answer */
#define EXCEPTIONS (EXCEPTION_DEBUG | EXCEPTION_ALIGNMENT | EXCEPTION_MACHINE)

/* What exits: external interrupts, HLT and control registers do not. A guest's CR0.CD slows its own accesses alone. */
#define THIRD                                                                                                          \
	(VMCB_THIRD_NMI | VMCB_THIRD_RDPMC | VMCB_THIRD_CPUID | VMCB_THIRD_RSM | VMCB_THIRD_INVD |                     \
	 VMCB_THIRD_INVLPGA | VMCB_THIRD_PORT | VMCB_THIRD_MSR | VMCB_THIRD_SHUTDOWN)
#define FOURTH                                                                                                         \
	(VMCB_FOURTH_VMRUN | VMCB_FOURTH_VMMCALL | VMCB_FOURTH_VMLOAD | VMCB_FOURTH_VMSAVE | VMCB_FOURTH_STGI |        \
	 VMCB_FOURTH_CLGI | VMCB_FOURTH_SKINIT | VMCB_FOURTH_WBINVD | VMCB_FOURTH_MONITOR | VMCB_FOURTH_MWAIT |        \
	 VMCB_FOURTH_MWAIT_ARMED | VMCB_FOURTH_RDPRU)

#define EFER_START UINT64_C(0x1500) /* SVME, which VMRUN demands, LMA, LME */
#define EFER_RESET UINT64_C(0x1000)
#define CR0_START UINT64_C(0x80010031) /* PG, WP, NE, ET, PE */
#define CR0_RESET UINT64_C(0x10)       /* INIT leaves the caches as they are: on */
#define CR4_START UINT64_C(0x20)       /* PAE */
#define DR6_RESET UINT64_C(0xffff0ff0)
#define DR7_RESET UINT64_C(0x400)
#define RFLAGS_RESET UINT64_C(0x2)
#define PAT_RESET UINT64_C(0x0007040600070406)

/* Attributes as a VMCB packs them: a descriptor's bits 47:40 and 55:52. */
#define CODE_64 0xa9bu
#define DATA_FLAT 0xc93u
#define CODE_REAL 0x9bu
#define DATA_REAL 0x93u
#define LDT_EMPTY 0x82u
#define TSS_BUSY 0x8bu

/* What both templates have. */
static struct vmcb *control_add(const struct layout *layout, size_t index, struct table_pages *pages,
				const struct plan_x86_partition *maps, uint64_t *pa)
{
	struct vmcb *vmcb = (struct vmcb *)table_page(pages, pa);

	vmcb->intercepts[VMCB_INTERCEPT_EXCEPTIONS] = EXCEPTIONS;
	vmcb->intercepts[VMCB_INTERCEPT_THIRD] = THIRD;
	vmcb->intercepts[VMCB_INTERCEPT_FOURTH] = FOURTH;
	vmcb->port_map = maps->port_map;
	vmcb->msr_map = maps->msr_map;
	vmcb->asid = (uint32_t)index + 1; /* = plan_partition.vmid */
	vmcb->nested_control = VMCB_NESTED_PAGING;
	vmcb->nested_root = layout->stage2_roots[index];
	vmcb->dr7 = DR7_RESET;
	vmcb->dr6 = DR6_RESET;
	vmcb->rflags = RFLAGS_RESET;
	vmcb->pat = PAT_RESET;
	vmcb->ldtr = (struct vmcb_segment){.attributes = LDT_EMPTY, .limit = 0xffff};
	vmcb->tr = (struct vmcb_segment){.attributes = TSS_BUSY, .limit = 0xffff};
	return vmcb;
}

static void segments_fill(struct vmcb *vmcb, struct vmcb_segment code, struct vmcb_segment data)
{
	vmcb->cs = code;
	vmcb->ds = vmcb->es = vmcb->fs = vmcb->gs = vmcb->ss = data;
}

/* 64-bit mode with the start block's page tables and descriptors (Linux: Documentation/arch/x86/boot.rst, 64-bit protocol). */
static void start_fill(struct vmcb *vmcb)
{
	segments_fill(vmcb, (struct vmcb_segment){X86_START_CODE, CODE_64, UINT32_MAX, 0},
		      (struct vmcb_segment){X86_START_DATA, DATA_FLAT, UINT32_MAX, 0});
	vmcb->gdtr = (struct vmcb_segment){.limit = X86_START_GDT_SIZE - 1, .base = X86_START_GDT};
	vmcb->efer = EFER_START;
	vmcb->cr0 = CR0_START;
	vmcb->cr3 = X86_START_TABLES;
	vmcb->cr4 = CR4_START;
}

/* Real mode: the hypervisor adds where SIPI sends the core (Intel SDM volume 3, 9.1.4; AMD APM volume 2, 14.1.3). */
static void reset_fill(struct vmcb *vmcb)
{
	segments_fill(vmcb, (struct vmcb_segment){0, CODE_REAL, 0xffff, 0},
		      (struct vmcb_segment){0, DATA_REAL, 0xffff, 0});
	vmcb->gdtr.limit = 0xffff;
	vmcb->idtr.limit = 0xffff;
	vmcb->efer = EFER_RESET;
	vmcb->cr0 = CR0_RESET;
}

/* ---- model-specific registers: APM volume 2, 15.11; Intel SDM volume 3, 25.6.9 ---- */

#define MSR_MAP_PAGES 2u
#define MSR_BANK 0x2000u
#define MSR_READ 1u
#define MSR_WRITE 2u

/* Of MSR_BANK registers each; a bit says that an access leaves the guest. Intel has only the first two. */
static const uint32_t msr_banks[] = {0x00000000, 0xc0000000, 0xc0010000};

/* What a guest reads or writes by itself: state of its own core that entries, or nobody else, change. */
static const struct {
	uint32_t first, last;
	unsigned int access;
} msr_direct[] = {
	{0x10, 0x10, MSR_READ},               /* TSC */
	{0x48, 0x49, MSR_READ | MSR_WRITE},   /* SPEC_CTRL, PRED_CMD */
	{0x174, 0x176, MSR_READ | MSR_WRITE}, /* SYSENTER_CS, _ESP, _EIP */
	{0x277, 0x277, MSR_READ | MSR_WRITE}, /* PAT: the VMCB's, the VMCS's */
	{0x6e0, 0x6e0, MSR_READ | MSR_WRITE}, /* TSC_DEADLINE: its local APIC's */
	/* its local APIC (x2APIC), but not who may be sent an interrupt (ICR), and how its own are delivered: SMI, INIT */
	{0x800, 0x82e, MSR_READ | MSR_WRITE},
	{0x830, 0x837, MSR_READ},
	{0x838, 0x83f, MSR_READ | MSR_WRITE},
	{0xda0, 0xda0, MSR_READ | MSR_WRITE},           /* XSS */
	{0xc0000081, 0xc0000084, MSR_READ | MSR_WRITE}, /* STAR, LSTAR, CSTAR, SFMASK */
	{0xc0000100, 0xc0000103, MSR_READ | MSR_WRITE}, /* FS.base, GS.base, KernelGSbase, TSC_AUX */
};

static void bit_clear(uint8_t *map, size_t bit)
{
	map[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

/* AMD: 2 bits a register, reads and writes. Intel: all reads, then all writes. */
static void msr_open(uint8_t *map, bool is_intel, uint32_t msr, unsigned int access)
{
	size_t banks = is_intel ? 2 : 3;

	for (size_t bank = 0; bank < banks; bank++) {
		size_t number = msr - msr_banks[bank], row = bank * MSR_BANK + number;

		if (number >= MSR_BANK)
			continue;
		if (access & MSR_READ)
			bit_clear(map, is_intel ? row : 2 * row);
		if (access & MSR_WRITE)
			bit_clear(map, is_intel ? banks * MSR_BANK + row : 2 * row + 1);
	}
}

/* ---- maps ---- */

#define PORT_MAP_PAGES 3u /* APM volume 2, 15.10.1; Intel has no bits behind the last port: 2 (SDM volume 3, 25.6.4) */

/* Adds `count` pages, one behind the other. */
static void map_add(struct table_pages *pages, size_t count, const uint8_t *map, uint64_t *pa)
{
	uint64_t further;

	for (size_t i = 0; i < count; i++)
		memcpy(table_page(pages, i == 0 ? pa : &further), map + i * PAGE_SIZE, PAGE_SIZE);
}

static void msr_map_add(struct table_pages *pages, bool is_intel, uint64_t *pa)
{
	uint8_t map[MSR_MAP_PAGES * PAGE_SIZE];

	memset(map, 0xff, sizeof(map));
	for (size_t i = 0; i < sizeof(msr_direct) / sizeof(msr_direct[0]); i++) {
		for (uint32_t msr = msr_direct[i].first; msr <= msr_direct[i].last; msr++)
			msr_open(map, is_intel, msr, msr_direct[i].access);
	}
	map_add(pages, is_intel ? 1 : MSR_MAP_PAGES, map, pa);
}

static void port_map_add(const struct model *model, size_t index, struct table_pages *pages, uint64_t *pa)
{
	const struct partition *partition = &model->partitions[index];
	uint8_t map[PORT_MAP_PAGES * PAGE_SIZE];

	memset(map, 0xff, sizeof(map));
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		for (size_t j = 0; j < device->port_count; j++) {
			for (uint32_t k = 0; k < device->ports[j].count; k++)
				bit_clear(map, device->ports[j].base + k);
		}
	}
	map_add(pages, x86_machine_is_intel(model) ? 2 : PORT_MAP_PAGES, map, pa);
}

void x86_control_build(const struct model *model, const struct layout *layout, size_t index, struct table_pages *pages,
		       struct x86_control *control)
{
	struct plan_x86_partition *out = &control->partitions[index];

	msr_map_add(pages, x86_machine_is_intel(model), &out->msr_map);
	port_map_add(model, index, pages, &out->port_map);
	if (x86_machine_is_intel(model)) {
		x86_vmcs_build(layout, index, control);
		return;
	}
	start_fill(control_add(layout, index, pages, out, &out->start_control));
	reset_fill(control_add(layout, index, pages, out, &out->reset_control));
}
