/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe in AArch32: the exits whose way is another than AArch64's. Prints rows as probe_rows.c; no interrupts, one core.
 */
#include <stdint.h>

#include "probe.h"

#define PSCI_VERSION 0x84000000u
#define PSCI_SYSTEM_OFF 0x84000008u
#define CPU_ON_64 0xc4000003u
#define GICD_TYPER (PROBE_GICD + 0x4u)
#define UART_CR 0x30u
#define UART_FR 0x18u
#define FR_TXFF 0x20u
#define CR_ENABLED 0x301u

void probe32_main(void);

__asm__(".section .text.start\n"
	".global probe_start\n"
	"probe_start:\tldr sp, =stack_top\n"
	"\tbl probe32_main\n"
	".ltorg\n"
	".bss\n\t.balign 16\n\t.skip 2048\nstack_top:\n"
	".text\n");

static volatile uint32_t *uart(uint32_t offset)
{
	return (volatile uint32_t *)(PROBE_UART + offset);
}

static void print(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((*uart(UART_FR) & FR_TXFF) != 0u) {
		}
		*uart(0) = (uint8_t)*text;
	}
}

static void print_number(uint32_t value)
{
	char digits[11];
	char *first = &digits[10];

	*first = '\0';
	do {
		*--first = (char)('0' + (value % 10u));
		value /= 10u;
	} while (value != 0u);
	print(first);
}

/* A sampler of one operation: the counter's lower half around it. r0-r3 are the operation's, r4 and r5 the clock's. */
#define SAMPLE32(name, ...) SAMPLE32_OF(name, __VA_ARGS__)
#define SAMPLE32_OF(name, operation, first, second)                                                                    \
	static uint32_t name(void)                                                                                     \
	{                                                                                                              \
		register uint32_t r0 __asm__("r0") = (first);                                                          \
		register uint32_t r1 __asm__("r1") = (second);                                                         \
		uint32_t ticks;                                                                                        \
                                                                                                                       \
		__asm__ volatile("mrrc p15, 1, r4, r6, c14\n\t" operation "\n\tmrrc p15, 1, r5, r6, c14\n\t"           \
				 "sub %2, r5, r4"                                                                      \
				 : "+r"(r0), "+r"(r1), "=r"(ticks)                                                     \
				 :                                                                                     \
				 : "r2", "r3", "r4", "r5", "r6", "memory");                                            \
		return ticks;                                                                                          \
	}

SAMPLE32(hvc, "hvc #0", PSCI_VERSION, 0)
SAMPLE32(hvc_64, "hvc #0", CPU_ON_64, 0)
SAMPLE32(hvc_immediate, "hvc #1", PSCI_VERSION, 0)
SAMPLE32(smc, "smc #0", PSCI_VERSION, 0)
SAMPLE32(actlr_read, "mrc p15, 0, r0, c1, c0, 1", 0, 0)
SAMPLE32(actlr_write, "mcr p15, 0, r0, c1, c0, 1", 0, 0)
SAMPLE32(priority_mask, PROBE32_MASK)
SAMPLE32(sgi, PROBE32_SGI)
SAMPLE32(gicd_read, "ldr r1, [r0]", GICD_TYPER, 0)
SAMPLE32(own_isenabler, "str r1, [r0]", PROBE_ISENABLER0, 1u << PROBE_TIMER)

static const struct {
	const char *name;
	uint32_t (*sample)(void);
} rows[] = {
	{"aarch32_hvc", hvc},
	{"aarch32_hvc_64", hvc_64},
	{"aarch32_hvc_immediate", hvc_immediate},
	{"aarch32_smc", smc},
	{"aarch32_register_read", actlr_read},
	{"aarch32_register_write", actlr_write},
	{"aarch32_priority_mask", priority_mask},
	{"aarch32_sgi", sgi},
	{"aarch32_gicd_read", gicd_read},
	{"aarch32_own_isenabler", own_isenabler},
};

static void print_row(const char *name, uint32_t low, uint32_t sum, uint32_t high)
{
	const uint32_t numbers[4] = {low, sum, high, PROBE_SAMPLES};

	print("\nrow ");
	print(name);
	for (uint32_t i = 0; i < 4u; i++) {
		print(" ");
		print_number(numbers[i]);
	}
	print("\n");
}

void probe32_main(void)
{
	*uart(UART_CR) = CR_ENABLED;
	for (uint32_t i = 0; i < (sizeof(rows) / sizeof(rows[0])); i++) {
		uint32_t low = UINT32_MAX;
		uint32_t sum = 0;
		uint32_t high = 0;

		for (uint32_t j = 0; j < PROBE_SAMPLES; j++) {
			uint32_t value = rows[i].sample();

			low = (value < low) ? value : low;
			high = (value > high) ? value : high;
			sum += value;
		}
		print_row(rows[i].name, low, sum, high);
	}
	print("\nprobe: done\n");
	__asm__ volatile("mov r0, %0\n\thvc #0" ::"r"(PSCI_SYSTEM_OFF) : "r0", "r1", "r2", "r3", "memory");
	for (;;) {
	}
}
