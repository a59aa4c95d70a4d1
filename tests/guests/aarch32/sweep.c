/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole spaces of AArch32 encodings: coprocessor registers by the hypervisor's own table, calls of every class, conditions, and
 * loads and stores on every trapped page; in A32 and Thumb, privileged and not.
 */
#include "aarch32/sweep.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "aarch32/snippet.h"
#include "arch/armv8/trap_table.h"
#include "rt/hal.h"

#define GICD_SIZE 0x10000u
#define GICR_SIZE 0x20000u
#define REGISTERS 0x4000u /* encodings of MRC or MCR on one coprocessor */
#define NOT_SUPPORTED UINT32_MAX
#define ALWAYS 14u

struct tally {
	unsigned passed;
	unsigned undefined;
	unsigned aborted;
	unsigned wrong;
	uint32_t first_wrong;
};

static void count(struct tally *tally, uint32_t ending, bool right, uint32_t what)
{
	tally->passed += ending == SNIPPET_PASSED ? 1u : 0u;
	tally->undefined += ending == SNIPPET_UNDEFINED ? 1u : 0u;
	tally->aborted += ending == SNIPPET_DATA_ABORT ? 1u : 0u;
	if (!right) {
		tally->first_wrong = tally->wrong == 0 ? what : tally->first_wrong;
		tally->wrong++;
	}
}

static void tell(const char *name, uint32_t psr, const struct tally *tally)
{
	(void)printf("AARCH32 sweep %s %s %s passed %u undefined %u aborted %u wrong %u first 0x%08lx\n", name,
		     (psr & SNIPPET_THUMB) != 0 ? "Thumb" : "A32", (psr & 0x1fu) == SNIPPET_USER ? "user" : "kernel",
		     tally->passed, tally->undefined, tally->aborted, tally->wrong, (unsigned long)tally->first_wrong);
}

/* A condition in an A32 instruction; Thumb's coprocessor instructions have 0b1110 there, or are as A32's. */
static uint32_t encoded(uint32_t instruction, uint32_t condition)
{
	return condition << 28 | instruction;
}

/* ---- coprocessor registers ---- */

/* MRC or MCR of r0. `number`: opc1, CRn, CRm, opc2, as TRAP_KEY has them. */
static uint32_t transfer(uint32_t coprocessor, uint32_t number, bool read)
{
	uint32_t op1 = number >> 11 & 7u, crn = number >> 7 & 0xfu, crm = number >> 3 & 0xfu, op2 = number & 7u;

	return encoded(0x0e000010u | op1 << 21 | (read ? 1u << 20 : 0u) | crn << 16 | coprocessor << 8 | op2 << 5 | crm,
		       ALWAYS);
}

/* The AArch64 register that answers for it, where it traps (Arm ARM G8.2, by its encodings' likeness). */
static uint16_t namesake(uint32_t coprocessor, uint32_t number)
{
	uint32_t crn = number >> 7 & 0xfu;

	if (coprocessor == 14u)
		return (uint16_t)(2u << 14 | number);
	if ((crn >= 9u && crn <= 11u) || crn == 15u) /* implementation-defined */
		return TRAP_KEY(3u, 0u, 11u, number >> 3 & 0xfu, number & 7u);
	return (uint16_t)((crn == 7u ? 1u : 3u) << 14 | number);
}

/* Performance monitors and memory attributes are the guest's own, and no implementation-defined registers. */
static bool is_own(uint32_t coprocessor, uint32_t number)
{
	uint32_t crn = number >> 7 & 0xfu, crm = number >> 3 & 0xfu;

	return coprocessor == 15u && ((crn == 9u && crm >= 12u) || (crn == 10u && (crm == 2u || crm == 3u)));
}

static bool has_effect(const struct trap_row *row)
{
	return row->action != TRAP_CONSTANT && row->action != TRAP_UNDEFINED && row->action != TRAP_IGNORED &&
	       row->action != TRAP_IDENTITY;
}

