/* SPDX-License-Identifier: Apache-2.0 */
/* What is x86's own of an image: its loader's header, its vendor. Not here: tables, machine, control blocks (beside). */
#include "plan/check/x86/parts.h"

/* Multiboot Specification 0.6.96, 3.1: a header in the first 8 KiB, of 32-bit words. */
#define HEADER_REACH UINT64_C(8192)
#define HEADER_SIZE UINT64_C(32)
#define HEADER_MAGIC 0x1badb002u
#define HEADER_ADDRESSES 0x10000u /* of flags: what follows says where all lies. Nothing else is asked for */

static uint32_t word_at(const uint8_t *image, uint64_t at)
{
	return (uint32_t)image[at] | ((uint32_t)image[at + 1u] << 8) | ((uint32_t)image[at + 2u] << 16) |
	       ((uint32_t)image[at + 3u] << 24);
}

/* Where a loader finds the header: the first whose sum is zero; or HEADER_REACH. */
static uint64_t header_find(const uint8_t *image, uint64_t size)
{
	uint64_t found = HEADER_REACH;

	for (uint64_t at = 0; (found == HEADER_REACH) && (at < HEADER_REACH); at += 4u) {
		if (verify_inside(at, HEADER_SIZE, 0, size) && (word_at(image, at) == HEADER_MAGIC) &&
		    ((HEADER_MAGIC + word_at(image, at + 4u) + word_at(image, at + 8u)) == 0u)) {
			found = at;
		}
	}
	return found;
}

static bool x86_begins(const uint8_t *image, uint64_t size)
{
	return header_find(image, size) != HEADER_REACH;
}

struct expected {
	uint64_t offset;
	uint64_t value;
};

/* All of the file is loaded where the plan says, and entered in the hypervisor's own bytes. */
static void x86_header_check(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t at = header_find(verify->image, verify->size);
	const struct expected words[] = {
		{4, HEADER_ADDRESSES},
		{12, plan->image_base + at}, /* the header itself */
		{16, plan->image_base},
		{20, 0}, /* what is loaded: all of the file */
		{24, 0}, /* nothing is cleared behind it */
	};
	uint64_t entry = word_at(verify->image, at + 28u);

	for (uint32_t i = 0; i < (sizeof(words) / sizeof(words[0])); i++) {
		uint64_t word = word_at(verify->image, at + words[i].offset);

		if (word != words[i].value) {
			verify_report_number(verify, VERIFY_HEADER, verify_owner(VERIFY_IMAGE, 0), word,
					     words[i].value);
		}
	}
	if ((entry < plan->image_base) || (entry >= plan->plan_base)) {
		verify_report_number(verify, VERIFY_HEADER, verify_owner(VERIFY_IMAGE, 0), entry, plan->image_base);
	}
}

static bool x86_is_known(const struct plan_header *plan)
{
	return plan->gic == (uint32_t)PLAN_GIC_NONE;
}

static bool x86_refers(struct verify *verify)
{
	uint32_t vendor = plan_x86(verify->plan)->vendor;

	if ((vendor != (uint32_t)PLAN_VENDOR_AMD) && (vendor != (uint32_t)PLAN_VENDOR_INTEL)) {
		verify_report_number(verify, VERIFY_VENDOR, verify_owner(VERIFY_IMAGE, 0), vendor, 0);
		return false;
	}
	return x86_vmcs_refers(verify);
}

static bool x86_has_interface(const struct plan_header *plan)
{
	(void)plan;
	return false;
}

static void x86_partition_check(struct verify *verify, uint32_t index)
{
	if (x86_is_intel(verify->plan)) {
		x86_vmcs_check(verify, index);
	} else {
		x86_vmcb_check(verify, index);
	}
	x86_maps_check(verify, index);
	x86_machine_reach_check(verify, index);
}

static bool x86_entry_right(const struct plan_partition *partition, const struct plan_image *image)
{
	return verify_inside(partition->entry, 1, image->base, image->size);
}

/* Routes are the cores' own ids. */
static bool x86_core_claimed(const struct verify *verify, const struct plan_vcpu *vcpu)
{
	(void)verify;
	(void)vcpu;
	return true;
}

const struct verify_arch verify_x86 = {
	.arch = PLAN_ARCH_X86,
	.x86_rows = 1,
	.made = PLAN_IMAGE_START,
	.needs_argument = true,
	.begins = x86_begins,
	.is_known = x86_is_known,
	.refers = x86_refers,
	.filter_count = x86_pci_filter_count,
	.core_tree = x86_core_tree,
	.stage2_tree = x86_stage2_tree,
	.space_right = x86_space_right,
	.core_find = x86_machine_find,
	.regions = x86_machine_regions,
	.holder = x86_machine_holder,
	.has_interface = x86_has_interface,
	.is_core = x86_machine_is_core,
	.vcpu_right = x86_machine_vcpu_right,
	.filter_right = x86_machine_filter_right,
	.private_right = x86_machine_private_right,
	.machine = x86_machine_check,
	.partition = x86_partition_check,
	.areas = x86_machine_areas,
	.header = x86_header_check,
	.entry_right = x86_entry_right,
	.claims = x86_claims_compare,
	.core_claimed = x86_core_claimed,
	.claims_partition = x86_claims_partition,
};
