/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the plan's rows, which the other rules have compared with the tables, with what the configuration says. Not
 * here: reading the configuration (planner/verify_config.c).
 */
#include "plan/check/arch.h"

static bool name_equal(const char *a, const char *b)
{
	bool equal = true;
	bool ended = false;

	for (uint32_t i = 0; i < PLAN_NAME; i++) {
		equal = equal && (ended || (a[i] == b[i]));
		ended = ended || (a[i] == '\0');
	}
	return equal;
}

static void partition_report(struct verify *verify, enum verify_rule rule, uint32_t index, uint64_t number, uint64_t at)
{
	verify_report_number(verify, rule, verify_owner(VERIFY_PARTITION, index), number, at);
}

struct difference {
	enum verify_rule rule;
	uint64_t there;
	uint64_t here;
};

static void board_compare(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct verify_claims *claims = verify->claims;
	uint64_t console = verify->console_pa + (plan->console_va % VERIFY_PAGE);
	const struct difference pairs[] = {
		{.rule = VERIFY_CLAIM_PLACE, .there = claims->load_address, .here = plan->image_base},
		{.rule = VERIFY_CLAIM_OFFSET, .there = claims->text_offset, .here = verify->text_offset},
		{.rule = VERIFY_CLAIM_PA_BITS, .there = claims->pa_bits, .here = plan->pa_bits},
		{.rule = VERIFY_CLAIM_ALL_OFF, .there = claims->when_all_off, .here = plan->when_all_off},
		{.rule = VERIFY_CLAIM_CONSOLE, .there = claims->console, .here = console},
		{.rule = VERIFY_CLAIM_CONSOLE_SIZE, .there = claims->console_size, .here = verify->console_size},
	};

	if (!name_equal(claims->board, plan->board) || (claims->gic != plan->gic)) {
		verify_report_number(verify, VERIFY_CLAIM_BOARD, verify_owner(VERIFY_IMAGE, 0), 0, 0);
	}
	for (uint32_t i = 0; i < (sizeof(pairs) / sizeof(pairs[0])); i++) {
		if (pairs[i].there != pairs[i].here) {
			verify_report_number(verify, pairs[i].rule, verify_owner(VERIFY_IMAGE, 0), pairs[i].there,
					     pairs[i].here);
		}
	}
	for (uint32_t i = 0; (i < claims->memory_count) || (i < plan->memory.count); i++) {
		struct plan_range none = {0, 0};
		struct plan_range a = (i < claims->memory_count) ? claims->memory[i] : none;
		struct plan_range b = (i < plan->memory.count) ? plan_memory(plan)[i] : none;

		if ((a.base != b.base) || (a.size != b.size)) {
			verify_report_number(verify, VERIFY_CLAIM_MEMORY, verify_owner(VERIFY_IMAGE, 0), a.base,
					     b.base);
		}
	}
}

static void registers_compare(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct verify_claims *claims = verify->claims;

	if ((claims->gicd != plan->gicd_pa) || (claims->gicr != plan->gicr_pa)) {
		verify_report_number(verify, VERIFY_CLAIM_GIC, verify_owner(VERIFY_IMAGE, 0), claims->gicd,
				     plan->gicd_pa);
	}
	if (claims->gicr_size != plan->gicr_size) {
		verify_report_number(verify, VERIFY_CLAIM_GIC_SIZE, verify_owner(VERIFY_IMAGE, 0), claims->gicr_size,
				     plan->gicr_size);
	}
	verify->arch->claims(verify);
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		for (uint32_t j = 0; j < claims->core_count; j++) {
			if ((claims->cores[j] == plan_cores(plan)[i].mpidr) &&
			    (claims->releases[j] != plan_cores(plan)[i].release)) {
				verify_report_number(verify, VERIFY_CLAIM_RELEASE, verify_owner(VERIFY_CORE, i),
						     claims->releases[j], plan_cores(plan)[i].release);
			}
		}
	}
	/* the boot core, and cores that somebody has */
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(plan)[i];

		if ((core->partition == PLAN_NONE) && (core->mpidr != claims->cores[0])) {
			verify_report_number(verify, VERIFY_CLAIM_GIC, verify_owner(VERIFY_CORE, i), claims->cores[0],
					     core->mpidr);
		}
	}
}

