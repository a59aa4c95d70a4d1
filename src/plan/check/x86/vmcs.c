/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of Intel's control structures that a partition's cores start from (SDM volume 3, chapter 25 and appendix B): all that
 * there are to be, once each, and of controls what a core must be able to do, or it refuses. No row names the host's state, which
 * the hypervisor writes behind them. Not here: the maps that they name.
 */
#include "plan/check/x86/parts.h"

#define FIELDS_MOST 128u

/* Fields (appendix B) by the registers that a guest has, of which each segment's follow the last one's. */
#define SELECTOR_ES 0x0800u
#define LIMIT_ES 0x4800u
#define ACCESS_ES 0x4814u
#define BASE_ES 0x6806u
#define NUMBER_LDTR 6u
#define NUMBER_TR 7u
#define ACCESS_NONE 0x10000u

/*
 * 25.6.1 to 25.8.1: NMI, and virtual ones for the guest; MWAIT, RDPMC, ports and MSRs by their maps, MONITOR; nested paging, VPID,
 * WBINVD, by which a guest empties others' caches, unrestricted guests; DR7, PAT and EFER of the guest's own. Interrupts and HLT
 * are the guest's. INVD, CPUID, XSETBV, VMX's own instructions exit always.
 */
#define PIN 0x28u
#define PROCESSOR 0xb2000c00u
#define SECONDARY 0xe2u
#define SECONDARY_OFFERED 0x101008u /* RDTSCP, INVPCID, XSAVES: where a core has them, the guest has them */
#define EXIT 0x3c0204u
#define ENTRY 0xc004u
#define ENTRY_LONG 0x200u
#define EXCEPTIONS 0x60002u /* #DB and #AC, which a core can deliver for ever; machine checks */

#define EPT_FORMAT                                                                                                     \
	UINT64_C(0x1e) /* 25.6.11: write-back, 4 levels; no accessed and dirty flags, which CRCs would not survive */
#define CR0_OWNED UINT64_C(0x60000020) /* CD and NW: caches stay on; NE, which VMX demands */
#define CR0_FIXED 0x20u
#define CR4_GUEST UINT64_C(0x770fbf) /* the rest is not for guests: VMXE, SMXE, MCE and what nobody has looked at */
#define CR4_FIXED 0x2040u            /* VMXE; MCE, without which a machine check ends the machine */
#define NO_LINK UINT64_MAX

struct field {
	uint32_t number;
	uint32_t demanded;
	uint64_t value;
};

struct fields {
	struct field list[FIELDS_MOST];
	uint32_t count;
};

static void vmcs_put_control(struct fields *fields, uint32_t number, uint64_t value, uint32_t demanded)
{
	if (fields->count < FIELDS_MOST) {
		fields->list[fields->count] = (struct field){.number = number, .demanded = demanded, .value = value};
		fields->count++;
	}
}

static void vmcs_put(struct fields *fields, uint32_t number, uint64_t value)
{
	vmcs_put_control(fields, number, value, 0);
}

static void vmcs_put_zeros(struct fields *fields)
{
	static const uint32_t numbers[] = {
		0x2802u,                   /* DEBUGCTL */
		0x4006u, 0x4008u,          /* which page faults exit */
		0x400au,                   /* CR3s that do not exit */
		0x400eu, 0x4010u, 0x4014u, /* MSRs that exits save and load, and entries load */
		0x4016u,                   /* an event to inject */
		0x4824u, 0x4826u,          /* what blocks interrupts; activity */
		0x482au, 0x6824u, 0x6826u, /* SYSENTER_CS, _ESP, _EIP */
		0x6818u,                   /* IDTR's base */
		0x681cu, 0x681eu,          /* RSP, RIP: the hypervisor adds where */
		0x6822u,                   /* pending debug exceptions */
	};

	for (uint32_t i = 0; i < (sizeof(numbers) / sizeof(numbers[0])); i++) {
		vmcs_put(fields, numbers[i], 0);
	}
}

/* What isolates the partition. */
static void vmcs_put_controls(struct fields *fields, const struct plan_partition *partition,
			      const struct plan_x86_partition *row)
{
	vmcs_put_control(fields, 0x4000u, PIN, PIN);
	vmcs_put_control(fields, 0x4002u, PROCESSOR, PROCESSOR);
	vmcs_put_control(fields, 0x401eu, SECONDARY | SECONDARY_OFFERED, SECONDARY);
	vmcs_put_control(fields, 0x400cu, EXIT, EXIT);
	vmcs_put(fields, 0x4004u, EXCEPTIONS);
	vmcs_put(fields, 0x0000u, partition->vmid);
	vmcs_put(fields, 0x201au, partition->stage2_root | EPT_FORMAT);
	vmcs_put(fields, 0x2000u, row->port_map);
	vmcs_put(fields, 0x2002u, row->port_map + VERIFY_PAGE);
	vmcs_put(fields, 0x2004u, row->msr_map);
	vmcs_put(fields, 0x2800u, NO_LINK);
	vmcs_put(fields, 0x6000u, CR0_OWNED);
	vmcs_put(fields, 0x6002u, ~CR4_GUEST);
}

static void vmcs_put_segment(struct fields *fields, uint32_t number, const struct x86_segment *segment)
{
	vmcs_put(fields, SELECTOR_ES + (2u * number), segment->selector);
	vmcs_put(fields, LIMIT_ES + (2u * number), segment->limit);
	vmcs_put(fields, ACCESS_ES + (2u * number), segment->access);
	vmcs_put(fields, BASE_ES + (2u * number), 0);
}

