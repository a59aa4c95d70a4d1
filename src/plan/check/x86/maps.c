/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permission maps of AMD (APM volume 2, 15.10.1 and 15.11) and of Intel (SDM volume 3, 25.6.4 and 25.6.9): which I/O ports and
 * model-specific registers a partition has without an exit, a clear bit each. Not here: which ports a configuration gives it
 * (claims.c).
 */
#include "plan/check/x86/parts.h"

#define MSR_BANK 0x2000u     /* registers */
#define MSR_BANKS 4u         /* of AMD: two bits a register, the first for reads. The last is reserved */
#define MSR_BANKS_INTEL 2u   /* for reads, then the same for writes */
#define MSR_NONE 0xffffffffu /* a bit that is for none */

/* AMD's map of ports goes on behind the last port, for accesses that wrap around. */
static uint64_t port_map_size(const struct plan_header *plan)
{
	return (x86_is_intel(plan) ? 2u : 3u) * VERIFY_PAGE;
}

static uint64_t msr_map_size(const struct plan_header *plan)
{
	return (x86_is_intel(plan) ? 1u : 2u) * VERIFY_PAGE;
}

/* Registers that are state of a guest's own core alone, whatever it does with them. */
struct harmless {
	uint32_t first;
	uint32_t last;
	bool write;
};

static bool msr_is_harmless(uint32_t msr, bool is_write)
{
	/* clang-format off */
	static const struct harmless list[] = {
		{0x00000010u, 0x00000010u, false}, /* the time stamp counter: a write would move the hypervisor's clock */
		{0x00000048u, 0x00000049u, true},  /* SPEC_CTRL, PRED_CMD: what this core speculates on */
		{0x00000174u, 0x00000176u, true},  /* SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP */
		{0x00000277u, 0x00000277u, true},  /* PAT: the guest's own, which exits and entries exchange */
		{0x000006e0u, 0x000006e0u, true},  /* TSC_DEADLINE, of its local APIC (Intel SDM volume 3, 11.5.4.1) */
		/* its local APIC (APM volume 2, 16.11), but for who is sent an interrupt (830h) and what could deliver SMI or INIT */
		{0x00000800u, 0x0000082eu, true},
		{0x00000830u, 0x00000837u, false},
		{0x00000838u, 0x0000083fu, true},
		{0x00000da0u, 0x00000da0u, true},  /* XSS */
		{0xc0000081u, 0xc0000084u, true},  /* STAR, LSTAR, CSTAR, SFMASK */
		{0xc0000100u, 0xc0000103u, true},  /* FS.base, GS.base, KernelGSbase, TSC_AUX */
	};
	/* clang-format on */
	bool harmless = false;

	for (uint32_t i = 0; i < (sizeof(list) / sizeof(list[0])); i++) {
		harmless =
			harmless || ((msr >= list[i].first) && (msr <= list[i].last) && (!is_write || list[i].write));
	}
	return harmless;
}

static uint32_t byte_of(const struct verify *verify, uint64_t map, uint32_t index)
{
	return verify->image[map - verify->plan->image_base + index];
}

/* The bit of a map at physical address `map`. */
static bool is_clear(const struct verify *verify, uint64_t map, uint32_t bit)
{
	return ((byte_of(verify, map, bit / 8u) >> (bit % 8u)) & 1u) == 0u;
}

/* ---- model-specific registers --------------------------------------------------------------------------------------- */

/* What a bit of a map of registers is for. */
struct msr_access {
	uint32_t msr;
	bool is_write;
};

static struct msr_access msr_of(bool is_intel, uint32_t bit)
{
	static const uint32_t banks[MSR_BANKS - 1u] = {0x00000000u, 0xc0000000u, 0xc0010000u};
	uint32_t row = is_intel ? (bit % (MSR_BANKS_INTEL * MSR_BANK)) : (bit / 2u);
	uint32_t bank = row / MSR_BANK;

	return (struct msr_access){
		.msr = (bank == (MSR_BANKS - 1u)) ? MSR_NONE : (banks[bank] + (row % MSR_BANK)),
		.is_write = is_intel ? (row != bit) : ((bit % 2u) != 0u),
	};
}

