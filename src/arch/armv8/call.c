/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls by HVC and SMC (SMCCC, Arm DEN 0028): PSCI and the architecture range are answered here for the caller's
 * partition, the vendor range by core. Firmware never hears of them.
 */
#include "arch/armv8/exit.h"
#include "arch/armv8/exit_asm.h"
#include "core/entry.h"
#include "plan/view.h"

#define SMCCC_VERSION 0x80000000u
#define SMCCC_VERSION_1_1 0x10001u
#define PSCI_VERSION_1_1 0x10001u

/* PSCI return codes (Arm DEN 0022, 5.2.2) */
#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)

#define MIGRATION_NOT_REQUIRED 2
#define OWNER(function) (((function) >> 24) & 0x3fu)
#define OWNER_VENDOR_HYP 6u
#define FAST_CALL 0x80000000u
#define CALL_64 0x40000000u

/* The value of argument `index`: 32 bits wide in a 32-bit call. */
static uint64_t argument(const struct exit_frame *frame, uint32_t index)
{
	return ((frame->x[0] & CALL_64) != 0u) ? frame->x[index] : (uint32_t)frame->x[index];
}

static void answer(struct exit_frame *frame, int64_t value)
{
	frame->x[0] = (uint64_t)value;
}

static void psci_version(struct exit_frame *frame)
{
	answer(frame, PSCI_VERSION_1_1);
}

static void call_unknown(struct exit_frame *frame)
{
	answer(frame, PSCI_NOT_SUPPORTED);
}

/* The partition's virtual core that `affinity` names, or its vcpu_count. */
static uint32_t vcpu_named(const struct core_state *core, uint64_t affinity)
{
	uint32_t number = 0;

	while ((number < core->vcpu_count) && (core->vcpus[number].virtual_id != affinity)) {
		number++;
	}
	return number;
}

/* Power-down and standby states alike: a standby that ends at once is a valid one (DEN 0022, 5.1.2). */
static void psci_cpu_suspend(struct exit_frame *frame)
{
	answer(frame, PSCI_SUCCESS);
}

static void psci_cpu_off(struct exit_frame *frame)
{
	(void)frame;
	core_vcpu_off();
}

static void psci_cpu_on(struct exit_frame *frame)
{
	static const int8_t results[] = {
		[VCPU_ON_OK] = PSCI_SUCCESS,         [VCPU_ON_INVALID] = PSCI_INVALID_PARAMETERS,
		[VCPU_ON_ALREADY] = PSCI_ALREADY_ON, [VCPU_ON_PENDING] = PSCI_ON_PENDING,
		[VCPU_ON_DENIED] = PSCI_DENIED,
	};
	const struct core_state *core = self();
	gpaddr_t entry = {argument(frame, 2)};

	answer(frame, results[core_vcpu_on(vcpu_named(core, argument(frame, 1)), entry, argument(frame, 3))]);
}

static void psci_affinity_info(struct exit_frame *frame)
{
	const struct core_state *core = self();
	uint32_t number = vcpu_named(core, argument(frame, 1));

	if ((number >= core->vcpu_count) || (argument(frame, 2) != 0u)) { /* level 0 is all there is */
		answer(frame, PSCI_INVALID_PARAMETERS);
	} else {
		answer(frame, (int64_t)core_vcpu_power(number));
	}
}

static void psci_migrate_info_type(struct exit_frame *frame)
{
	answer(frame, MIGRATION_NOT_REQUIRED);
}

static void psci_system_off(struct exit_frame *frame)
{
	(void)frame;
	core_partition_end(false);
}

static void psci_system_reset(struct exit_frame *frame)
{
	(void)frame;
	core_partition_end(true);
}

/* SYSTEM_RESET2: the architectural warm reset only (DEN 0022, 5.16). */
static void psci_system_reset2(struct exit_frame *frame)
{
	if ((uint32_t)argument(frame, 1) == 0u) {
		core_partition_end(true);
	}
	answer(frame, PSCI_INVALID_PARAMETERS);
}

static void psci_features(struct exit_frame *frame);

typedef void (*call_handler)(struct exit_frame *frame);

/* PSCI's 32- and 64-bit forms of function `number`, as the vectors index them. */
#define FORM_32(number) (4u * (number))
#define FORM_64(number) ((4u * (number)) + 1u)

/* NULL: there is no such call (MIGRATE, CPU_FREEZE, STAT, ...). Called by the vectors. */
extern const call_handler psci_calls[PSCI_SLOTS];
const call_handler psci_calls[PSCI_SLOTS] = {
	[FORM_32(0x00u)] = psci_version,
	[FORM_32(0x01u)] = psci_cpu_suspend,
	[FORM_64(0x01u)] = psci_cpu_suspend,
	[FORM_32(0x02u)] = psci_cpu_off,
	[FORM_32(0x03u)] = psci_cpu_on,
	[FORM_64(0x03u)] = psci_cpu_on,
	[FORM_32(0x04u)] = psci_affinity_info,
	[FORM_64(0x04u)] = psci_affinity_info,
	[FORM_32(0x06u)] = psci_migrate_info_type,
	[FORM_32(0x08u)] = psci_system_off,
	[FORM_32(0x09u)] = psci_system_reset,
	[FORM_32(0x0au)] = psci_features,
	[FORM_32(0x12u)] = psci_system_reset2,
	[FORM_64(0x12u)] = psci_system_reset2,
};

static bool psci_known(uint32_t function)
{
	uint32_t number = function - PSCI_FIRST;
	uint32_t slot = (number << 2) | (number >> 30);

	return (slot < PSCI_SLOTS) && (psci_calls[slot] != NULL);
}

static void psci_features(struct exit_frame *frame)
{
	uint32_t function = (uint32_t)argument(frame, 1);
	bool known = psci_known(function) || (function == SMCCC_VERSION);

	answer(frame, known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

void call_refuse(struct exit_frame *frame)
{
	self()->exits[EXIT_PSCI]++;
	call_unknown(frame);
}

/*
 * Of the architecture range only SMCCC_VERSION (DEN 0028, 7.2): workarounds are not offered, so that no guest calls them at
 * each of its exceptions.
 */
void call_other(struct exit_frame *frame)
{
	uint32_t function = (uint32_t)frame->x[0];

	if (((function & FAST_CALL) != 0u) && (OWNER(function) == OWNER_VENDOR_HYP)) {
		if (!core_on_service(function, frame->x)) {
			call_unknown(frame);
		}
	} else if (function == SMCCC_VERSION) {
		self()->exits[EXIT_PSCI]++;
		answer(frame, SMCCC_VERSION_1_1);
	} else {
		call_refuse(frame);
	}
}
