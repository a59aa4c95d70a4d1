/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of an image: whether the plan is found, whole, and can be read without going astray. What fails here ends the
 * verification. Not here: what the plan says.
 */
#include "plan/check/arch.h"

#define ARCHITECTURES 2u
#define BLOCK UINT64_C(0x200000)
#define MAX_ROWS 4096u
#define SIZE_LIMIT 0x200000u /* of a plan: the target's */
#define MAX_SIZE (UINT64_C(1) << 47)

static bool fail(struct verify *verify, enum verify_rule rule, uint64_t number, uint64_t at)
{
	verify_report_number(verify, rule, verify_owner(VERIFY_IMAGE, 0), number, at);
	return false;
}

/* Number `index` of all that there are. */
static const struct verify_arch *architecture(uint32_t index)
{
	return (index == 0u) ? &verify_armv8 : &verify_x86;
}

static bool find(struct verify *verify)
{
	bool is_image = false;

	for (uint32_t i = 0; i < ARCHITECTURES; i++) {
		is_image = is_image || architecture(i)->begins(verify->image, verify->size);
	}
	if (!is_image) {
		return fail(verify, VERIFY_NO_IMAGE, 0, 0);
	}
	for (uint64_t at = 0; (verify->plan == NULL) && verify_inside(at, sizeof(struct plan_header), 0, verify->size);
	     at += VERIFY_PAGE) {
		const struct plan_header *plan = plan_header_at(verify->image, at);

		if ((plan->magic == PLAN_MAGIC) && ((plan->plan_base - plan->image_base) == at)) {
			verify->plan = plan;
		}
	}
	return (verify->plan != NULL) || fail(verify, VERIFY_NO_PLAN, 0, 0);
}

static bool intact(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const uint8_t *bytes = (const uint8_t *)plan;
	uint64_t version = offsetof(struct plan_header, version);

	if (plan->version != PLAN_VERSION) {
		return fail(verify, VERIFY_FORMAT, plan->version, PLAN_VERSION);
	}
	if (verify_crc32(&bytes[version], sizeof(*plan) - version) != plan->header_crc) {
		return fail(verify, VERIFY_HEADER_CRC, 0, 0);
	}
	if (plan->image_size != verify->size) {
		return fail(verify, VERIFY_FILE_SIZE, plan->image_size, verify->size);
	}
	if ((plan->size < sizeof(*plan)) || (plan->size >= SIZE_LIMIT) || ((plan->size % 8u) != 0u) ||
	    !verify_inside(plan->plan_base - plan->image_base, plan->size, 0, verify->size)) {
		return fail(verify, VERIFY_ARRAY, 0, 0);
	}
	return (verify_crc32(&bytes[sizeof(*plan)], plan->size - sizeof(*plan)) == plan->body_crc) ||
	       fail(verify, VERIFY_BODY_CRC, 0, 0);
}

struct bound {
	struct plan_array array;
	uint64_t row; /* bytes */
	uint32_t limit;
};

static bool arrays_inside(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct bound bounds[] = {
		{.array = plan->cores, .row = sizeof(struct plan_core), .limit = PLAN_MAX_CORES},
		{.array = plan->partitions, .row = sizeof(struct plan_partition), .limit = PLAN_MAX_PARTITIONS},
		{.array = plan->vcpus, .row = sizeof(struct plan_vcpu), .limit = PLAN_MAX_CORES},
		{.array = plan->windows, .row = sizeof(struct plan_window), .limit = MAX_ROWS},
		{.array = plan->filters, .row = sizeof(struct plan_filter), .limit = MAX_ROWS},
		{.array = plan->interrupts, .row = sizeof(struct plan_interrupt), .limit = PLAN_INTERRUPTS},
		{.array = plan->images, .row = sizeof(struct plan_image), .limit = MAX_ROWS},
		{.array = plan->roots, .row = sizeof(struct plan_root), .limit = MAX_ROWS * 4u},
		{.array = plan->table_sets, .row = sizeof(struct plan_table_set), .limit = MAX_ROWS},
		{.array = plan->memory, .row = sizeof(struct plan_range), .limit = MAX_ROWS},
		{.array = plan->x86, .row = sizeof(struct plan_x86), .limit = verify->arch->x86_rows},
		{.array = plan->vmcs, .row = sizeof(struct plan_vmcs), .limit = verify->arch->x86_rows * MAX_ROWS * 2u},
	};
	bool fit =
		(plan->cores.count != 0u) && (plan->memory.count != 0u) && (plan->x86.count == verify->arch->x86_rows);

	for (uint32_t i = 0; i < (sizeof(bounds) / sizeof(bounds[0])); i++) {
		const struct bound *bound = &bounds[i];

		if ((bound->array.count > bound->limit) || ((bound->array.offset % 8u) != 0u) ||
		    !verify_inside(bound->array.offset, bound->array.count * bound->row, sizeof(*plan),
				   plan->size - sizeof(*plan))) {
			fit = fail(verify, VERIFY_ARRAY, i, 0);
		}
	}
	return fit || ((verify->violation_count == 0u) && fail(verify, VERIFY_ARRAY, 0, 0));
}