static void register_try(struct tally *tally, uint32_t coprocessor, uint32_t number, const struct trap_row *row,
			 bool read, uint32_t psr)
{
	uint32_t registers[4] = {UINT32_MAX, 0, 0, 0};
	uint32_t ending = snippet_run(transfer(coprocessor, number, read), psr, registers);
	bool right = ending == SNIPPET_UNDEFINED || (ending == SNIPPET_PASSED && row->action != TRAP_UNDEFINED);

	if (ending == SNIPPET_PASSED && read && row->action == TRAP_CONSTANT)
		right = registers[0] == row->value;
	count(tally, ending, right, transfer(coprocessor, number, read));
}

static void sweep_registers(uint32_t coprocessor, uint32_t psr)
{
	struct tally tally = {0};

	for (uint32_t number = 0; number < REGISTERS; number++) {
		const struct trap_row *row = trap_find(namesake(coprocessor, number));

		if (row == NULL || is_own(coprocessor, number))
			continue;
		register_try(&tally, coprocessor, number, row, true, psr);
		if ((psr & 0x1fu) == SNIPPET_USER || !has_effect(row)) {
			register_try(&tally, coprocessor, number, row, false, psr);
			register_try(&tally, coprocessor, number, row, true, psr);
		}
	}
	tell(coprocessor == 15u ? "cp15" : "cp14", psr, &tally);
}

/* MRRC and MCRR of r0 and r1, all of them; but ICC_SGI1R's write, which sends what it is given: nobody is named. */
static void sweep_pairs(uint32_t coprocessor, uint32_t psr)
{
	struct tally tally = {0};

	for (uint32_t number = 0; number < 0x200u; number++) {
		bool read = (number & 0x100u) != 0;
		uint32_t crm = number & 0xfu;
		uint32_t instruction = encoded(0x0c400000u | (read ? 1u << 20 : 0u) | 1u << 16 | coprocessor << 8 |
						       (number >> 4 & 0xfu) << 4 | crm,
					       ALWAYS);
		uint32_t registers[4] = {0, 0, 0, 0};
		uint32_t ending;

		if (coprocessor == 15u && !read && (crm == 2u || crm == 14u)) /* TTBR0, TTBR1, the timer */
			continue;
		ending = snippet_run(instruction, psr, registers);
		count(&tally, ending, ending == SNIPPET_PASSED || ending == SNIPPET_UNDEFINED, instruction);
	}
	tell(coprocessor == 15u ? "cp15-pairs" : "cp14-pairs", psr, &tally);
}

/* ---- calls ---- */

