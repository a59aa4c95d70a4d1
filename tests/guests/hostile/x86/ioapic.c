/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O APIC: others' pins, others' cores, and its page by all instructions that reach memory. */
#include <stddef.h>

#include "hostile/x86/attacks.h"
#include "hostile/x86/map.h"
#include "hostile/x86/probe.h"
#include "rt/hal.h"
#include "rt/x86/cpu.h"

#define PAGE 0xfec00000u
#define INDEX 0x00u
#define DATA 0x10u
#define EOI 0x40u
#define PIN(pin) (0x10u + 2u * (uint32_t)(pin))
#define REGISTERS 0x100u
#define MASKED 0x10000u
#define VECTOR 0x61u
#define NEIGHBOURS_VECTOR 0x33u
#define NEIGHBOURS_CORE ((uint32_t)msr_read(APIC_ID) + 2u)
#define DESTINATION_SHIFT 24u
#define ENDS 20u

#define UART_INTERRUPTS 1u /* offset of its register, and the bit of an empty transmitter */
#define UART_EMPTY 2u

static uint64_t page;

static uint32_t entry_read(uint32_t index)
{
	mmio_write32(page + INDEX, index);
	return mmio_read32(page + DATA);
}

static void entry_write(uint32_t index, uint32_t value)
{
	mmio_write32(page + INDEX, index);
	mmio_write32(page + DATA, value);
}

static bool is_own(uint32_t index)
{
	return (index & ~1u) == PIN(rt_board.uart_interrupt);
}

/* All registers, by all values: what then reads otherwise than before, but for our own pin. */
static void registers(uint64_t argument)
{
	static const uint32_t values[] = {UINT32_MAX, 0, VECTOR, 0x0a0ff, 0x00004433};
	unsigned changed = 0;

	(void)argument;
	page = map(PAGE);
	answer("%s", "");
	ranges_start();
	for (uint32_t index = 0; index < REGISTERS; index++) {
		uint32_t before = entry_read(index);

		if (before != 0)
			ranges_add(index);
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && !is_own(index); i++) {
			entry_write(index, values[i]);
			changed += entry_read(index) != before ? 1u : 0u;
		}
	}
	ranges_end();
	answer_more("changed %u", changed);
}

/* All words of the page but the two registers: nothing there, and nothing there is written. */
static void words(uint64_t argument)
{
	unsigned readable = 0;

	(void)argument;
	page = map(PAGE);
	for (uint64_t offset = 0; offset < 0x1000u; offset += 4u) {
		if (offset != INDEX && offset != DATA) {
			mmio_write32(page + offset, NEIGHBOURS_VECTOR);
			readable += mmio_read32(page + offset) != 0 ? 1u : 0u;
		}
	}
	answer("readable %u", readable);
}

/* Our UART's interrupt to every core, in every mode: it must come to us, or to nobody. */
static void destinations(uint64_t argument)
{
	uint32_t pin = PIN(rt_board.uart_interrupt);
	uint16_t port = (uint16_t)(rt_board.uart_base + UART_INTERRUPTS);
	uint8_t before = port_read8(port);
	unsigned own = 0;
	unsigned strange = 0;

	(void)argument;
	page = map(PAGE);
	for (uint32_t bits = 0; bits < 0x20u; bits++) { /* delivery mode, logical, trigger */
		for (uint32_t to = 0; to < 0x100u; to++) {
			uint32_t vector = to == NEIGHBOURS_CORE ? NEIGHBOURS_VECTOR : VECTOR;

			entry_write(pin, MASKED);
			entry_write(pin + 1u, to << DESTINATION_SHIFT | 0x00fff000u);
			entry_write(pin, (bits & 0xfu) << 8 | (bits >> 4) << 15 | vector | 0xfffe0000u);
			port_write8(port, UART_EMPTY);
			probe_take();
			port_write8(port, 0);
			own += (unsigned)probe_has_taken(VECTOR);
			strange += probe_count_taken() - (unsigned)probe_has_taken(VECTOR) + (unsigned)probe.nmis;
			probe_forget();
		}
	}
	entry_write(pin, MASKED);
	port_write8(port, before);
	answer("own %u strange %u", own, strange);
}