/* Pieces in the order of plan.h's picture, on page boundaries, the golden area behind them; sums cannot wrap. */
static bool laid_out(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	const struct verify_region pieces[] = {
		{.pa = plan->image_base, .size = VERIFY_PAGE, .owner = {VERIFY_CODE, 0}},
		{.pa = plan->plan_base, .size = plan->size, .owner = {VERIFY_PLAN, 0}},
		{.pa = plan->table_base, .size = plan->table_size, .owner = {VERIFY_TABLES, 0}},
		{.pa = plan->shared_base, .size = plan->shared_size, .owner = {VERIFY_SHARED, 0}},
		{.pa = plan->private_base, .size = plan->private_size, .owner = {VERIFY_STACK, 0}},
	};
	uint64_t end = 0;
	bool right = true;

	for (uint32_t i = 0; i < (sizeof(pieces) / sizeof(pieces[0])); i++) {
		const struct verify_region *piece = &pieces[i];

		if ((piece->pa < end) || (piece->pa > MAX_SIZE) || (piece->size > MAX_SIZE) ||
		    ((piece->pa % VERIFY_PAGE) != 0u) ||
		    !verify_inside(piece->pa, piece->size, plan->image_base, verify->size)) {
			verify_report(verify, (struct verify_violation){.rule = VERIFY_LAYOUT,
									.other = piece->owner,
									.address = piece->pa});
			right = false;
		}
		end = piece->pa + piece->size;
	}
	if ((plan->golden_size != 0u) &&
	    ((plan->golden_base < end) || (plan->golden_base > MAX_SIZE) || (plan->golden_size > MAX_SIZE) ||
	     (((plan->golden_base | plan->golden_size) % BLOCK) != 0u))) {
		verify_report(verify, (struct verify_violation){.rule = VERIFY_LAYOUT,
								.other = {VERIFY_GOLDEN_AREA, 0},
								.address = plan->golden_base});
		right = false;
	}
	if ((((plan->table_size | plan->shared_size) % VERIFY_PAGE) != 0u) ||
	    (plan->private_size != ((uint64_t)plan->cores.count * (PLAN_STACK_SIZE + PLAN_LOG_SIZE)))) {
		right = fail(verify, VERIFY_LAYOUT, plan->private_base, 0);
	}
	return right;
}

static bool span_fits(uint32_t first, uint32_t count, struct plan_array array)
{
	return (first <= array.count) && (count <= (array.count - first));
}