static void vmcs_put_state(struct fields *fields, const struct x86_state *state)
{
	static const struct x86_segment table = {0, ACCESS_NONE, X86_SYSTEM_LIMIT};
	static const struct x86_segment task = {0, X86_TASK_ACCESS, X86_SYSTEM_LIMIT};
	uint32_t entry = ENTRY | ((state->efer != 0u) ? ENTRY_LONG : 0u);

	for (uint32_t i = 0; i < X86_SEGMENTS; i++) {
		vmcs_put_segment(fields, i, &state->segments[i]);
	}
	vmcs_put_segment(fields, NUMBER_LDTR, &table);
	vmcs_put_segment(fields, NUMBER_TR, &task);
	vmcs_put(fields, 0x4810u, state->gdtr_limit);
	vmcs_put(fields, 0x4812u, state->idtr_limit);
	vmcs_put(fields, 0x6816u, state->gdtr_base);
	vmcs_put_control(fields, 0x4012u, entry, entry);
	vmcs_put(fields, 0x2804u, X86_PAT);
	vmcs_put(fields, 0x2806u, state->efer);
	vmcs_put(fields, 0x6004u, state->cr0); /* as the guest reads it */
	vmcs_put(fields, 0x6006u, state->cr4);
	vmcs_put(fields, 0x6800u, state->cr0 | CR0_FIXED);
	vmcs_put(fields, 0x6802u, state->cr3);
	vmcs_put(fields, 0x6804u, state->cr4 | CR4_FIXED);
	vmcs_put(fields, 0x681au, X86_DR7);
	vmcs_put(fields, 0x6820u, X86_RFLAGS);
}

/* ---- rows ------------------------------------------------------------------------------------------------------------ */

struct span {
	uint32_t first;
	uint32_t count;
};

/* The one row of the span for the field; NULL where there is none, or are several. */
static const struct plan_vmcs *vmcs_row(const struct verify *verify, struct span span, uint32_t number)
{
	const struct plan_vmcs *found = NULL;
	uint32_t count = 0;

	for (uint32_t i = 0; i < span.count; i++) {
		const struct plan_vmcs *row = &plan_vmcs(verify->plan)[span.first + i];

		if (row->field == number) {
			found = row;
			count++;
		}
	}
	return (count == 1u) ? found : NULL;
}

static bool is_known(const struct fields *fields, uint32_t number)
{
	bool known = false;

	for (uint32_t i = 0; i < fields->count; i++) {
		known = known || (fields->list[i].number == number);
	}
	return known;
}

/* Each field has its value, and no other field has any. */
static void span_check(struct verify *verify, uint32_t partition, struct span span, const struct x86_state *state)
{
	const struct plan_header *plan = verify->plan;
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, partition);
	struct fields fields = {.count = 0};

	vmcs_put_controls(&fields, &plan_partitions(plan)[partition], &plan_x86(plan)->partitions[partition]);
	vmcs_put_zeros(&fields);
	vmcs_put_state(&fields, state);
	for (uint32_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		const struct plan_vmcs *row = vmcs_row(verify, span, field->number);

		if (row == NULL) {
			verify_report_number(verify, VERIFY_VMCS_COUNT, owner, field->number, 0);
		} else if (row->value != field->value) {
			verify_report_number(verify, VERIFY_VMCS, owner, field->number, row->value);
		} else if (row->required != field->demanded) {
			verify_report_number(verify, VERIFY_VMCS_DEMAND, owner, field->number, row->required);
		} else {
			/* right */
		}
	}
	for (uint32_t i = 0; i < span.count; i++) {
		const struct plan_vmcs *row = &plan_vmcs(plan)[span.first + i];

		if (!is_known(&fields, row->field)) {
			verify_report_number(verify, VERIFY_VMCS, owner, row->field, row->value);
		}
	}
}

void x86_vmcs_check(struct verify *verify, uint32_t partition)
{
	const struct plan_x86_partition *row = &plan_x86(verify->plan)->partitions[partition];
	struct span start = {.first = row->start_first, .count = row->start_count};
	struct span reset = {.first = row->reset_first, .count = row->reset_count};

	span_check(verify, partition, start, &x86_state_start);
	span_check(verify, partition, reset, &x86_state_reset);
}

static bool vmcs_span_fits(const struct plan_header *plan, uint32_t first, uint32_t count)
{
	return (first <= plan->vmcs.count) && (count <= (plan->vmcs.count - first));
}

bool x86_vmcs_refers(struct verify *verify)
{
	const struct plan_header *plan = verify->plan;
	uint64_t taken = 0;
	bool fit = true;

	for (uint32_t i = 0; x86_is_intel(plan) && (i < plan->partitions.count); i++) {
		const struct plan_x86_partition *row = &plan_x86(plan)->partitions[i];

		fit = fit && vmcs_span_fits(plan, row->start_first, row->start_count) &&
		      vmcs_span_fits(plan, row->reset_first, row->reset_count);
		taken += (uint64_t)row->start_count + row->reset_count;
	}
	if (!fit || (taken != plan->vmcs.count)) {
		verify_report_number(verify, VERIFY_REFERENCE, verify_owner(VERIFY_IMAGE, 0), 0, 0);
		return false;
	}
	return true;
}
