/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks by call: cores and partitions that are not ours, and every class of function id. */
#include <stdbool.h>
#include <stddef.h>

#include "hostile/attacks.h"
#include "hostile/probe.h"
#include "plan/abi.h"
#include "rt/hal.h"

/* calls.S */
uint64_t call_hvc(uint64_t value[4]);
uint64_t call_smc(uint64_t value[4]);
uint64_t call_hvc_1(uint64_t value[4]);
uint64_t call_hvc_xen(uint64_t value[4]);
uint64_t call_hvc_jailhouse(uint64_t value[4]);
uint64_t call_hvc_last(uint64_t value[4]);
uint64_t call_smc_1(uint64_t value[4]);
uint64_t call_smc_last(uint64_t value[4]);

typedef uint64_t (*call_function)(uint64_t value[4]);

#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0x84000003u
#define PSCI_CPU_ON_64 0xc4000003u
#define PSCI_AFFINITY_INFO 0x84000004u
#define PSCI_AFFINITY_INFO_64 0xc4000004u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_SYSTEM_RESET2 0x84000012u
#define PSCI_SYSTEM_RESET2_64 0xc4000012u

#define RANDOM_CALLS 64u /* of each class */

#define NOT_SUPPORTED (-1)
#define INVALID (-2)
#define DENIED (-3)
#define ALREADY_ON (-4)

/* Affinities that no core of this partition has. */
static const uint64_t foreign_cores[] = {
	2, 3, 4, 15, 0x100, 0x101, 0x10000, UINT64_C(1) << 32, 0x80000000u, 0x81000002u, UINT64_MAX, UINT64_C(1) << 63};

#define FOREIGN_CORES (sizeof(foreign_cores) / sizeof(foreign_cores[0]))

/* 32-bit results are negative in 32 bits. */
static int64_t result_of(call_function call, uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t value[4] = {function, a, b, c};

	(void)call(value);
	return (int32_t)(uint32_t)value[0];
}

/* Counts the results that are not `expected`. */
static unsigned differs(int64_t result, int64_t expected)
{
	return result == expected ? 0u : 1u;
}

static void cpu_on(uint64_t argument)
{
	unsigned wrong = 0;

	(void)argument;
	for (size_t i = 0; i < FOREIGN_CORES; i++) {
		wrong += differs(result_of(call_hvc, PSCI_CPU_ON_64, foreign_cores[i], 0x40000000, 0), INVALID);
		wrong += differs(result_of(call_smc, PSCI_CPU_ON_64, foreign_cores[i], 0x40000000, 0), INVALID);
	}
	for (uint64_t core = 2; core < 300u; core++)
		wrong += differs(result_of(call_hvc, PSCI_CPU_ON, core, 0x40000000, 0), INVALID);
	answer("wrong %u self %lld", wrong, (long long)result_of(call_hvc, PSCI_CPU_ON_64, 0, 0x40000000, 0));
}

static void affinity_info(uint64_t argument)
{
	unsigned wrong = 0;

	(void)argument;
	for (size_t i = 0; i < FOREIGN_CORES; i++) {
		wrong += differs(result_of(call_hvc, PSCI_AFFINITY_INFO_64, foreign_cores[i], 0, 0), INVALID);
		wrong += differs(result_of(call_smc, PSCI_AFFINITY_INFO_64, foreign_cores[i], 0, 0), INVALID);
	}
	for (uint64_t level = 1; level < 8u; level++)
		wrong += differs(result_of(call_hvc, PSCI_AFFINITY_INFO, 0, level, 0), INVALID);
	answer("wrong %u self %lld other %lld", wrong, (long long)result_of(call_hvc, PSCI_AFFINITY_INFO_64, 0, 0, 0),
	       (long long)result_of(call_hvc, PSCI_AFFINITY_INFO_64, 1, 0, 0));
}

/* Other partitions' counters, state and cores, by every number and call. */
static void observe(uint64_t argument)
{
	static const uint32_t calls[] = {ABI_EXITS,         ABI_PARTITION,         ABI_CORES,
					 ABI_32(ABI_EXITS), ABI_32(ABI_PARTITION), ABI_32(ABI_CORES)};
	unsigned given = 0;
	unsigned denied = 0;

	(void)argument;
	for (uint64_t partition = 1; partition < 70u; partition++) {
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			int64_t result = result_of(call_hvc, calls[i], partition, 0, 0);

			given += result == ABI_OK ? 1u : 0u;
			denied += result == ABI_DENIED ? 1u : 0u;
		}
	}
	answer("given %u denied %u huge %lld core %lld reason %lld", given, denied,
	       (long long)result_of(call_hvc, ABI_EXITS, UINT64_C(0x100000000), 0, 0),
	       (long long)result_of(call_hvc, ABI_EXITS, ABI_SELF, UINT64_C(0x100000000), 0),
	       (long long)result_of(call_hvc, ABI_EXITS, ABI_SELF, 0, UINT64_C(0x100000000)));
}

