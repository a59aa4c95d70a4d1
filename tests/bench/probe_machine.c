/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe needs of its machine, QEMU's `virt`: timer, UART, and the interrupt controller by way of probe_gic.c. */
#include "probe.h"

#define PSCI_SYSTEM_OFF 0x84000008u

#define UART_DR 0x00u
#define UART_FR 0x18u
#define UART_CR 0x30u
#define UART_IMSC 0x38u
#define FR_TXFF 0x20u
#define CR_ENABLED 0x301u

volatile struct probe_interrupt probe_interrupts[PROBE_CORES];

static uint32_t read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static void write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

void machine_start(uint32_t core)
{
	if (core == 0u) {
		write32(PROBE_UART + UART_CR, CR_ENABLED);
	}
	gic_start(core);
	__asm__ volatile("isb\n\tmsr daifclr, #2" ::: "memory");
}

uint64_t machine_timer(uint64_t distance)
{
	uint64_t deadline;

	__asm__ volatile("mrs %0, cntvct_el0\n\t"
			 "add %0, %0, %1\n\t"
			 "msr cntv_cval_el0, %0\n\t"
			 "msr cntv_ctl_el0, %2\n\t"
			 "isb"
			 : "=&r"(deadline)
			 : "r"(distance), "r"(1ul));
	return deadline;
}

void machine_uart_interrupt(uint32_t on)
{
	write32(PROBE_UART + PROBE_UART_ICR, PROBE_UART_TX);
	write32(PROBE_UART + UART_IMSC, (on != 0u) ? PROBE_UART_TX : 0u);
}

static void print_character(uint32_t character)
{
	while ((read32(PROBE_UART + UART_FR) & FR_TXFF) != 0u) {
	}
	write32(PROBE_UART + UART_DR, character);
}

void machine_print(const char *text)
{
	while (*text != '\0') {
		print_character((uint8_t)*text++);
	}
}

void machine_print_number(uint64_t value)
{
	char digits[21];
	char *first = &digits[20];

	*first = '\0';
	do {
		*--first = (char)('0' + (value % 10u));
		value /= 10u;
	} while (value != 0u);
	machine_print(first);
}

void machine_call(uint64_t values[4])
{
	register uint64_t x0 __asm__("x0") = values[0];
	register uint64_t x1 __asm__("x1") = values[1];
	register uint64_t x2 __asm__("x2") = values[2];
	register uint64_t x3 __asm__("x3") = values[3];

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "memory", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
			   "x16", "x17");
	values[0] = x0;
	values[1] = x1;
	values[2] = x2;
	values[3] = x3;
}

void machine_off(void)
{
	uint64_t values[4] = {PSCI_SYSTEM_OFF, 0, 0, 0};

	machine_call(values);
	for (;;) {
	}
}
