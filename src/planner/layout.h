/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each piece of the hypervisor's own memory lies, physically and at EL2. Follows plan/plan.h's picture. Not here:
 * the tables that map it (el2.h), guests' memory (place.h).
 */
#ifndef PLANNER_LAYOUT_H
#define PLANNER_LAYOUT_H

#include "planner/elf.h"
#include "planner/model.h"

#define LAYOUT_GICR_STRIDE UINT64_C(0x20000) /* RD_base and SGI_base frames of one core */
#define LAYOUT_ROOT_MINIMUM UINT64_C(64)     /* a translation table's least alignment */

/* Sizes that are only known once tables and plan are built from a layout; each round of emit corrects them upwards. */
struct layout_guess {
	uint64_t plan_size;
	size_t table_pages; /* without the pages of roots */
};

struct layout {
	const struct elf *elf;
	size_t *rows; /* index into model.cores of each core row, board order */
	size_t row_count;
	/* physical; all page-aligned, one behind the other */
	struct range image; /* text, rodata and data, from the load address */
	struct range plan, roots, tables, shared, private;
	uint64_t root_size, level1; /* of one of EL2's roots: bytes, and where in it its level-1 table begins */
	/* in `shared` */
	uint64_t *stage2_roots; /* a partition */
	uint64_t core_state, partition_state, vcpu_state;
	uint64_t x86_control, x86_host; /* x86: a page a vcpu row, a page a core row */
	uint64_t x86_remap;             /* x86: PLAN_REMAP_SIZE a function row */
	/* EL2 virtual */
	uint64_t region;                     /* 2 MiB for this core's stack, log and window */
	uint64_t iommu_va, configuration_va; /* x86 */
	uint64_t msix_va;                    /* of the first page of MSI-X tables */
	uint64_t gicd_va, gicr_va, console_va, console_page, console_size, device_end;
	uint64_t loader_offset;
	unsigned int va_bits;
};

/* Rows of plan cores: each owned one, and the board's first. Fills `rows` and `row_count`. Cannot fail. */
void layout_choose_cores(const struct model *model, struct layout *layout);

/*
 * Where EL2 has a core row's part of the interrupt controller: its redistributor, those of a partition together in the order
 * of its virtual cores; on a GICv2 the CPU interface, the same on each core. Cannot fail.
 */
uint64_t layout_gicr(const struct model *model, const struct layout *layout, size_t row);

/* Lays everything out for sizes as guessed. Cannot fail. */
void layout_compute(const struct model *model, const struct layout_guess *guess, struct layout *layout);

/* Bytes of the distributor's registers (IHI 0069, 12.8; IHI 0048B, 4.1.2), or of an I/O APIC's page. Cannot fail. */
static inline uint64_t layout_gicd_size(const struct gic *gic)
{
	return gic->version == PLAN_GIC_V3 ? UINT64_C(0x10000) : UINT64_C(0x1000);
}

/*
 * What a partition of `cores` cores sees of the controller, at the board's addresses: the distributor, which traps, and its
 * redistributors, which trap too, or a GICv2's CPU interface, which does not; x86: the I/O APIC, which traps, and the page of
 * the local APICs, where nothing is. Cannot fail.
 */
void layout_gic_seen(const struct gic *gic, size_t cores, struct range seen[2]);

/*
 * How many bits of virtual address EL2's tables cover: 1 more than what reaches every byte of RAM, at least 33. The
 * loader's mappings lie in the upper half. More than 39 (a level-1 root larger than a page) is for place to refuse.
 */
unsigned int layout_va_bits(const struct board *board);

#endif
