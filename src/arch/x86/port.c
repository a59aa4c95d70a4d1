/* SPDX-License-Identifier: Apache-2.0 */
/*
 * I/O ports that are not the partition's own: they read all ones and ignore writes, as on a bus on which nobody answers. Not so
 * those that end the partition, which its ACPI tables name, those of PCI's configuration, and the few where all ones would make
 * a guest wait for long.
 */
#include "arch/x86/exit.h"
#include "arch/x86/pci.h"
#include "core/entry.h"

#define PORT_PIT_CHANNEL_2 0x42u
#define PORT_KEYBOARD 0x64u
#define PORT_RTC_DATA 0x71u
#define PORT_RESET 0xcf9u
#define PORT_PCI 0xcf8u           /* 8 of them, with the one above */
#define PORT_SLEEP_CONTROL 0x600u /* ACPI 6.4, 4.8.3.7 */
#define PORT_SLEEP_STATUS 0x601u

#define RESET_CPU 0x4u /* of the reset control register: a rising edge resets (Intel ICH9, 13.7.5) */
#define KEYBOARD_RESET 0xfeu
#define SLEEP_ENABLE 0x20u

/* Where a partition owns no function there is no bus to look for: a latch that kept its value would invite a guest to try each place. */
static inline bool is_pci(const struct port_access *access)
{
	return ((access->port & ~7u) == PORT_PCI) && !((access->port == PORT_RESET) && (access->size == 1u)) &&
	       pci_is_there();
}

static uint32_t port_value(const struct port_access *access)
{
	uint32_t value;

	if (is_pci(access)) {
		return pci_port_read(access->port, access->size);
	}
	switch (access->port) {
	case PORT_PIT_CHANNEL_2:
	case PORT_KEYBOARD:
	case PORT_RTC_DATA:
	case PORT_SLEEP_CONTROL:
	case PORT_SLEEP_STATUS:
		value = 0;
		break;
	default:
		value = 0xffffffffu;
		break;
	}
	return value;
}

/* A result of 4 bytes clears the register's upper half, as any of 32 bits does. */
static void input(struct guest *guest, const struct port_access *access)
{
	uint64_t mask = (UINT64_C(1) << (8u * access->size)) - 1u;
	uint64_t kept = (access->size == 4u) ? 0u : (guest->gpr[GPR_RAX] & ~mask);

	self()->exits[EXIT_PORT]++;
	guest->gpr[GPR_RAX] = kept | (port_value(access) & mask);
}

static void output(const struct port_access *access, uint32_t value)
{
	uint16_t port = access->port;
	struct core_state *core = self();
	bool resets = ((port == PORT_RESET) && ((value & RESET_CPU) != 0u)) ||
		      ((port == PORT_KEYBOARD) && ((value & 0xffu) == KEYBOARD_RESET));
	bool sleeps = (port == PORT_SLEEP_CONTROL) && ((value & SLEEP_ENABLE) != 0u);

	core->exits[(resets || sleeps) ? EXIT_PSCI : EXIT_PORT]++;
	if (resets || sleeps) {
		core_partition_end(resets);
	}
	if (is_pci(access)) {
		pci_port_write(port, access->size, value);
	}
}

enum verdict port_handle(struct guest *guest, const struct port_access *access)
{
	if (access->is_string) {
		self()->exits[EXIT_PORT]++;
		return VERDICT_PROTECTION;
	}
	if (access->is_in) {
		input(guest, access);
	} else {
		output(access, (uint32_t)guest->gpr[GPR_RAX]);
	}
	return VERDICT_NEXT;
}
