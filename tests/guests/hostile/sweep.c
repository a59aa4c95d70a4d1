/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole spaces of encodings: every trapped register as the hypervisor's own table has it, every maintenance instruction,
 * every way to raise an exception and every state to return to, every form of access to trapped pages.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arch/armv8/trap_table.h"
#include "hostile/attacks.h"
#include "hostile/gic.h"
#include "hostile/map.h"
#include "hostile/probe.h"
#include "hostile/snippet.h"
#include "rt/hal.h"

#define SYSTEM_READ 0xd5200000u
#define SYSTEM_WRITE 0xd5000000u
#define KEYS 0x10000u
#define KEY(key) ((uint32_t)(key) << 5) /* TRAP_KEY's bits are in the order of the instruction's */
#define KEY_OP1(key) (((key) >> 11) & 7u)

static _Alignas(4096) uint8_t scratch[4096]; /* what is cleaned, zeroed, translated */

static void run_fresh(uint32_t instruction, uint64_t pstate, uint64_t value, uint32_t *class, uint64_t *result)
{
	uint64_t registers[SNIPPET_REGISTERS] = {value, (uint64_t)(uintptr_t)scratch, 0, 0};

	*class = snippet_run(instruction, pstate, registers);
	*result = registers[0];
}

/* ---- trapped registers ---- */

struct register_tally {
	unsigned undefined;
	unsigned answered;
	unsigned wrong;
	uint32_t first_wrong;
};

static void register_wrong(struct register_tally *tally, uint32_t key)
{
	tally->first_wrong = tally->wrong == 0 ? key : tally->first_wrong;
	tally->wrong++;
}

/* Whether the answer is one that the row allows; the core itself may say that there is no such register. */
static bool allowed(const struct trap_row *row, uint32_t class, bool read, uint64_t value)
{
	if (class == CLASS_UNDEFINED || class == CLASS_REGISTER)
		return true;
	if (class != CLASS_SVC || row->action == TRAP_UNDEFINED)
		return false;
	return !read || row->action != TRAP_CONSTANT || value == row->value;
}

static bool has_effect(const struct trap_row *row)
{
	return row->action != TRAP_CONSTANT && row->action != TRAP_UNDEFINED && row->action != TRAP_IGNORED &&
	       row->action != TRAP_IDENTITY;
}

static void register_try(struct register_tally *tally, uint32_t key, const struct trap_row *row, bool read,
			 uint64_t pstate)
{
	uint32_t instruction = (read ? SYSTEM_READ : SYSTEM_WRITE) | KEY(key) | SNIPPET_REGISTER;
	uint64_t value;
	uint32_t class;

	run_fresh(instruction, pstate, UINT64_MAX, &class, &value);
	tally->undefined += class == CLASS_SVC ? 0u : 1u;
	tally->answered += class == CLASS_SVC ? 1u : 0u;
	if (!allowed(row, class, read, value))
		register_wrong(tally, key);
}

/* Reads, writes all ones, reads again: nothing may be there that was not. */
static void registers_sweep(uint64_t pstate)
{
	struct register_tally tally = {0};

	snippet_prepare();
	for (uint32_t key = 0; key < KEYS; key++) {
		const struct trap_row *row = trap_find(key);

		if (row == NULL)
			continue;
		register_try(&tally, key, row, true, pstate);
		if (pstate == PROBE_EL0 || !has_effect(row)) {
			register_try(&tally, key, row, false, pstate);
			register_try(&tally, key, row, true, pstate);
		}
	}
	answer("answered %u undefined %u wrong %u", tally.answered, tally.undefined, tally.wrong);
	if (tally.wrong != 0)
		answer_more("first 0x%04lx", (unsigned long)tally.first_wrong);
}

static void registers_of_kernel(uint64_t argument)
{
	(void)argument;
	registers_sweep(PROBE_EL1);
}

static void registers_of_user(uint64_t argument)
{
	(void)argument;
	registers_sweep(PROBE_EL0);
}

/* ---- DC, IC, TLBI, AT ---- */

