/* SPDX-License-Identifier: Apache-2.0 */
/* Every I/O port, by each size; strings; PCI's configuration; from level 3. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/map.h"
#include "hostile/x86/probe.h"
#include "rt/hal.h"

#define PORTS 0x10000u
#define HARMLESS 0xdbdbdbdbu /* neither resets nor sleeps, wherever it goes: no bit 2, no bit 5 */
#define POWER_OFF 0x604u     /* the board's own */
#define POWER_OFF_VALUE 0x2000u
#define PCI_ADDRESS 0xcf8u
#define PCI_DATA 0xcfcu
#define OWN_PORTS 8u

struct port_access {
	uint32_t size;
	uint32_t value;
	uint16_t port;
	bool is_write;
};

static void port_do(uint64_t argument)
{
	struct port_access *access = (struct port_access *)argument;
	uint32_t value = access->value;

	if (access->size == 1u && access->is_write)
		__asm__ volatile("outb %b0, %1" ::"a"(value), "d"(access->port));
	else if (access->size == 2u && access->is_write)
		__asm__ volatile("outw %w0, %1" ::"a"(value), "d"(access->port));
	else if (access->is_write)
		__asm__ volatile("outl %0, %1" ::"a"(value), "d"(access->port));
	else if (access->size == 1u)
		__asm__ volatile("inb %1, %b0" : "+a"(value) : "d"(access->port));
	else if (access->size == 2u)
		__asm__ volatile("inw %1, %w0" : "+a"(value) : "d"(access->port));
	else
		__asm__ volatile("inl %1, %0" : "+a"(value) : "d"(access->port));
	access->value = value;
}

/* Exceptions that it took: 0 or 1. */
static unsigned port_try(struct port_access *access)
{
	return probe_try(port_do, (uint64_t)(uintptr_t)access) == PROBE_NOTHING ? 0u : 1u;
}

static bool is_own(uint32_t port, uint32_t size)
{
	return port + size > rt_board.uart_base && port < rt_board.uart_base + OWN_PORTS;
}

static uint32_t ones(uint32_t size)
{
	return size == 4u ? UINT32_MAX : (1u << 8u * size) - 1u;
}

/* Argument: bytes. The ports that do not read all ones, or change more of the register than they should. */
static void in_sweep(uint64_t size)
{
	unsigned exceptions = 0;

	answer("%s", "");
	ranges_start();
	for (uint32_t port = 0; port < PORTS; port++) {
		struct port_access access = {.size = (uint32_t)size, .port = (uint16_t)port, .value = 0x5a5a5a5au};
		uint32_t kept = 0x5a5a5a5au & ~ones((uint32_t)size);

		if (is_own(port, (uint32_t)size))
			continue;
		exceptions += port_try(&access);
		if (access.value != (kept | ones((uint32_t)size)))
			ranges_add(port);
	}
	ranges_end();
	answer_more("exceptions %u", exceptions);
}

static void out_sweep(uint64_t size)
{
	static const uint32_t values[] = {0, HARMLESS};
	unsigned exceptions = 0;

	for (uint32_t port = 0; port < PORTS; port++) {
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && !is_own(port, (uint32_t)size); i++) {
			struct port_access access = {
				.size = (uint32_t)size, .port = (uint16_t)port, .value = values[i], .is_write = true};

			exceptions += port_try(&access);
		}
	}
	answer("exceptions %u", exceptions);
}

/* Accesses that begin or end in own ports and reach out of them. */
static void out_of_own(uint64_t argument)
{
	static const uint16_t ports[] = {0x3f5, 0x3f6, 0x3f7, 0x3fd, 0x3fe, 0x3ff};

	(void)argument;
	answer("%s", "");
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct port_access access = {.size = 4, .port = ports[i]};

		(void)port_try(&access);
		answer_more("%lx", (unsigned long)access.value);
	}
}

static char block[64];

static void string_in(uint64_t port)
{
	char *to = block;

	__asm__ volatile("insb" : "+D"(to) : "d"(port) : "memory");
}

