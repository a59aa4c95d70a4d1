/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what its console says, one line a request, with PCI functions and with QEMU's device `edu` (docs/specs/edu.rst of QEMU), which
 * copies memory by itself. Numbers are hexadecimal. It answers each request with one line and decides nothing.
 *
 *   w BASE ADDRESS         the device at BASE writes 64 bytes of a pattern to ADDRESS
 *   r BASE ADDRESS         it reads 64 bytes there, and the guest shows the first 8 of what came
 *   i BASE ADDRESS VALUE   it writes 4 bytes: what a message of an interrupt is
 *   x BASE ADDRESS FAULT   as w, but loads from FAULT, which ends it, before the device has begun to write
 *   c PLACE SIZE           reads configuration space by the ports 0xcf8 and 0xcfc;  C PLACE SIZE VALUE writes
 *   m ADDRESS SIZE         loads;  M ADDRESS SIZE VALUE stores
 */
#include <stdint.h>

#define UART 0x3f8u
#define UART_LSR 5u
#define UART_DATA 0x1u
#define UART_ROOM 0x20u
#define CONFIGURATION_ADDRESS 0xcf8u
#define CONFIGURATION_DATA 0xcfcu
#define CONFIGURATION_ENABLE 0x80000000u

#define EDU_SOURCE 0x80u
#define EDU_DESTINATION 0x88u
#define EDU_COUNT 0x90u
#define EDU_COMMAND 0x98u
#define EDU_BUSY 0x1u
#define EDU_TO_MEMORY 0x2u
#define EDU_BUFFER 0x40000u

#define BYTES 64u
#define MESSAGE_BYTES 4u
#define NUMBERS 3u
#define PATTERN 0x4445444145484b4c /* as characters: LKHEADED */
#define PATTERN_OTHER 0x6e6f7468696e6721

void guest_main(void);

/* What the device copies from and to: the guest's own memory, at the addresses that it has there. */
static volatile uint64_t pattern[BYTES / 8u];
static volatile uint64_t result[BYTES / 8u];

static uint32_t port_in(uint16_t port, uint64_t size)
{
	uint32_t value = 0;

	if (size == 1)
		__asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
	else if (size == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
	else
		__asm__ volatile("inl %w1, %0" : "+a"(value) : "d"(port));
	return value;
}

static void port_out(uint16_t port, uint64_t size, uint32_t value)
{
	if (size == 1)
		__asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(port));
	else if (size == 2)
		__asm__ volatile("outw %w0, %w1" ::"a"(value), "d"(port));
	else
		__asm__ volatile("outl %0, %w1" ::"a"(value), "d"(port));
}

/* By MOV, of every size, as a driver would. */
static uint32_t load(uint64_t address, uint64_t size)
{
	uint32_t value = 0;

	if (size == 1)
		__asm__ volatile("movb (%1), %b0" : "+q"(value) : "r"(address) : "memory");
	else if (size == 2)
		__asm__ volatile("movw (%1), %w0" : "+r"(value) : "r"(address) : "memory");
	else
		__asm__ volatile("movl (%1), %0" : "+r"(value) : "r"(address) : "memory");
	return value;
}

static void store(uint64_t address, uint64_t size, uint32_t value)
{
	if (size == 1)
		__asm__ volatile("movb %b0, (%1)" ::"q"(value), "r"(address) : "memory");
	else if (size == 2)
		__asm__ volatile("movw %w0, (%1)" ::"r"(value), "r"(address) : "memory");
	else
		__asm__ volatile("movl %0, (%1)" ::"r"(value), "r"(address) : "memory");
}

static void store64(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)(uintptr_t)address = value;
}

/* ---- console ---- */

static void put(char character)
{
	while ((port_in(UART + UART_LSR, 1) & UART_ROOM) == 0)
		;
	port_out(UART, 1, (uint8_t)character);
}

static void put_text(const char *text)
{
	for (; *text != '\0'; text++)
		put(*text);
}

