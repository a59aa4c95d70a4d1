/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the verification, its results, and who owns an address. Not here: the rules (beside this file). */
#include "plan/check.h"
#include "plan/check/arch.h"

bool verify_inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size)
{
	return (base >= outer) && (size <= outer_size) && ((base - outer) <= (outer_size - size));
}

bool verify_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return (a_size != 0u) && (b_size != 0u) && ((a < b) ? ((b - a) < a_size) : ((a - b) < b_size));
}

bool verify_touches_ram(const struct verify *verify, uint64_t base, uint64_t size)
{
	bool touches = false;

	for (uint32_t i = 0; i < verify->plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(verify->plan)[i];

		touches = touches || verify_overlap(base, size, range->base, range->size);
	}
	return touches;
}

bool verify_in_ram(const struct verify *verify, uint64_t base, uint64_t size)
{
	bool inside = false;

	for (uint32_t i = 0; i < verify->plan->memory.count; i++) {
		const struct plan_range *range = &plan_memory(verify->plan)[i];

		inside = inside || verify_inside(base, size, range->base, range->size);
	}
	return inside;
}

struct verify_owner verify_holder(const struct verify *verify, uint64_t base, uint64_t size)
{
	struct verify_owner owner = verify->arch->holder(verify, base, size);

	for (uint32_t i = 0; (verify->claims != NULL) && (i < verify->claims->controller_count); i++) {
		const struct plan_range *registers = &verify->claims->controllers[i];

		if ((owner.kind == VERIFY_NOBODY) && verify_overlap(base, size, registers->base, registers->size)) {
			owner = verify_owner(VERIFY_BOARD, 0);
		}
	}
	return owner;
}

struct verify_owner verify_owner(enum verify_owner_kind kind, uint32_t index)
{
	return (struct verify_owner){kind, index};
}

static bool owner_equal(struct verify_owner a, struct verify_owner b)
{
	return (a.kind == b.kind) && (a.index == b.index);
}

static bool goes_on(const struct verify_violation *last, const struct verify_violation *next)
{
	return (next->size != 0u) && (last->size != 0u) && (last->rule == next->rule) &&
	       owner_equal(last->subject, next->subject) && owner_equal(last->other, next->other) &&
	       ((last->address + last->size) == next->address) && ((last->at + last->size) == next->at);
}

void verify_report(struct verify *verify, struct verify_violation violation)
{
	struct verify_violation *last = (verify->kept != 0u) ? &verify->violations[verify->kept - 1u] : NULL;

	if ((last != NULL) && (verify->kept == verify->violation_count) && goes_on(last, &violation)) {
		last->size += violation.size;
		return;
	}
	if ((last != NULL) && (last->rule == violation.rule) && owner_equal(last->subject, violation.subject) &&
	    owner_equal(last->other, violation.other) && (last->address == violation.address) &&
	    (last->at == violation.at) && (last->size == violation.size)) {
		return; /* said from both sides */
	}
	if (verify->kept < VERIFY_VIOLATIONS) {
		verify->violations[verify->kept] = violation;
		verify->kept++;
	}
	verify->violation_count++;
}

void verify_report_number(struct verify *verify, enum verify_rule rule, struct verify_owner subject, uint64_t number,
			  uint64_t at)
{
	verify_report(verify, (struct verify_violation){.rule = rule, .subject = subject, .address = number, .at = at});
}

void verify_report_address(struct verify *verify, enum verify_rule rule, struct verify_owner subject, uint64_t address,
			   uint64_t at)
{
	verify_report(verify, (struct verify_violation){.rule = rule,
							.subject = subject,
							.other = verify_owner_of(verify, address),
							.address = address,
							.at = at});
}

static struct verify_owner owner_in_image(const struct verify *verify, uint64_t pa)
{
	const struct plan_header *plan = verify->plan;
	uint64_t per_core = (uint64_t)PLAN_STACK_SIZE + PLAN_LOG_SIZE;