/* The calls that end what we are still busy with. */
static bool ends_us(uint32_t function)
{
	static const uint32_t ends[] = {PSCI_CPU_OFF,   PSCI_SYSTEM_OFF,    PSCI_SYSTEM_RESET,    PSCI_CPU_ON,
					PSCI_CPU_ON_64, PSCI_SYSTEM_RESET2, PSCI_SYSTEM_RESET2_64};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (function == ends[i])
			return true;
	}
	return false;
}

struct tally {
	unsigned calls;
	unsigned changed; /* registers that a call must keep */
};

static void sweep_function(call_function call, uint32_t function, struct tally *tally)
{
	static const uint64_t arguments[] = {0, 1, UINT64_MAX, 0x40000000, 0x80000000};

	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		uint64_t value[4] = {function | UINT64_C(0xffffffff00000000), arguments[i], arguments[i], arguments[i]};

		tally->calls++;
		tally->changed += (unsigned)call(value);
		if ((int32_t)(uint32_t)value[0] != NOT_SUPPORTED) {
			answer_more("%lx", (unsigned long)function);
			break;
		}
	}
}

/*
 * All owners, both widths, fast and yielding, the lowest function numbers and the general queries. The answer names
 * those that answer something else than NOT_SUPPORTED.
 */
static void sweep(call_function call)
{
	struct tally tally = {0};

	answer("%s", "");
	for (uint32_t class = 0; class < 256u; class ++) {
		for (uint32_t number = 0; number < 0x42u; number++) {
			uint32_t last = number < 0x40u ? number : 0xff01u + 2u * (number - 0x40u);
			uint32_t function = class << 24 | last;

			if (!ends_us(function))
				sweep_function(call, function, &tally);
		}
	}
	answer_more("calls %u registers changed %u exceptions %llu", tally.calls, tally.changed,
		    (unsigned long long)probe.count);
}

/* Function numbers that nobody has given a meaning, of all classes, with arguments that could be addresses or cores. */
static void random_functions(call_function call)
{
	uint64_t state = 1;
	unsigned answered = 0;
	struct tally tally = {0};

	for (uint32_t i = 0; i < 256u * RANDOM_CALLS; i++) {
		uint64_t value[4];
		uint32_t number;

		for (unsigned j = 0; j < 4u; j++) {
			state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
			value[j] = state ^ state >> 29;
		}
		number = 0x42u + (uint32_t)value[0] % (0xff00u - 0x42u);
		value[0] =
			(value[0] & UINT64_C(0xffffffff00000000)) | (i % 256u) << 24 | (value[0] & 0xff0000u) | number;
		value[1] = (i & 0x100u) != 0 ? value[1] % 4u : value[1];
		tally.calls++;
		tally.changed += (unsigned)call(value);
		answered += (int32_t)(uint32_t)value[0] == NOT_SUPPORTED ? 0u : 1u;
	}
	answer("answered %u of %u registers changed %u exceptions %llu", answered, tally.calls, tally.changed,
	       (unsigned long long)probe.count);
}

static void random_hvc(uint64_t argument)
{
	(void)argument;
	random_functions(call_hvc);
}

static void random_smc(uint64_t argument)
{
	(void)argument;
	random_functions(call_smc);
}

static void sweep_hvc(uint64_t argument)
{
	(void)argument;
	sweep(call_hvc);
}

static void sweep_smc(uint64_t argument)
{
	(void)argument;
	sweep(call_smc);
}

/* One function id, the argument, which may be one that ends us. */
static void one(uint64_t argument)
{
	answer("%lld", (long long)result_of(call_hvc, argument, 2, 3, 4));
}

static void immediates(uint64_t argument)
{
	static const call_function calls[] = {call_hvc_1,    call_hvc_xen, call_hvc_jailhouse,
					      call_hvc_last, call_smc_1,   call_smc_last};
	unsigned wrong = 0;

	(void)argument;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		wrong += differs(result_of(calls[i], PSCI_SYSTEM_OFF, 0, 0, 0), NOT_SUPPORTED);
		wrong += differs(result_of(calls[i], ABI_UID, 0, 0, 0), NOT_SUPPORTED);
	}
	answer("wrong %u exceptions %llu", wrong, (unsigned long long)probe.count);
}

/* Starts the own second core where there is no memory. */
static void cpu_on_nowhere(uint64_t argument)
{
	answer("%lld", (long long)result_of(call_hvc, PSCI_CPU_ON_64, 1, argument, 0));
	for (;;)
		__asm__ volatile("wfi");
}

const struct attack call_attacks[] = {
	{"psci-cpu-on", cpu_on},
	{"psci-affinity-info", affinity_info},
	{"psci-cpu-on-nowhere", cpu_on_nowhere},
	{"abi-observe", observe},
	{"call-sweep-hvc", sweep_hvc},
	{"call-sweep-smc", sweep_smc},
	{"call-random-hvc", random_hvc},
	{"call-random-smc", random_smc},
	{"call-one", one},
	{"call-immediates", immediates},
	{NULL, NULL},
};