/* Our pin with the vector of the neighbour's, level-triggered, whose end is told to all pins. */
static void shared_end(uint64_t argument)
{
	uint32_t pin = PIN(rt_board.uart_interrupt);
	uint16_t port = (uint16_t)(rt_board.uart_base + UART_INTERRUPTS);
	uint8_t before = port_read8(port);

	(void)argument;
	page = map(PAGE);
	entry_write(pin + 1u, (uint32_t)msr_read(APIC_ID) << DESTINATION_SHIFT);
	for (unsigned i = 0; i < ENDS; i++) {
		entry_write(pin, 0x8000u | NEIGHBOURS_VECTOR);
		port_write8(port, UART_EMPTY);
		probe_take();
		port_write8(port, 0);
		entry_write(pin, MASKED);
		mmio_write32(page + EOI, NEIGHBOURS_VECTOR);
	}
	port_write8(port, before);
	answer("own %d", probe_has_taken(NEIGHBOURS_VECTOR));
}

/* ---- instructions that are answered ---- */

/* The index register was set to the version's, whose value is known; each form loads it from the data register. */
static void forms(uint64_t argument)
{
	uint64_t version;
	uint64_t value;
	uint32_t wrong = 0;

	(void)argument;
	page = map(PAGE);
	version = entry_read(1);
#define LOADS(text, at)                                                                                                \
	value = UINT64_MAX;                                                                                            \
	__asm__ volatile(text "\n\tmovq %%r13, %0"                                                                     \
			 : "=r"(value)                                                                                 \
			 : "b"(at), "c"(UINT64_C(4))                                                                   \
			 : "rax", "rdx", "rdi", "r12", "r13", "memory");                                               \
	wrong = wrong << 1 | (value != version)
	LOADS("movl 0x10(%%rbx), %%r13d", page);
	LOADS("movl -0x70(%%rbx), %%r13d", page + 0x80u);
	LOADS("movl 0x12345678(%%rbx), %%r13d", page + DATA - 0x12345678u);
	LOADS("movl (%%rbx,%%rcx,4), %%r13d", page);
	LOADS("movl 8(%%rbx,%%rcx,2), %%r13d", page);
	LOADS("movl 0x1000(%%rbx,%%rcx,1), %%r13d", page + DATA - 0x1004u);
	LOADS("movl %%ds:0x10(%%rbx), %%r13d", page);
	LOADS(".byte 0x2e\n\tmovl 0x10(%%rbx), %%r13d", page);
	LOADS("movl 0x10(%%rbx), %%eax\n\tmovq %%rax, %%r13", page);
	LOADS("movq %%rbx, %%r12\n\tmovl 0x10(%%r12), %%r13d", page);
	LOADS("movq %%rsp, %%rax\n\tleaq 0x10(%%rbx), %%rsp\n\tmovl (%%rsp), %%r13d\n\tmovq %%rax, %%rsp", page);
	LOADS("movq %%rbp, %%rax\n\tmovq %%rbx, %%rbp\n\tmovl 0x10(%%rbp), %%r13d\n\tmovq %%rax, %%rbp", page);
	LOADS("xchgq %%rax, %%rdx\n\tmovl 0x10(%%rbx), %%edi\n\tmovq %%rdi, %%r13", page);
#undef LOADS
	__asm__ volatile("movl $0, (%0)\n\tmovl $1, %%r14d\n\tmovl %%r14d, (%0)" ::"r"(page) : "r14", "memory");
	wrong = wrong << 1 | (mmio_read32(page + DATA) != version);
	answer("wrong 0x%lx", (unsigned long)wrong);
}

/* ---- instructions that are not: each is an end, with its bytes told ---- */

