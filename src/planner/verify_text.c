/* SPDX-License-Identifier: Apache-2.0 */
/* The words of plan/check/verify.h's rules with owners, addresses and sizes put in. */
#include "planner/verify_text.h"

#include <inttypes.h>
#include <string.h>

#include "plan/view.h"
#include "planner/check_parts.h"
#include "planner/memory.h"

#define RULE_TEXT(name, text) [name] = (text),
static const char *const rules[] = {VERIFY_RULES(RULE_TEXT)};
static const char *const rules_x86[VERIFY_RULE_COUNT] = {VERIFY_RULES_X86(RULE_TEXT)};

/* What each kind of owner is called; %s is the partition's name or the core's MPIDR. */
static const char *const owners[] = {
	[VERIFY_NOBODY] = "an address that nobody has",
	[VERIFY_FREE] = "RAM that nobody has",
	[VERIFY_PARTITION] = "partition '%s'",
	[VERIFY_RAM] = "RAM of partition '%s'",
	[VERIFY_DEVICE] = "a device of partition '%s'",
	[VERIFY_GOLDEN] = "a golden image of partition '%s'",
	[VERIFY_CORE] = "core %s at EL2",
	[VERIFY_LOADER] = "core %s at EL2 while loading",
	[VERIFY_STACK] = "the hypervisor's stack or log of core %s",
	[VERIFY_GICR] = "the redistributor of core %s",
	[VERIFY_GICD] = "the interrupt distributor",
	[VERIFY_CODE] = "the hypervisor's code and data",
	[VERIFY_PLAN] = "the plan",
	[VERIFY_TABLES] = "the translation tables",
	[VERIFY_SHARED] = "the stage-2 roots and run-time state",
	[VERIFY_GOLDEN_AREA] = "the golden area",
	[VERIFY_IMAGE] = "the image",
	[VERIFY_BOARD] = "the interrupt controller",
	[VERIFY_IOAPIC] = "the I/O APIC",
	[VERIFY_TRAMPOLINE] = "the page where cores begin",
	[VERIFY_PCI] = "PCI's configuration space",
	[VERIFY_IOMMU] = "the IOMMU",
	[VERIFY_MESSAGES] = "a PCI function's table of messages",
};

/* What x86 has other words for. */
static const char *const owners_x86[VERIFY_MESSAGES + 1] = {
	[VERIFY_CORE] = "the hypervisor on core %s",
	[VERIFY_LOADER] = "the hypervisor on core %s while loading",
	[VERIFY_SHARED] = "the nested tables' roots and run-time state",
	[VERIFY_BOARD] = "the local APICs",
};

static bool is_x86(const struct verify *verify)
{
	return verify->plan != NULL && verify->plan->arch == (uint32_t)PLAN_ARCH_X86;
}

char *verify_text_name(const char name[PLAN_NAME])
{
	char *text = memory_text("%.*s", (int)PLAN_NAME, name);

	for (char *at = text; *at != '\0'; at++)
		*at = *at < ' ' || *at > '~' ? '?' : *at;
	return text;
}

static const char *owner_name(const struct plan_header *plan, struct verify_owner owner)
{
	if (plan == NULL)
		return "";
	if (owner.kind >= VERIFY_CORE && owner.kind <= VERIFY_GICR && owner.index < plan->cores.count)
		return memory_text("0x%" PRIx64, plan_cores(plan)[owner.index].mpidr);
	if (owner.kind >= VERIFY_PARTITION && owner.kind <= VERIFY_GOLDEN && owner.index < plan->partitions.count)
		return verify_text_name(plan_partitions(plan)[owner.index].name);
	return memory_text("%u", owner.index);
}

static const char *owner_text(const struct verify *verify, struct verify_owner owner)
{
	const char *text = owners[owner.kind], *place;

	if (is_x86(verify) && owners_x86[owner.kind] != NULL)
		text = owners_x86[owner.kind];
	place = strstr(text, "%s");

	if (place == NULL)
		return text;
	return memory_text("%.*s%s%s", (int)(place - text), text, owner_name(verify->plan, owner), place + 2);
}

/* Interrupts, cores' numbers and versions are no addresses. */
static const char *number_text(enum verify_rule rule, uint64_t number)
{
	switch (rule) {
	case VERIFY_FORMAT:
	case VERIFY_FILE_SIZE:
	case VERIFY_ARRAY:
	case VERIFY_INTERRUPT:
	case VERIFY_INTERRUPT_BOTH:
	case VERIFY_CLAIM_INTERRUPT:
	case VERIFY_CLAIM_NO_INTERRUPT:
	case VERIFY_CLAIM_COUNT:
	case VERIFY_CLAIM_GIC_SIZE:
	case VERIFY_UNKNOWN:
	case VERIFY_CLAIM_PA_BITS:
	case VERIFY_CLAIM_ALL_OFF:
	case VERIFY_CLAIM_CONSOLE_SIZE:
	case VERIFY_CLAIM_CORES:
	case VERIFY_SPACE:
	case VERIFY_TARGET:
	case VERIFY_VMID:
	case VERIFY_VENDOR:
		return memory_text("%" PRIu64, number);
	default:
		return memory_text("0x%" PRIx64, number);
	}
}

static const char *part_text(const struct verify *verify, const struct verify_violation *violation, char which)
{
	switch (which) {
	case 's':
		return owner_text(verify, violation->subject);
	case 'o':
		return owner_text(verify, violation->other);
	case 'a':
		return number_text(violation->rule, violation->address);
	case 'v':
		return number_text(violation->rule, violation->at);
	default:
		return check_size_text(violation->size);
	}
}

char *verify_text(const struct verify *verify, const struct verify_violation *violation)
{
	const char *rule = rules[violation->rule], *brace;
	char *text = memory_text("%s", "");

	if (is_x86(verify) && rules_x86[violation->rule] != NULL)
		rule = rules_x86[violation->rule];
	while ((brace = strchr(rule, '{')) != NULL) {
		text = memory_text("%s%.*s%s", text, (int)(brace - rule), rule, part_text(verify, violation, brace[1]));
		rule = brace + 3;
	}
	return memory_text("%s%s", text, rule);
}
