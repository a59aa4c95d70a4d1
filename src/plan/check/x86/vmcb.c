/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control blocks that a partition's cores start from, byte by byte: AMD's VMCB (APM volume 2, appendix B). What isolation
 * rests on is in its control area; what a guest begins with, behind it. Not here: the maps that it names.
 */
#include "plan/check/x86/parts.h"

#define FIELDS_MOST 64u

/*
 * Vector 00Ch: NMI, by which cores are recalled; RDPMC, CPUID, RSM, INVD, INVLPGA, ports and MSRs by their maps, and SHUTDOWN,
 * where a core would reset the machine. Vector 010h: VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, WBINVD, by which a
 * guest empties others' caches, too, MONITOR, MWAIT with and without a monitor that is armed, RDPRU. Exceptions: #DB and #AC,
 * since a core that delivers them for ever takes nothing else, NMI included; #MC, which is the core's.
 */
#define VECTOR_3 0x9c4c8002u
#define VECTOR_4 0x00005e7fu
#define EXCEPTIONS 0x00060002u

#define NESTED_PAGING UINT64_C(1)
#define EFER_SVME UINT64_C(0x1000) /* VMRUN is refused without it (15.5.1) */
#define DR6 0xffff0ff0u

/* A piece of the block; what no piece covers is zero. */
struct piece {
	uint32_t offset;
	uint32_t size;
	uint64_t value;
};

struct block {
	struct piece pieces[FIELDS_MOST];
	uint32_t count;
};

static void vmcb_put(struct block *block, uint32_t offset, uint32_t size, uint64_t value)
{
	if (block->count < FIELDS_MOST) {
		block->pieces[block->count] = (struct piece){.offset = offset, .size = size, .value = value};
		block->count++;
	}
}

/* Segment registers from 400h on: ES, CS, SS, DS, FS, GS, GDTR, LDTR, IDTR, TR. */
static void vmcb_put_segment(struct block *block, uint32_t number, uint64_t selector, uint64_t attributes,
			     uint64_t limit, uint64_t base)
{
	uint32_t offset = 0x400u + (16u * number);

	vmcb_put(block, offset, 2, selector);
	vmcb_put(block, offset + 2u, 2, attributes);
	vmcb_put(block, offset + 4u, 4, limit);
	vmcb_put(block, offset + 8u, 8, base);
}

static void vmcb_put_control(struct block *block, const struct plan_partition *partition,
			     const struct plan_x86_partition *row)
{
	vmcb_put(block, 0x008u, 4, EXCEPTIONS);
	vmcb_put(block, 0x00cu, 4, VECTOR_3);
	vmcb_put(block, 0x010u, 4, VECTOR_4);
	vmcb_put(block, 0x040u, 8, row->port_map);
	vmcb_put(block, 0x048u, 8, row->msr_map);
	vmcb_put(block, 0x058u, 4, partition->vmid);
	vmcb_put(block, 0x090u, 8, NESTED_PAGING);
	vmcb_put(block, 0x0b0u, 8, partition->stage2_root);
}

static void vmcb_put_state(struct block *block, const struct x86_state *state)
{
	for (uint32_t i = 0; i < X86_SEGMENTS; i++) {
		const struct x86_segment *segment = &state->segments[i];

		/* bits 55:52 of a descriptor follow 47:40 without a gap */
		vmcb_put_segment(block, i, segment->selector,
				 (segment->access & 0xffu) | ((segment->access >> 4) & 0xf00u), segment->limit, 0);
	}
	vmcb_put_segment(block, 6, 0, 0, state->gdtr_limit, state->gdtr_base);
	vmcb_put_segment(block, 7, 0, 0x082u, X86_SYSTEM_LIMIT, 0); /* LDTR: an LDT that is present */
	vmcb_put_segment(block, 8, 0, 0, state->idtr_limit, 0);
	vmcb_put_segment(block, 9, 0, X86_TASK_ACCESS, X86_SYSTEM_LIMIT, 0);
	vmcb_put(block, 0x4d0u, 8, EFER_SVME | state->efer);
	vmcb_put(block, 0x548u, 8, state->cr4);
	vmcb_put(block, 0x550u, 8, state->cr3);
	vmcb_put(block, 0x558u, 8, state->cr0);
	vmcb_put(block, 0x560u, 8, X86_DR7);
	vmcb_put(block, 0x568u, 8, DR6);
	vmcb_put(block, 0x570u, 8, X86_RFLAGS);
	vmcb_put(block, 0x668u, 8, X86_PAT);
}

static uint8_t byte_right(const struct block *block, uint32_t offset)
{
	uint8_t byte = 0;

	for (uint32_t i = 0; i < block->count; i++) {
		const struct piece *piece = &block->pieces[i];

		if ((offset >= piece->offset) && ((offset - piece->offset) < piece->size)) {
			byte = (uint8_t)((piece->value >> (8u * (offset - piece->offset))) & 0xffu);
		}
	}
	return byte;
}

/* The block at `pa` is byte for byte what `state` and the partition's row make it. */
static void block_check(struct verify *verify, const struct verify_tree *tree, uint64_t pa,
			const struct x86_state *state)
{
	uint32_t partition = tree->owner.index;
	struct block block = {.count = 0};
	uint32_t offset = 0;

	if (((pa % VERIFY_PAGE) != 0u) || !verify_map_constant(verify, tree, pa, VERIFY_PAGE)) {
		verify_report_address(verify, VERIFY_TABLE_PLACE, tree->owner, pa, 0);
		return;
	}
	vmcb_put_control(&block, &plan_partitions(verify->plan)[partition],
			 &plan_x86(verify->plan)->partitions[partition]);
	vmcb_put_state(&block, state);
	while ((offset < VERIFY_PAGE) &&
	       (verify->image[pa - verify->plan->image_base + offset] == byte_right(&block, offset))) {
		offset++;
	}
	if (offset < VERIFY_PAGE) {
		verify_report_number(verify, VERIFY_VMCB, tree->owner, pa, offset);
	}
}

void x86_vmcb_check(struct verify *verify, uint32_t partition)
{
	const struct plan_x86_partition *row = &plan_x86(verify->plan)->partitions[partition];
	struct verify_tree tree = x86_stage2_tree(verify, partition);

	block_check(verify, &tree, row->start_control, &x86_state_start);
	block_check(verify, &tree, row->reset_control, &x86_state_reset);
}