static void cores_compare(struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	const struct verify_claim_partition *claim = &verify->claims->partitions[index];

	if (partition->vcpu_count != claim->core_count) {
		partition_report(verify, VERIFY_CLAIM_CORES, index, claim->core_count, partition->vcpu_count);
	}
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		const struct plan_vcpu *vcpu = &plan_vcpus(plan)[partition->vcpu_first + i];
		uint64_t mpidr = plan_cores(plan)[vcpu->core].mpidr;

		if ((i >= claim->core_count) || (claim->cores[i] != mpidr) ||
		    !verify->arch->core_claimed(verify, vcpu)) {
			partition_report(verify, VERIFY_CLAIM_CORE, index, mpidr, i);
		}
	}
}

/* ---- memory ------------------------------------------------------------------------------------------------------- */

static bool ram_equal(const struct verify_claim_window *claim, const struct plan_window *window)
{
	return (window->kind == (uint16_t)PLAN_WINDOW_RAM) && (claim->kind == (uint16_t)PLAN_WINDOW_RAM) &&
	       (claim->base == window->base) && (claim->size == window->size) &&
	       ((claim->fixed == 0u) || (claim->pa == window->pa));
}

/* RAM: the same windows on both sides. */
static void ram_compare(struct verify *verify, uint32_t index)
{
	const struct verify_claims *claims = verify->claims;
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	const struct plan_window *windows = &plan_windows(verify->plan)[partition->window_first];

	for (uint32_t i = 0; i < partition->window_count; i++) {
		bool found = windows[i].kind != (uint16_t)PLAN_WINDOW_RAM;

		for (uint32_t j = 0; !found && (j < claims->window_count); j++) {
			found = (claims->windows[j].partition == index) && ram_equal(&claims->windows[j], &windows[i]);
		}
		if (!found) {
			partition_report(verify, VERIFY_CLAIM_RAM, index, windows[i].size, windows[i].base);
		}
	}
	for (uint32_t j = 0; j < claims->window_count; j++) {
		const struct verify_claim_window *claim = &claims->windows[j];
		bool found = (claim->partition != index) || (claim->kind != (uint16_t)PLAN_WINDOW_RAM);

		for (uint32_t i = 0; !found && (i < partition->window_count); i++) {
			found = ram_equal(claim, &windows[i]);
		}
		if (!found) {
			partition_report(verify, VERIFY_CLAIM_NO_RAM, index, claim->size, claim->base);
		}
	}
}

/* How far from `at` on the page at guest-physical `at`, physical `pa`, goes on in a device's claim; 0: it is in none. */
static uint64_t claimed(const struct verify_claims *claims, uint32_t index, uint16_t kind, uint64_t at, uint64_t pa)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < claims->window_count; i++) {
		const struct verify_claim_window *claim = &claims->windows[i];

		if ((claim->partition == index) && (claim->kind == kind) &&
		    verify_inside(at, 1u, claim->base, claim->size) && ((at - claim->base) == (pa - claim->pa))) {
			uint64_t rest = claim->size - (at - claim->base);

			most = (rest > most) ? rest : most;
		}
	}
	return most;
}

/* The same the other way round, in a window of the plan, or where it answers for a table of messages. */
static uint64_t granted(const struct plan_header *plan, uint32_t index, uint16_t kind, uint64_t at, uint64_t pa)
{
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	uint64_t most = 0;

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];

		if ((window->kind == kind) && verify_inside(at, 1u, window->base, window->size) &&
		    ((at - window->base) == (pa - window->pa))) {
			uint64_t rest = window->size - (at - window->base);

			most = (rest > most) ? rest : most;
		}
	}
	for (uint32_t i = 0; (kind == (uint16_t)PLAN_WINDOW_DEVICE) && (at == pa) && (i < partition->filter_count);
	     i++) {
		const struct plan_filter *filter = &plan_filters(plan)[partition->filter_first + i];

		if ((filter->kind == (uint16_t)PLAN_FILTER_MSIX) && verify_inside(at, 1u, filter->base, filter->size)) {
			uint64_t rest = filter->size - (at - filter->base);

			most = (rest > most) ? rest : most;
		}
	}
	return most;
}