#define FORM(name, text) FORM_AT(name, map(PAGE), text)
#define FORM_AT(name, address, text)                                                                                   \
	static void name(uint64_t argument)                                                                            \
	{                                                                                                              \
		uint64_t to = (address);                                                                               \
		uint64_t from = (uint64_t)(uintptr_t)&page;                                                            \
		uint64_t count = 4;                                                                                    \
                                                                                                                       \
		(void)argument;                                                                                        \
		__asm__ volatile(text : "+D"(to), "+S"(from), "+c"(count)::"rax", "rdx", "xmm0", "memory");            \
		answer("still here");                                                                                  \
	}

FORM(read_byte, "movb (%%rdi), %%al")
FORM(read_word, "movw (%%rdi), %%ax")
FORM(read_quad, "movq (%%rdi), %%rax")
FORM(read_extended, "movzbl (%%rdi), %%eax")
FORM(read_signed, "movslq (%%rdi), %%rax")
FORM(read_compare, "cmpl $0, (%%rdi)")
FORM(read_test, "testl %%eax, (%%rdi)")
FORM(read_push, "pushq (%%rdi)\n\tpopq %%rax")
FORM(read_vector, "movdqu (%%rdi), %%xmm0")
FORM(read_string, "xchgq %%rdi, %%rsi\n\trep movsl")
FORM(write_byte, "movb %%al, (%%rdi)")
FORM(write_word, "movw %%ax, (%%rdi)")
FORM(write_quad, "movq %%rax, (%%rdi)")
FORM(write_or, "orl $1, (%%rdi)")
FORM(write_exchange, "xchgl %%eax, (%%rdi)")
FORM(write_locked, "lock incl (%%rdi)")
FORM(write_pop, "pushq %%rax\n\tpopq (%%rdi)")
FORM(write_vector, "movdqu %%xmm0, (%%rdi)")
FORM(write_string, "rep stosl")
FORM(write_cache_past, "movnti %%eax, (%%rdi)")
FORM_AT(read_crossing, PAGE - 2u, "movl (%%rdi), %%eax") /* where the runtime maps what is before it, too */
FORM(read_crossing_end, "movl 0xffe(%%rdi), %%eax")
FORM(read_by_call, "call *(%%rdi)")
FORM(jump_there, "call *%%rdi")

static void table_there(uint64_t argument)
{
	(void)argument;
	answer("read 0x%lx", (unsigned long)mmio_read32(map_table(PAGE)));
}

static void stack_there(uint64_t argument)
{
	(void)argument;
	__asm__ volatile("movq %0, %%rsp\n\tpushq %%rax" ::"r"(map(PAGE) + 0x800u) : "memory");
}

const struct attack ioapic_attacks[] = {
	{"ioapic-registers", registers},
	{"ioapic-words", words},
	{"ioapic-destinations", destinations},
	{"ioapic-shared-end", shared_end},
	{"ioapic-forms", forms},
	{"ioapic-read-byte", read_byte},
	{"ioapic-read-word", read_word},
	{"ioapic-read-quad", read_quad},
	{"ioapic-read-extended", read_extended},
	{"ioapic-read-signed", read_signed},
	{"ioapic-read-compare", read_compare},
	{"ioapic-read-test", read_test},
	{"ioapic-read-push", read_push},
	{"ioapic-read-vector", read_vector},
	{"ioapic-read-string", read_string},
	{"ioapic-write-byte", write_byte},
	{"ioapic-write-word", write_word},
	{"ioapic-write-quad", write_quad},
	{"ioapic-write-or", write_or},
	{"ioapic-write-exchange", write_exchange},
	{"ioapic-write-locked", write_locked},
	{"ioapic-write-pop", write_pop},
	{"ioapic-write-vector", write_vector},
	{"ioapic-write-string", write_string},
	{"ioapic-write-cache-past", write_cache_past},
	{"ioapic-read-crossing", read_crossing},
	{"ioapic-read-crossing-end", read_crossing_end},
	{"ioapic-read-by-call", read_by_call},
	{"ioapic-jump", jump_there},
	{"ioapic-table", table_there},
	{"ioapic-stack", stack_there},
	{NULL, NULL},
};