static void string_in_repeated(uint64_t port)
{
	char *to = block;
	uint64_t count = sizeof(block) / 4;

	__asm__ volatile("rep insl" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}

static void string_out(uint64_t port)
{
	const char *from = block;

	__asm__ volatile("outsw" : "+S"(from) : "d"(port) : "memory");
}

static void string_out_repeated(uint64_t port)
{
	const char *from = block;
	uint64_t count = sizeof(block) / 4;

	__asm__ volatile("rep outsl" : "+S"(from), "+c"(count) : "d"(port) : "memory");
}

static void strings(uint64_t argument)
{
	static void (*const forms[])(uint64_t) = {string_in, string_in_repeated, string_out, string_out_repeated};
	static const uint16_t ports[] = {0x20, 0x60, 0x2f8, 0x600, 0xcf8, 0xcfc, 0xffff};
	unsigned refused = 0;
	unsigned all = 0;

	(void)argument;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		for (size_t j = 0; j < sizeof(ports) / sizeof(ports[0]); j++) {
			refused += probe_try(forms[i], ports[j]) == VECTOR_PROTECTION ? 1u : 0u;
			all++;
		}
	}
	answer("refused %u of %u", refused, all);
}

/* Configuration of all functions of the first buses by configuration mechanism 1; then writes of their commands and BARs. */
static void pci(uint64_t argument)
{
	unsigned present = 0;
	unsigned exceptions = 0;

	(void)argument;
	for (uint32_t function = 0; function < 0x800u; function++) {
		for (uint32_t offset = 0; offset < 0x40u; offset += 4u) {
			uint32_t address = 0x80000000u | function << 8 | offset;
			struct port_access select = {
				.size = 4, .port = PCI_ADDRESS, .value = address, .is_write = true};
			struct port_access data = {.size = 4, .port = PCI_DATA};
			struct port_access change = {.size = 4, .port = PCI_DATA, .value = ~0x04u, .is_write = true};

			exceptions += port_try(&select) + port_try(&data) + port_try(&change);
			present += data.value != UINT32_MAX ? 1u : 0u;
		}
	}
	answer("present %u exceptions %u", present, exceptions);
}

/* The board's own switch, and what resets a PC beside 0xcf9: nothing of it is there. */
static void machine(uint64_t argument)
{
	static const struct port_access writes[] = {
		{.size = 2, .port = POWER_OFF, .value = POWER_OFF_VALUE, .is_write = true},
		{.size = 4, .port = POWER_OFF, .value = POWER_OFF_VALUE, .is_write = true},
		{.size = 1, .port = 0x92, .value = 3, .is_write = true},
		{.size = 1, .port = 0xb2, .value = 0x5a, .is_write = true},
		{.size = 1, .port = 0x70, .value = 0x8f, .is_write = true},
		{.size = 1, .port = 0x71, .value = 0x05, .is_write = true},
		{.size = 1, .port = 0x61, .value = 0x03, .is_write = true},
		{.size = 1, .port = 0x43, .value = 0x34, .is_write = true},
		{.size = 4, .port = 0xcf7, .value = 0x06060606, .is_write = true},
		{.size = 2, .port = 0x20, .value = 0x1111, .is_write = true},
		{.size = 1, .port = 0x402, .value = 'x', .is_write = true},
		{.size = 1, .port = 0x510, .value = 0, .is_write = true},
	};
	unsigned exceptions = 0;

	(void)argument;
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		struct port_access access = writes[i];

		exceptions += port_try(&access);
	}
	answer("exceptions %u", exceptions);
}

static void user_in(uint64_t port)
{
	uint32_t value;

	__asm__ volatile("inb %w1, %b0" : "=a"(value) : "d"(port));
}

static void user(uint64_t argument)
{
	unsigned refused = 0;

	(void)argument;
	for (uint32_t port = 0; port < PORTS; port++)
		refused += probe_try_user(user_in, port) == VECTOR_PROTECTION ? 1u : 0u;
	answer("refused %u", refused);
}

/* From our own device straight into memory that is not ours; the argument is its address. */
static void string_outside(uint64_t address)
{
	uint64_t to = map(address);

	__asm__ volatile("insb" : "+D"(to) : "d"(rt_board.uart_base) : "memory");
	answer("still here");
}

/* Ends us, by the ports that ACPI's tables name; argument: port and value. */
static void leave(uint64_t argument)
{
	struct port_access access = {
		.size = 1, .port = (uint16_t)(argument >> 8), .value = argument & 0xffu, .is_write = true};

	(void)port_try(&access);
	answer("still here");
}

const struct attack port_attacks[] = {
	{"port-in", in_sweep},
	{"port-out", out_sweep},
	{"port-out-of-own", out_of_own},
	{"port-strings", strings},
	{"port-pci", pci},
	{"port-machine", machine},
	{"port-user", user},
	{"port-string-outside", string_outside},
	{"port-leave", leave},
	{NULL, NULL},
};