static bool partition_spans(const struct verify *verify, uint32_t index)
{
	const struct plan_header *plan = verify->plan;
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	bool own = span_fits(partition->vcpu_first, partition->vcpu_count, plan->vcpus) &&
		   span_fits(partition->window_first, partition->window_count, plan->windows) &&
		   span_fits(partition->filter_first, partition->filter_count, plan->filters) &&
		   span_fits(partition->image_first, partition->image_count, plan->images) &&
		   span_fits(partition->root_first, partition->root_count, plan->roots) &&
		   span_fits(partition->interrupt_first, partition->interrupt_count, plan->interrupts) &&
		   (partition->vcpu_count != 0u) &&
		   (partition->filter_count == verify->arch->filter_count(plan, index)) &&
		   (partition->name[PLAN_NAME - 1u] == '\0') && (partition->name[0] != '\0');

	for (uint32_t i = 0; own && (i < partition->vcpu_count); i++) {
		own = plan_vcpus(plan)[partition->vcpu_first + i].partition == index;
	}
	for (uint32_t i = 0; own && (i < partition->window_count); i++) {
		own = plan_windows(plan)[partition->window_first + i].partition == index;
	}
	for (uint32_t i = 0; own && (i < partition->filter_count); i++) {
		own = plan_filters(plan)[partition->filter_first + i].partition == index;
	}
	for (uint32_t i = 0; own && (i < partition->image_count); i++) {
		own = plan_images(plan)[partition->image_first + i].partition == index;
	}
	for (uint32_t i = 0; own && (i < partition->interrupt_count); i++) {
		own = plan_interrupts(plan)[partition->interrupt_first + i].partition == index;
	}
	return own;
}

/*
 * Each row names its partition and stands in that partition's span. Rows of roots, which name nobody, have one span each if
 * their spans are as long together as their array.
 */
static bool partitions_refer(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t vcpus = 0;
	uint64_t windows = 0;
	uint64_t filters = 0;
	uint64_t interrupts = 0;
	uint64_t images = 0;
	uint64_t roots = 0;
	bool refer = true;

	for (uint32_t i = 0; i < plan->partitions.count; i++) {
		const struct plan_partition *partition = &plan_partitions(plan)[i];

		if (!partition_spans(verify, i)) {
			verify_report_number(verify, VERIFY_REFERENCE, verify_owner(VERIFY_PARTITION, i), 0, 0);
			refer = false;
		}
		vcpus += partition->vcpu_count;
		windows += partition->window_count;
		filters += partition->filter_count;
		interrupts += partition->interrupt_count;
		images += partition->image_count;
		roots += partition->root_count;
	}
	if (refer && ((vcpus != plan->vcpus.count) || (windows != plan->windows.count) ||
		      (filters != plan->filters.count) || (interrupts != plan->interrupts.count) ||
		      (images != plan->images.count) || (roots != plan->roots.count))) {
		refer = fail(verify, VERIFY_REFERENCE, 0, 0);
	}
	return refer;
}

static bool cores_refer(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	bool refer = true;

	for (uint32_t i = 0; i < plan->vcpus.count; i++) {
		const struct plan_vcpu *vcpu = &plan_vcpus(plan)[i];

		refer = refer && (vcpu->core < plan->cores.count) && (vcpu->partition < plan->partitions.count);
	}
	if (!refer) {
		(void)fail(verify, VERIFY_REFERENCE, 0, 0);
	}
	for (uint32_t i = 0; i < plan->cores.count; i++) {
		const struct plan_core *core = &plan_cores(plan)[i];
		bool owned = (core->partition < plan->partitions.count) && (core->vcpu < plan->vcpus.count);

		if ((!owned && ((core->partition != PLAN_NONE) || (core->vcpu != PLAN_NONE))) ||
		    !span_fits(core->table_set_first, core->table_set_count, plan->table_sets) ||
		    (core->table_set_count < PLAN_BOOT_TABLE_SETS)) {
			verify_report_number(verify, VERIFY_REFERENCE, verify_owner(VERIFY_CORE, i), 0, 0);
			refer = false;
		}
	}
	return refer;
}

static bool kinds_known(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;

	for (uint32_t i = 0; i < ARCHITECTURES; i++) {
		if (plan->arch == (uint32_t)architecture(i)->arch) {
			verify->arch = architecture(i);
		}
	}
	if ((verify->arch == NULL) || !verify->arch->is_known(plan)) {
		return fail(verify, VERIFY_UNKNOWN, plan->arch, plan->gic);
	}
	return verify->arch->begins(verify->image, verify->size) || fail(verify, VERIFY_NO_IMAGE, 0, 0);
}

bool verify_frame(struct verify *verify)
{
	return find(verify) && intact(verify) && kinds_known(verify) && arrays_inside(verify) && laid_out(verify) &&
	       partitions_refer(verify) && cores_refer(verify) && verify->arch->refers(verify);
}