/* All of op0 1, CRn 7 and 8, on own memory. Those of EL2 and EL3 are undefined. */
static void maintenance_sweep(uint64_t pstate)
{
	unsigned done = 0;
	unsigned higher = 0;
	unsigned other = 0;

	snippet_prepare();
	for (uint32_t key = TRAP_KEY(1, 0, 7, 0, 0); key <= TRAP_KEY(1, 7, 8, 15, 7); key++) {
		uint32_t crn = (key >> 7) & 0xfu;
		uint64_t value;
		uint32_t class;

		if (crn != 7u && crn != 8u)
			continue;
		run_fresh(SYSTEM_WRITE | KEY(key) | (SNIPPET_REGISTER + 1u), pstate, 0, &class, &value);
		done += class == CLASS_SVC ? 1u : 0u;
		higher += class == CLASS_SVC && KEY_OP1(key) >= 4u && KEY_OP1(key) != 7u ? 1u : 0u;
		other += class != CLASS_SVC && class != CLASS_UNDEFINED && class != CLASS_REGISTER &&
					 class != CLASS_DATA_ABORT && class != CLASS_DATA_ABORT - 1u
				 ? 1u
				 : 0u;
	}
	answer("done %u of higher levels %u other %u", done, higher, other);
}

static void maintenance_of_kernel(uint64_t argument)
{
	(void)argument;
	maintenance_sweep(PROBE_EL1);
}

static void maintenance_of_user(uint64_t argument)
{
	(void)argument;
	maintenance_sweep(PROBE_EL0);
}

/* ---- exceptions ---- */

/* SVC, HVC, SMC, BRK, HLT, DCPS and the reserved ones between, four immediates each: whatever comes, we get it back. */
static void exceptions(uint64_t argument)
{
	static const uint32_t immediates[] = {0, 1, 0xf000, 0xffff};
	unsigned classes[64] = {0};

	(void)argument;
	snippet_prepare();
	for (uint32_t kind = 0; kind < 256u; kind++) {
		for (unsigned i = 0; i < sizeof(immediates) / sizeof(immediates[0]); i++) {
			uint32_t instruction = 0xd4000000u | (kind >> 5) << 21 | immediates[i] << 5 | (kind & 0x1fu);
			uint64_t value;
			uint32_t class;

			run_fresh(instruction, PROBE_EL1, 0, &class, &value);
			classes[class & 63u]++;
		}
	}
	answer("%s", "classes");
	for (unsigned class = 0; class < 64u; class ++) {
		if (classes[class] != 0)
			answer_more("0x%02x", class);
	}
}

/* UDF with every kind of immediate, and holes of the main encoding table. */
static void undefined(uint64_t argument)
{
	static const uint32_t holes[] = {0x00000001u, 0x0000ffffu, 0x00010000u, 0x02000000u, 0x06ffffffu,
					 0x9e000000u, 0xffffffffu, 0xd4a00000u, 0xd69f0be0u};
	unsigned count = 0;

	(void)argument;
	snippet_prepare();
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		uint64_t value;
		uint32_t class;

		run_fresh(holes[i], PROBE_EL1, 0, &class, &value);
		count += class == CLASS_UNDEFINED ? 1u : 0u;
	}
	answer("undefined %u of %u", count, (unsigned)(sizeof(holes) / sizeof(holes[0])));
}

/*
 * Exception returns to all modes there could be, each also with PSTATE.IL. Legal are EL0, both of EL1, and AArch32's EL0, whose
 * fetch fails before PSTATE.IL counts.
 */
static void returns(uint64_t argument)
{
	unsigned illegal = 0;
	unsigned legal = 0;

	(void)argument;
	snippet_prepare();
	for (uint64_t mode = 0; mode < 64u; mode++) {
		uint64_t pstate = 0x3c0u | (mode & 0x1fu) | (mode & 0x20u) << 15;
		uint64_t value;
		uint32_t class;

		run_fresh(0xd503201fu, pstate, 0, &class, &value); /* NOP */
		illegal += class == CLASS_ILLEGAL_STATE ? 1u : 0u;
		legal += class != CLASS_ILLEGAL_STATE ? 1u : 0u;
	}
	answer("illegal %u legal %u", illegal, legal);
}

/* ---- accesses to trapped pages ---- */

struct access_tally {
	unsigned accesses;
	unsigned moved; /* base registers that are not where they belong */
	unsigned exceptions;
};

