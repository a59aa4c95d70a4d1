/* SPDX-License-Identifier: Apache-2.0 */
/* VMCB templates and permission maps. Not here: the start block that the first template refers to (start.c). */
#include "planner/x86/control.h"

#include <string.h>

#include "planner/align.h"
#include "planner/x86/start.h"

/* ---- VMCB: APM volume 2, appendix B ---- */

/* Control area. */
#define VMCB_EXCEPTIONS 0x008u
#define VMCB_INTERCEPTS 0x00cu /* two words of 32 */
#define VMCB_IOPM 0x040u
#define VMCB_MSRPM 0x048u
#define VMCB_ASID 0x058u
#define VMCB_NESTED 0x090u
#define VMCB_NESTED_CR3 0x0b0u

/* State save area. */
#define VMCB_SEGMENTS 0x400u /* 16 bytes each, in the order of enum segment */
#define VMCB_EFER 0x4d0u
#define VMCB_CR4 0x548u
#define VMCB_CR3 0x550u
#define VMCB_CR0 0x558u
#define VMCB_DR7 0x560u
#define VMCB_DR6 0x568u
#define VMCB_RFLAGS 0x570u
#define VMCB_PAT 0x668u

enum segment { ES, CS, SS, DS, FS, GS, GDTR, LDTR, IDTR, TR };

#define EXCEPTION_DEBUG (1u << 1)
#define EXCEPTION_ALIGNMENT (1u << 17) /* both can loop in the core for ever: CVE-2015-8104, CVE-2015-5307 */

/* What exits. External interrupts and HLT do not. */
#define INTERCEPT_NMI (1u << 1)
#define INTERCEPT_CPUID (1u << 18)
#define INTERCEPT_INVD (1u << 22)
#define INTERCEPT_INVLPGA (1u << 26)
#define INTERCEPT_PORTS (1u << 27)
#define INTERCEPT_MSRS (1u << 28)
#define INTERCEPT_SHUTDOWN (1u << 31)
#define INTERCEPT_VMRUN_TO_SKINIT 0x7fu /* of the second word; VMMCALL is among them */

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

static void put(uint64_t *page, size_t offset, uint64_t value, size_t size)
{
	memcpy((uint8_t *)page + offset, &value, size);
}

static void put_segment(uint64_t *page, enum segment segment, uint64_t selector, uint64_t attributes, uint64_t limit)
{
	size_t offset = VMCB_SEGMENTS + 16u * (size_t)segment;

	put(page, offset, selector, 2);
	put(page, offset + 2, attributes, 2);
	put(page, offset + 4, limit, 4);
}

/* What both templates have. */
static uint64_t *control_add(const struct layout *layout, size_t index, struct table_pages *pages,
			     const struct plan_x86_partition *maps, uint64_t *pa)
{
	uint64_t *page = table_page(pages, pa);

	put(page, VMCB_EXCEPTIONS, EXCEPTION_DEBUG | EXCEPTION_ALIGNMENT, 4);
	put(page, VMCB_INTERCEPTS,
	    INTERCEPT_NMI | INTERCEPT_CPUID | INTERCEPT_INVD | INTERCEPT_INVLPGA | INTERCEPT_PORTS | INTERCEPT_MSRS |
		    INTERCEPT_SHUTDOWN,
	    4);
	put(page, VMCB_INTERCEPTS + 4, INTERCEPT_VMRUN_TO_SKINIT, 4);
	put(page, VMCB_IOPM, maps->port_map, 8);
	put(page, VMCB_MSRPM, maps->msr_map, 8);
	put(page, VMCB_ASID, index + 1, 4); /* = plan_partition.vmid */
	put(page, VMCB_NESTED, 1, 8);
	put(page, VMCB_NESTED_CR3, layout->stage2_roots[index], 8);
	put(page, VMCB_DR7, DR7_RESET, 8);
	put(page, VMCB_DR6, DR6_RESET, 8);
	put(page, VMCB_RFLAGS, RFLAGS_RESET, 8);
	put(page, VMCB_PAT, PAT_RESET, 8);
	put_segment(page, LDTR, 0, LDT_EMPTY, 0xffff);
	put_segment(page, TR, 0, TSS_BUSY, 0xffff);
	return page;
}

/* 64-bit mode with the start block's page tables and descriptors (Linux: Documentation/arch/x86/boot.rst, 64-bit protocol). */
static void start_fill(uint64_t *page)
{
	put_segment(page, CS, X86_START_CODE, CODE_64, 0xffffffff);
	for (enum segment i = ES; i <= GS; i++) {
		if (i != CS)
			put_segment(page, i, X86_START_DATA, DATA_FLAT, 0xffffffff);
	}
	put_segment(page, GDTR, 0, 0, X86_START_GDT_SIZE - 1);
	put(page, VMCB_SEGMENTS + 16u * GDTR + 8, X86_START_GDT, 8);
	put(page, VMCB_EFER, EFER_START, 8);
	put(page, VMCB_CR0, CR0_START, 8);
	put(page, VMCB_CR3, X86_START_TABLES, 8);
	put(page, VMCB_CR4, CR4_START, 8);
}