static void put_number(uint64_t value)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		put("0123456789abcdef"[value >> shift & 15]);
	put_text("\r\n");
}

static char get(void)
{
	while ((port_in(UART + UART_LSR, 1) & UART_DATA) == 0)
		;
	return (char)port_in(UART, 1);
}

/* A letter, then up to NUMBERS numbers, each behind a space, and the line's end. */
static char get_request(uint64_t *numbers)
{
	char letter = get(), character = get();

	for (unsigned int i = 0; i < NUMBERS; i++)
		numbers[i] = 0;
	for (unsigned int i = 0; character == ' ' && i < NUMBERS; i++) {
		for (character = get(); character > ' '; character = get())
			numbers[i] =
				numbers[i] << 4 | (uint64_t)(character <= '9' ? character - '0' : character - 'a' + 10);
	}
	return letter;
}

/* ---- the device ---- */

static void copy_start(uint64_t base, uint64_t from, uint64_t to, uint64_t count, uint64_t command)
{
	store64(base + EDU_SOURCE, from);
	store64(base + EDU_DESTINATION, to);
	store64(base + EDU_COUNT, count);
	store64(base + EDU_COMMAND, EDU_BUSY | command);
}

static void copy(uint64_t base, uint64_t from, uint64_t to, uint64_t count, uint64_t command)
{
	copy_start(base, from, to, count, command);
	while ((load(base + EDU_COMMAND, 4) & EDU_BUSY) != 0)
		;
}

static void fill(uint64_t value)
{
	for (unsigned int i = 0; i < BYTES / 8u; i++)
		pattern[i] = value;
}

static void device_fill(uint64_t base, uint64_t value)
{
	fill(value);
	copy(base, (uint64_t)(uintptr_t)pattern, EDU_BUFFER, BYTES, 0);
}

static void device_write(uint64_t base, uint64_t address, uint64_t value, uint64_t count)
{
	device_fill(base, value);
	copy(base, EDU_BUFFER, address, count, EDU_TO_MEMORY);
	put_number(count);
}

static void device_read(uint64_t base, uint64_t address)
{
	device_fill(base, PATTERN_OTHER);
	copy(base, address, EDU_BUFFER, BYTES, 0);
	result[0] = 0;
	copy(base, EDU_BUFFER, (uint64_t)(uintptr_t)result, BYTES, EDU_TO_MEMORY);
	put_number(result[0]);
}

static void select(uint64_t place)
{
	port_out(CONFIGURATION_ADDRESS, 4,
		 CONFIGURATION_ENABLE | (uint32_t)(place >> 12 & 0xffff) << 8 | ((uint32_t)place & 0xfcu));
}

void guest_main(void)
{
	uint64_t numbers[NUMBERS];

	put_text("edu: ready\r\n");
	for (;;) {
		char letter = get_request(numbers);
		uint64_t first = numbers[0], second = numbers[1];

		if (letter == 'w') {
			device_write(first, second, PATTERN, BYTES);
		} else if (letter == 'i') {
			device_write(first, second, numbers[2], MESSAGE_BYTES);
		} else if (letter == 'x') {
			device_fill(first, PATTERN);
			copy_start(first, EDU_BUFFER, second, BYTES, EDU_TO_MEMORY);
			load(numbers[2], 4);
		} else if (letter == 'r') {
			device_read(first, second);
		} else if (letter == 'c') {
			select(first);
			put_number(port_in((uint16_t)(CONFIGURATION_DATA + (first & 3)), second));
		} else if (letter == 'C') {
			select(first);
			port_out((uint16_t)(CONFIGURATION_DATA + (first & 3)), second, (uint32_t)numbers[2]);
			put_number(0);
		} else if (letter == 'm') {
			put_number(load(first, second));
		} else if (letter == 'M') {
			store(first, second, (uint32_t)numbers[2]);
			put_number(0);
		} else {
			put_text("edu: what?\r\n");
		}
	}
}