	if (pa >= plan->private_base) {
		uint64_t core = (pa - plan->private_base) / per_core;

		return verify_owner(VERIFY_STACK, (core < plan->cores.count) ? (uint32_t)core : 0u);
	}
	if (pa >= plan->shared_base) {
		return verify_owner(VERIFY_SHARED, 0);
	}
	if (pa >= plan->table_base) {
		return verify_owner(VERIFY_TABLES, 0);
	}
	return verify_owner((pa >= plan->plan_base) ? VERIFY_PLAN : VERIFY_CODE, 0);
}

static struct verify_owner owner_golden(const struct verify *verify, uint64_t pa)
{
	struct verify_owner owner = verify_owner(VERIFY_GOLDEN_AREA, 0);

	for (uint32_t i = 0; i < verify->plan->images.count; i++) {
		const struct plan_image *image = &plan_images(verify->plan)[i];

		if (verify_inside(pa, 1u, image->golden, image->size)) {
			owner = verify_owner(VERIFY_GOLDEN, image->partition);
		}
	}
	return owner;
}

/* Registers, or what is nobody's. */
static struct verify_owner owner_elsewhere(const struct verify *verify, uint64_t pa)
{
	return verify_in_ram(verify, pa, 1u) ? verify_owner(VERIFY_FREE, 0) : verify_holder(verify, pa, 1u);
}

struct verify_owner verify_owner_of(const struct verify *verify, uint64_t pa)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner owner = verify_owner(VERIFY_NOBODY, 0);

	if (verify_inside(pa, 1u, plan->image_base, plan->private_base + plan->private_size - plan->image_base)) {
		return owner_in_image(verify, pa);
	}
	if (verify_inside(pa, 1u, plan->golden_base, plan->golden_size)) {
		return owner_golden(verify, pa);
	}
	if (verify_inside(pa, 1u, plan->image_base, verify->size)) {
		return verify_owner(VERIFY_IMAGE, 0);
	}
	for (uint32_t i = 0; (owner.kind == VERIFY_NOBODY) && (i < plan->windows.count); i++) {
		const struct plan_window *window = &plan_windows(plan)[i];

		/* every partition has a GICv2's interface: it is nobody's */
		if ((window->kind != (uint16_t)PLAN_WINDOW_INTERFACE) &&
		    verify_inside(pa, 1u, window->pa, window->size)) {
			owner = verify_owner((window->kind == (uint16_t)PLAN_WINDOW_RAM) ? VERIFY_RAM : VERIFY_DEVICE,
					     window->partition);
		}
	}
	return (owner.kind == VERIFY_NOBODY) ? owner_elsewhere(verify, pa) : owner;
}

/* What only the target's own check finds, which is then a hole in the rules here. */
static void verify_target(struct verify *verify)
{
	enum refusal refusal = plan_check(verify->plan, verify->arch->arch);

	if ((verify->violation_count == 0u) && (refusal != REFUSAL_NONE)) {
		verify_report_number(verify, VERIFY_TARGET, verify_owner(VERIFY_IMAGE, 0), (uint64_t)refusal, 0);
	}
}

void verify_image(struct verify *verify, const uint8_t *image, uint64_t size, const struct verify_claims *claims)
{
	verify->image = image;
	verify->size = size;
	verify->claims = claims;
	verify->plan = NULL;
	verify->arch = NULL;
	verify->trees = 0;
	verify->tables = 0;
	verify->leaves = 0;
	verify->pages = 0;
	verify->violation_count = 0;
	verify->kept = 0;
	verify->region_count = 0;
	for (uint32_t i = 0; i < PLAN_MAX_CORES; i++) {
		verify->gicr_pa[i] = 0;
		verify->stack_pa[i] = 0;
		verify->writable_table[i] = 0;
	}
	verify->console_pa = 0;
	verify->console_size = 0;
	if (verify_frame(verify)) {
		verify_content(verify);
		verify_el2(verify);
		verify_stage2(verify);
		verify_rows(verify);
		verify_sets(verify);
		if (claims != NULL) {
			verify_claims_compare(verify);
			verify_images_compare(verify);
		}
		verify_target(verify);
	}
}