/* Real mode: the hypervisor adds where SIPI sends the core (Intel SDM volume 3, 9.1.4; AMD APM volume 2, 14.1.3). */
static void reset_fill(uint64_t *page)
{
	for (enum segment i = ES; i <= GS; i++)
		put_segment(page, i, 0, i == CS ? CODE_REAL : DATA_REAL, 0xffff);
	put_segment(page, GDTR, 0, 0, 0xffff);
	put_segment(page, IDTR, 0, 0, 0xffff);
	put(page, VMCB_EFER, EFER_RESET, 8);
	put(page, VMCB_CR0, CR0_RESET, 8);
}

/* ---- model-specific registers: APM volume 2, 15.11 ---- */

#define MSR_MAP_PAGES 2u
#define MSR_BANK 0x2000u
#define MSR_READ 1u
#define MSR_WRITE 2u

/* Each bank of MSR_BANK registers has 2 bits a register; the bit says intercepted. */
static const uint32_t msr_banks[] = {0x00000000, 0xc0000000, 0xc0010000};

/* What a guest reads or writes by itself: state of its own core that VMRUN, or nobody else, changes. */
static const struct {
	uint32_t first, last;
	unsigned int access;
} msr_direct[] = {
	{0x10, 0x10, MSR_READ},               /* TSC */
	{0x174, 0x176, MSR_READ | MSR_WRITE}, /* SYSENTER_CS, _ESP, _EIP */
	{0x277, 0x277, MSR_READ | MSR_WRITE}, /* PAT: the VMCB's */
	{0x800, 0x82f, MSR_READ | MSR_WRITE}, /* its local APIC (x2APIC) */
	{0x830, 0x830, MSR_READ},             /* ICR: who may be sent an interrupt is the hypervisor's to say */
	{0x831, 0x83f, MSR_READ | MSR_WRITE}, /* its local APIC */
	{0xc0000081, 0xc0000084, MSR_READ | MSR_WRITE}, /* STAR, LSTAR, CSTAR, SFMASK */
	{0xc0000100, 0xc0000103, MSR_READ | MSR_WRITE}, /* FS.base, GS.base, KernelGSbase, TSC_AUX */
};

static void msr_open(uint8_t *map, uint32_t msr, unsigned int access)
{
	for (size_t bank = 0; bank < sizeof(msr_banks) / sizeof(msr_banks[0]); bank++) {
		uint32_t number = msr - msr_banks[bank];
		size_t bit = bank * MSR_BANK * 2u + number * 2u;

		if (number < MSR_BANK)
			map[bit / 8] &= (uint8_t) ~(access << bit % 8);
	}
}

/* ---- maps ---- */

#define PORT_MAP_PAGES 3u /* APM volume 2, 15.10.1 */

/* Adds `count` pages, one behind the other. */
static void map_add(struct table_pages *pages, size_t count, const uint8_t *map, uint64_t *pa)
{
	uint64_t further;

	for (size_t i = 0; i < count; i++)
		memcpy(table_page(pages, i == 0 ? pa : &further), map + i * PAGE_SIZE, PAGE_SIZE);
}

static void msr_map_add(struct table_pages *pages, uint64_t *pa)
{
	uint8_t map[MSR_MAP_PAGES * PAGE_SIZE];

	memset(map, 0xff, sizeof(map));
	for (size_t i = 0; i < sizeof(msr_direct) / sizeof(msr_direct[0]); i++) {
		for (uint32_t msr = msr_direct[i].first; msr <= msr_direct[i].last; msr++)
			msr_open(map, msr, msr_direct[i].access);
	}
	map_add(pages, MSR_MAP_PAGES, map, pa);
}

static void port_map_add(const struct model *model, size_t index, struct table_pages *pages, uint64_t *pa)
{
	const struct partition *partition = &model->partitions[index];
	uint8_t map[PORT_MAP_PAGES * PAGE_SIZE];

	memset(map, 0xff, sizeof(map));
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];

		for (size_t j = 0; j < device->port_count; j++) {
			for (uint32_t k = 0; k < device->ports[j].count; k++) {
				uint32_t port = device->ports[j].base + k;

				map[port / 8] &= (uint8_t) ~(1u << port % 8);
			}
		}
	}
	map_add(pages, PORT_MAP_PAGES, map, pa);
}

void x86_control_build(const struct model *model, const struct layout *layout, size_t index, struct table_pages *pages,
		       struct plan_x86_partition *out)
{
	msr_map_add(pages, &out->msr_map);
	port_map_add(model, index, pages, &out->port_map);
	start_fill(control_add(layout, index, pages, out, &out->start_control));
	reset_fill(control_add(layout, index, pages, out, &out->reset_control));
}