/* Devices: page for page the same, since the planner may join windows. Each round goes on by a whole row of the other. */
static void devices_compare(struct verify *verify, uint32_t index)
{
	const struct verify_claims *claims = verify->claims;
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];

	for (uint32_t i = 0; i < partition->window_count; i++) {
		const struct plan_window *window = &plan_windows(plan)[partition->window_first + i];
		uint64_t at = (window->kind != (uint16_t)PLAN_WINDOW_RAM) ? 0u : window->size;

		while (at < window->size) {
			uint64_t rest = claimed(claims, index, window->kind, window->base + at, window->pa + at);

			if (rest == 0u) {
				partition_report(verify, VERIFY_CLAIM_DEVICE, index, window->pa + at,
						 window->base + at);
				rest = window->size; /* one line is enough */
			}
			at = (rest >= (window->size - at)) ? window->size : (at + rest);
		}
	}
	for (uint32_t i = 0; i < claims->window_count; i++) {
		const struct verify_claim_window *claim = &claims->windows[i];
		bool mine = (claim->partition == index) && (claim->kind != (uint16_t)PLAN_WINDOW_RAM);
		uint64_t at = mine ? 0u : claim->size;

		while (at < claim->size) {
			uint64_t rest = granted(plan, index, claim->kind, claim->base + at, claim->pa + at);

			if (rest == 0u) {
				partition_report(verify, VERIFY_CLAIM_NO_DEVICE, index, claim->pa + at,
						 claim->base + at);
				rest = claim->size;
			}
			at = (rest >= (claim->size - at)) ? claim->size : (at + rest);
		}
	}
}

/* ---- interrupts --------------------------------------------------------------------------------------------------- */

static void interrupts_compare(struct verify *verify, uint32_t index)
{
	const struct verify_claims *claims = verify->claims;
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	uint32_t differ = (partition->interrupt_mask[0] ^ claims->private_interrupts) & 0xffff0000u;

	for (uint32_t i = 0; i < partition->interrupt_count; i++) {
		const struct plan_interrupt *row = &plan_interrupts(plan)[partition->interrupt_first + i];
		bool found = false;

		for (uint32_t j = 0; j < claims->interrupt_count; j++) {
			found = found ||
				((claims->interrupts[j].partition == index) && (claims->interrupts[j].id == row->id) &&
				 (claims->interrupts[j].edge == row->edge));
		}
		if (!found) {
			partition_report(verify, VERIFY_CLAIM_INTERRUPT, index, row->id, 0);
		}
	}
	for (uint32_t j = 0; j < claims->interrupt_count; j++) {
		if ((claims->interrupts[j].partition == index) &&
		    !plan_owns_interrupt(partition, claims->interrupts[j].id)) {
			partition_report(verify, VERIFY_CLAIM_NO_INTERRUPT, index, claims->interrupts[j].id, 0);
		}
	}
	for (uint32_t id = 16; id < 32u; id++) {
		if (((differ >> id) & 1u) != 0u) {
			partition_report(verify, VERIFY_CLAIM_INTERRUPT, index, id, 0);
		}
	}
}

/* The guest finds its interrupt controller where the board has it. */
static void filters_compare(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	const uint64_t places[2] = {verify->claims->gicd, verify->claims->gicr};

	for (uint32_t i = 0; (i < partition->filter_count) && (i < 2u); i++) {
		const struct plan_filter *filter = &plan_filters(verify->plan)[partition->filter_first + i];

		uint64_t place =
			(filter->kind == (uint16_t)PLAN_FILTER_PCI) ? verify->claims->x86.configuration : places[i];

		if (filter->base != place) {
			partition_report(verify, VERIFY_CLAIM_GIC, index, place, filter->base);
		}
	}
}

static void options_compare(struct verify *verify, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(verify->plan)[index];
	const struct verify_claim_partition *claim = &verify->claims->partitions[index];
	uint32_t flags = 0;

	flags |= claim->wfi_trap ? PLAN_PARTITION_WFI_TRAP : 0u;
	flags |= claim->is_aarch32 ? PLAN_PARTITION_AARCH32 : 0u;
	if (partition->observes != claim->observes) {
		partition_report(verify, VERIFY_CLAIM_OPTIONS, index, claim->observes, partition->observes);
	}
	if (partition->flags != flags) {
		partition_report(verify, VERIFY_CLAIM_OPTIONS, index, flags, partition->flags);
	}
}

void verify_claims_compare(struct verify *verify)
{
	const struct verify_claims *claims = verify->claims;
	uint32_t count = verify->plan->partitions.count;

	board_compare(verify);
	registers_compare(verify);
	if (count != claims->partition_count) {
		verify_report_number(verify, VERIFY_CLAIM_COUNT, verify_owner(VERIFY_IMAGE, 0), claims->partition_count,
				     count);
		count = (count < claims->partition_count) ? count : claims->partition_count;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!name_equal(claims->partitions[i].name, plan_partitions(verify->plan)[i].name)) {
			partition_report(verify, VERIFY_CLAIM_NAME, i, 0, 0);
		}
		cores_compare(verify, i);
		ram_compare(verify, i);
		devices_compare(verify, i);
		interrupts_compare(verify, i);
		filters_compare(verify, i);
		options_compare(verify, i);
		verify->arch->claims_partition(verify, i);
	}
}