static uint32_t random_next(void)
{
	static uint32_t seed = 0x2545f491u;

	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

/* PSCI's calls that change something, and the vendor range, whose calls are tried elsewhere. */
static bool is_left_out(uint32_t function)
{
	uint32_t owner = function >> 24 & 0x3fu;

	return (owner == 4u && (function & 0xffffu) < 0x20u) || owner == 6u || function == 0x80000000u;
}

/* SMC and HVC, 64 owners, fast and yielding, 32 and 64 bits, with immediates: nobody answers to those. */
static void sweep_calls(uint32_t psr)
{
	static const uint32_t calls[2][2] = {{0xe1400070u, 0xe1600070u}, {0xf7e08000u, 0xf7f08000u}};
	struct tally tally = {0};

	for (uint32_t i = 0; i < 2048u; i++) {
		uint32_t function = (i & 0x3fu) << 24 | (i >> 6 & 3u) << 30 | (random_next() & 0x00ffffffu);
		uint32_t instruction = calls[(psr & SNIPPET_THUMB) != 0 ? 1 : 0][i >> 8 & 1u];
		uint32_t registers[4] = {function, random_next(), random_next(), random_next()};
		uint32_t ending;

		if ((i >> 9 & 1u) != 0 && (instruction & 0x00200000u) == 0)
			instruction |= 0x5u; /* HVC's immediate, in both sets */
		if (is_left_out(function))
			continue;
		ending = snippet_run(instruction, psr, registers);
		count(&tally, ending,
		      (psr & 0x1fu) == SNIPPET_USER ? ending == SNIPPET_UNDEFINED
						    : ending == SNIPPET_PASSED && registers[0] == NOT_SUPPORTED,
		      function);
	}
	tell("calls", psr, &tally);
}

/* ---- conditions ---- */

static bool holds(uint32_t condition, uint32_t nzcv)
{
	bool n = (nzcv & 8u) != 0, z = (nzcv & 4u) != 0, c = (nzcv & 2u) != 0, v = (nzcv & 1u) != 0;
	bool results[8] = {z, c, n, v, c && !z, n == v, n == v && !z, true};

	return results[condition >> 1] != ((condition & 1u) != 0);
}

/* A trapped read under all conditions and flags: it happens, or r0 stays as it was. */
static void sweep_conditions(void)
{
	struct tally tally = {0};

	for (uint32_t condition = 0; condition <= ALWAYS; condition++) {
		for (uint32_t nzcv = 0; nzcv < 16u; nzcv++) {
			uint32_t registers[4] = {0x5a5a5a5au, 0, 0, 0};
			uint32_t ending = snippet_run(encoded(0x0e110f30u & 0x0fffffffu, condition), /* ACTLR */
						      SNIPPET_SUPERVISOR | SNIPPET_FLAGS(nzcv), registers);
			uint32_t expected = holds(condition, nzcv) ? 0u : 0x5a5a5a5au;

			count(&tally, ending, ending == SNIPPET_PASSED && registers[0] == expected,
			      condition << 4 | nzcv);
		}
	}
	tell("conditions", SNIPPET_SUPERVISOR, &tally);
}

/* ---- loads and stores ---- */

/* LDR, LDRB, LDRH, LDRSB, LDRSH, STR, STRB, STRH of r0 at [r1], acquire and release too: all of them have a syndrome. */
static void sweep_accesses(uint32_t psr)
{
	static const uint32_t forms[2][11] = {
		{0xe5910000u, 0xe5d10000u, 0xe1d100b0u, 0xe1d100d0u, 0xe1d100f0u, 0xe5810000u, 0xe5c10000u, 0xe1c100b0u,
		 0xe1910c9fu, 0xe1d10c9fu, 0xe1f10c9fu},
		{0xf8d10000u, 0xf8910000u, 0xf8b10000u, 0xf9910000u, 0xf9b10000u, 0xf8c10000u, 0xf8810000u, 0xf8a10000u,
		 0xe8d10fafu, 0xe8d10f8fu, 0xe8d10f9fu},
	};
	static const uint32_t places[] = {0x100, 0x108, 0x404, 0x7fc, 0xffc, 0x101, 0x402};
	struct tally tally = {0};

	for (uint32_t page = 0; page < GICD_SIZE + GICR_SIZE; page += 0x1000u) {
		uint32_t base = page < GICD_SIZE ? (uint32_t)rt_board.gicd_base + page
						 : (uint32_t)rt_board.gicr_base + page - GICD_SIZE;

		for (size_t place = 0; place < sizeof(places) / sizeof(places[0]); place++) {
			for (size_t form = 0; form < 11u; form++) {
				uint32_t registers[4] = {0, base + places[place], 0, 0};
				uint32_t ending =
					snippet_run(forms[(psr & SNIPPET_THUMB) != 0 ? 1 : 0][form], psr, registers);

				count(&tally, ending,
				      ending == SNIPPET_PASSED ||
					      (ending == SNIPPET_DATA_ABORT && (places[place] & 3u) != 0),
				      base + places[place]);
			}
		}
	}
	tell("accesses", psr, &tally);
}

void sweep(void)
{
	static const uint32_t states[] = {0, SNIPPET_THUMB};

	snippet_prepare();
	for (size_t i = 0; i < 2u; i++) {
		for (uint32_t coprocessor = 14; coprocessor <= 15u; coprocessor++) {
			sweep_registers(coprocessor, SNIPPET_SUPERVISOR | states[i]);
			sweep_registers(coprocessor, SNIPPET_USER | states[i]);
			sweep_pairs(coprocessor, SNIPPET_SUPERVISOR | states[i]);
			sweep_pairs(coprocessor, SNIPPET_USER | states[i]);
		}
		sweep_calls(SNIPPET_SUPERVISOR | states[i]);
		sweep_calls(SNIPPET_USER | states[i]);
		sweep_accesses(SNIPPET_SUPERVISOR | states[i]);
	}
	sweep_conditions();
}
