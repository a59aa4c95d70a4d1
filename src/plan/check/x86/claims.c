/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what only x86 has with the configuration. Not here: reading it (planner/verify_x86.c). */
#include "plan/check/x86/parts.h"

struct pair {
	uint64_t there;
	uint64_t here;
};

void x86_claims_compare(struct verify *verify)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	const struct verify_claim_x86 *claim = &verify->claims->x86;
	const struct pair pairs[] = {
		{claim->vendor, x86->vendor},
		{claim->trampoline, x86->trampoline},
		{claim->pins, x86->ioapic_pins},
		{claim->apic_frequency, x86->apic_frequency},
		{claim->tsc_frequency, x86->tsc_frequency},
		{claim->power_off_port, x86->power_off_port},
		{claim->power_off_value, x86->power_off_value},
		{claim->configuration, x86->configuration_pa},
		{claim->buses, x86->buses},
		{claim->iommu, x86->iommu_pa},
	};

	for (uint32_t i = 0; i < (sizeof(pairs) / sizeof(pairs[0])); i++) {
		if (pairs[i].there != pairs[i].here) {
			verify_report_number(verify, VERIFY_CLAIM_X86, verify_owner(VERIFY_IMAGE, 0), pairs[i].there,
					     pairs[i].here);
		}
	}
}

static bool has_function(const struct plan_x86 *x86, const struct verify_claim_function *claim)
{
	bool has = false;

	for (uint32_t i = 0; (i < x86->function_count) && (i < PLAN_X86_FUNCTIONS); i++) {
		const struct plan_x86_function *row = &x86->functions[i];

		has = has || ((row->partition == claim->partition) && (row->id == claim->id) &&
			      (row->msix_count == claim->msix_count) && (row->msix_pa == claim->msix_pa));
	}
	return has;
}

static bool function_is_claimed(const struct verify_claims *claims, const struct plan_x86_function *row)
{
	bool claimed = false;

	for (uint32_t i = 0; i < claims->function_count; i++) {
		claimed = claimed ||
			  ((claims->functions[i].partition == row->partition) && (claims->functions[i].id == row->id));
	}
	return claimed;
}

/* The same functions on both sides, with the same tables of messages; their registers are compared as any device's. */
static void functions_compare(struct verify *verify, uint32_t partition)
{
	const struct plan_x86 *x86 = plan_x86(verify->plan);
	const struct verify_claims *claims = verify->claims;
	struct verify_owner owner = verify_owner(VERIFY_PARTITION, partition);

	for (uint32_t i = 0; (i < x86->function_count) && (i < PLAN_X86_FUNCTIONS); i++) {
		const struct plan_x86_function *row = &x86->functions[i];

		if ((row->partition == partition) && !function_is_claimed(claims, row)) {
			verify_report_number(verify, VERIFY_CLAIM_FUNCTION, owner, row->id, 0);
		}
	}
	for (uint32_t i = 0; i < claims->function_count; i++) {
		const struct verify_claim_function *claim = &claims->functions[i];

		if ((claim->partition == partition) && !has_function(x86, claim)) {
			verify_report_number(verify, VERIFY_CLAIM_NO_FUNCTION, owner, claim->id, 0);
		}
	}
}

static bool is_claimed(const struct verify_claims *claims, uint32_t partition, uint32_t port)
{
	bool claimed = false;

	for (uint32_t i = 0; i < claims->port_count; i++) {
		const struct verify_claim_ports *ports = &claims->ports[i];

		claimed = claimed || ((ports->partition == partition) && (port >= ports->base) &&
				      ((port - ports->base) < ports->count));
	}
	return claimed;
}

/* Port for port the same; a line for each run of those that are not. */
void x86_claims_partition(struct verify *verify, uint32_t partition)
{
	uint32_t end = x86_maps_can_be_read(verify, partition) ? X86_PORTS : 0u;
	enum verify_rule before = VERIFY_OK;

	functions_compare(verify, partition);
	for (uint32_t port = 0; port < end; port++) {
		bool has = x86_maps_has_port(verify, partition, port);
		enum verify_rule rule = VERIFY_OK;

		if (has != is_claimed(verify->claims, partition, port)) {
			rule = has ? VERIFY_CLAIM_PORT : VERIFY_CLAIM_NO_PORT;
		}
		if ((rule != VERIFY_OK) && (rule != before)) {
			verify_report_number(verify, rule, verify_owner(VERIFY_PARTITION, partition), port, 0);
		}
		before = rule;
	}
}