/* A line for each run of wrong bits: its first register. */
static void msr_map_check(struct verify *verify, const struct verify_tree *tree, uint64_t map)
{
	uint64_t size = msr_map_size(verify->plan);
	bool before = true;

	if (((map % VERIFY_PAGE) != 0u) || !verify_map_constant(verify, tree, map, size)) {
		verify_report_address(verify, VERIFY_TABLE_PLACE, tree->owner, map, 0);
		return;
	}
	for (uint32_t bit = 0; bit < (8u * (uint32_t)size); bit++) {
		bool right = true;

		if (is_clear(verify, map, bit)) {
			struct msr_access access = msr_of(x86_is_intel(verify->plan), bit);

			right = msr_is_harmless(access.msr, access.is_write);
			if (!right && before) {
				verify_report_number(verify, VERIFY_MSR, tree->owner, access.msr,
						     map + ((uint64_t)bit / 8u));
			}
		}
		before = right;
	}
}

/* ---- ports ---------------------------------------------------------------------------------------------------------- */

/* Ports that reach the whole machine, whoever has them. */
static bool port_is_machine(const struct verify *verify, uint32_t port)
{
	static const struct plan_range machine[] = {
		{0x20, 2},  {0xa0, 2}, /* interrupt controllers of the PC */
		{0x64, 1},             /* keyboard controller: resets */
		{0x92, 1},             /* resets */
		{0xb2, 2},             /* raises system management interrupts */
		{0xcf8, 8},            /* PCI configuration; resets */
	};
	uint32_t off = plan_x86(verify->plan)->power_off_port;
	bool found = (port >= X86_PORTS) || ((off != 0u) && verify_inside(port, 1, off, 2));

	for (uint32_t i = 0; i < (sizeof(machine) / sizeof(machine[0])); i++) {
		found = found || verify_inside(port, 1, machine[i].base, machine[i].size);
	}
	return found;
}

bool x86_maps_can_be_read(const struct verify *verify, uint32_t partition)
{
	uint64_t map = plan_x86(verify->plan)->partitions[partition].port_map;

	return ((map % VERIFY_PAGE) == 0u) &&
	       verify_inside(map, port_map_size(verify->plan), verify->plan->table_base, verify->plan->table_size);
}

bool x86_maps_has_port(const struct verify *verify, uint32_t partition, uint32_t port)
{
	return is_clear(verify, plan_x86(verify->plan)->partitions[partition].port_map, port);
}

/* A line for each run of ports that both have. There are many pairs, so whole bytes are skipped. */
static void ports_shared(struct verify *verify, uint32_t partition, uint32_t other)
{
	const struct plan_x86_partition *rows = plan_x86(verify->plan)->partitions;
	bool before = false;

	for (uint32_t byte = 0; byte < (X86_PORTS / 8u); byte++) {
		uint32_t closed =
			byte_of(verify, rows[partition].port_map, byte) | byte_of(verify, rows[other].port_map, byte);

		for (uint32_t bit = 0; (bit < 8u) && (closed != 0xffu); bit++) {
			bool both = ((closed >> bit) & 1u) == 0u;

			if (both && !before) {
				verify_report(verify, (struct verify_violation){
							      .rule = VERIFY_PORT_BOTH,
							      .subject = verify_owner(VERIFY_PARTITION, other),
							      .other = verify_owner(VERIFY_PARTITION, partition),
							      .address = (8u * byte) + bit});
			}
			before = both;
		}
		before = before && (closed != 0xffu);
	}
}

static void port_map_check(struct verify *verify, const struct verify_tree *tree, uint32_t partition)
{
	uint64_t map = plan_x86(verify->plan)->partitions[partition].port_map;
	uint64_t size = port_map_size(verify->plan);
	bool before = false;

	if (!x86_maps_can_be_read(verify, partition)) {
		verify_report_address(verify, VERIFY_TABLE_PLACE, tree->owner, map, 0);
		return;
	}
	verify_map_guarded(verify, tree, map, size);
	for (uint32_t port = 0; port < (8u * (uint32_t)size); port++) {
		bool wrong = is_clear(verify, map, port) && port_is_machine(verify, port);

		if (wrong && !before) {
			verify_report_number(verify, VERIFY_PORT, tree->owner, port, 0);
		}
		before = wrong;
	}
	for (uint32_t i = 0; i < partition; i++) {
		if (x86_maps_can_be_read(verify, i)) {
			ports_shared(verify, partition, i);
		}
	}
}

void x86_maps_check(struct verify *verify, uint32_t partition)
{
	struct verify_tree tree = x86_stage2_tree(verify, partition);

	msr_map_check(verify, &tree, plan_x86(verify->plan)->partitions[partition].msr_map);
	port_map_check(verify, &tree, partition);
}