/* A store, then a load, with base x11 and values in x10 and x12. */
static void access_try(struct access_tally *tally, uint32_t instruction, uint64_t address, int64_t writeback)
{
	uint64_t registers[SNIPPET_REGISTERS] = {0, address, 0, 0};

	instruction |= (SNIPPET_REGISTER + 1u) << 5 | SNIPPET_REGISTER;
	tally->exceptions += snippet_run(instruction, PROBE_EL1, registers) != CLASS_SVC ? 1u : 0u;
	tally->accesses++;
	tally->moved += registers[1] == address + (uint64_t)writeback ? 0u : 1u;
}

/* Unsigned offset, unscaled, post-index, pre-index, register offset: of every size, sign-extending too. */
static void access_singles(struct access_tally *tally, uint64_t address)
{
	static const uint32_t forms[] = {0x39000000u, 0x38008000u, 0x38008400u, 0x38008c00u, 0x38206800u | 13u << 16};
	static const int64_t moves[] = {0, 0, 8, 8, 0};

	for (uint32_t kind = 0; kind < 16u; kind++) {
		if (kind == 11u || kind >= 14u) /* LDRSW to 32 bits, PRFM */
			continue;
		for (unsigned form = 0; form < 5u; form++)
			access_try(tally, forms[form] | (kind >> 2) << 30 | (kind & 3u) << 22, address, moves[form]);
	}
}

/* STP, LDP, LDPSW with an offset, post- and pre-index; the second register is x12. */
static void access_pairs(struct access_tally *tally, uint64_t address)
{
	static const uint32_t operations[] = {0x28000000u, 0x28400000u, 0x68400000u, 0xa8000000u, 0xa8400000u};

	for (unsigned i = 0; i < 5u; i++) {
		int64_t move = operations[i] >> 31 != 0 ? 16 : 8;

		access_try(tally, operations[i] | 0x01000000u | 12u << 10, address, 0);
		access_try(tally, operations[i] | 0x00800000u | 2u << 15 | 12u << 10, address, move);
		access_try(tally, operations[i] | 0x01800000u | 2u << 15 | 12u << 10, address, move);
	}
}

/* Load-acquire and store-release, which have a syndrome. */
static void access_ordered(struct access_tally *tally, uint64_t address)
{
	for (uint32_t size = 0; size < 4u; size++) {
		access_try(tally, 0x089ffc00u | size << 30, address, 0);
		access_try(tally, 0x08dffc00u | size << 30, address, 0);
	}
}

/* Every page of registers, as memory so that nothing is aligned by the core; a few places of it, all alignments. */
static void accesses(uint64_t argument)
{
	static const uint32_t places[] = {0x100, 0x400, 0xfc0};
	static const uint32_t offsets[] = {0, 3, 4};
	struct access_tally tally = {0};
	uint64_t base;

	(void)argument;
	snippet_prepare();
	for (uint32_t page = 0; (base = gic_page(page)) != 0; page++) {
		uint64_t alias = map_normal(base);

		for (unsigned place = 0; place < sizeof(places) / sizeof(places[0]); place++) {
			for (unsigned offset = 0; offset < sizeof(offsets) / sizeof(offsets[0]); offset++) {
				access_singles(&tally, alias + places[place] + offsets[offset]);
				access_pairs(&tally, alias + places[place] + offsets[offset]);
			}
			access_ordered(&tally, alias + places[place]);
		}
	}
	answer("accesses %u moved wrong %u exceptions %u", tally.accesses, tally.moved, tally.exceptions);
}

/* One instruction on the distributor, base x11, the argument: those that end the partition. */
static void access_one(uint64_t argument)
{
	uint64_t registers[SNIPPET_REGISTERS] = {0, map_normal(rt_board.gicd_base + GIC_ISENABLER), 0, 0};

	snippet_prepare();
	answer("class 0x%02lx", (unsigned long)snippet_run((uint32_t)argument, PROBE_EL1, registers));
}

const struct attack sweep_attacks[] = {
	{"sweep-registers", registers_of_kernel},
	{"sweep-registers-user", registers_of_user},
	{"sweep-maintenance", maintenance_of_kernel},
	{"sweep-maintenance-user", maintenance_of_user},
	{"sweep-exceptions", exceptions},
	{"sweep-undefined", undefined},
	{"sweep-returns", returns},
	{"sweep-accesses", accesses},
	{"mmio-instruction", access_one},
	{NULL, NULL},
};
