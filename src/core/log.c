/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of the log rings. Order of its stores: plan/log.h. */
#include "core/log.h"

#include <stdatomic.h>

#include "arch/cpu.h"
#include "platform/uart.h"

static const char digit_characters[] = "0123456789abcdef";

/* The console's registers, written by the boot core only; whose lines go there too: its own, then a refusing core's. */
static uint64_t console;
static const struct core_state *_Atomic speaker;

static void line_put(struct log_line *line, char c)
{
	if (line->length < (LOG_LINE_MAX - 1u)) { /* room for the newline */
		line->text[line->length] = c;
		line->length++;
	}
}

void log_text(struct log_line *line, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		line_put(line, *c);
	}
}

void log_decimal(struct log_line *line, uint64_t value)
{
	char digits[20];
	uint32_t count = 0;
	uint64_t rest = value;

	do {
		digits[count] = digit_characters[rest % 10u];
		rest /= 10u;
		count++;
	} while (rest != 0u);
	while (count > 0u) {
		count--;
		line_put(line, digits[count]);
	}
}

void log_hex(struct log_line *line, uint64_t value, uint32_t digits)
{
	uint32_t shift = digits * 4u;

	while (shift > 0u) {
		shift -= 4u;
		line_put(line, digit_characters[(value >> shift) & 0xfu]);
	}
}

void log_begin(struct log_line *line)
{
	line->length = 0;
	log_hex(line, arch_counter(), LOG_STAMP_DIGITS);
	line_put(line, ' ');
}

static void ring_write(struct log_ring *ring, const struct log_line *line)
{
	const char *end = &line->text[line->length];
	char *to = &ring->bytes[ring->written % LOG_RING_SIZE];

	for (const char *c = line->text; c < end; c++) {
		*to = *c;
		to++;
		if (to == &ring->bytes[LOG_RING_SIZE]) {
			to = ring->bytes;
		}
	}
	atomic_thread_fence(memory_order_release);
	ring->written += line->length;
}

static void console_write(const struct log_line *line)
{
	const char *end = &line->text[line->length];
	uint64_t registers = console;

	for (const char *c = LOG_CONSOLE_PREFIX; *c != '\0'; c++) {
		plat_uart_put(registers, *c);
	}
	for (const char *c = &line->text[LOG_STAMP_DIGITS + 1u]; c < end; c++) {
		plat_uart_put(registers, *c);
	}
}

void log_end(struct log_line *line)
{
	line->text[line->length] = '\n';
	line->length++;
	ring_write(arch_core_state()->log, line);
	if ((console != 0u) && (atomic_load_explicit(&speaker, memory_order_relaxed) == arch_core_state())) {
		console_write(line);
	}
}

void log_console(uint64_t registers)
{
	console = registers;
	atomic_store_explicit(&speaker, arch_core_state(), memory_order_relaxed);
}

void log_speak(void)
{
	atomic_store_explicit(&speaker, arch_core_state(), memory_order_relaxed);
}

void log_open(struct core_state *core)
{
	struct log_line line;

	core->log->core = core->row;
	core->log->written = 0;
	atomic_thread_fence(memory_order_release);
	core->log->magic = LOG_MAGIC;
	log_begin(&line);
	log_text(&line, "core ");
	log_decimal(&line, core->row);
	log_text(&line, " counter ");
	log_decimal(&line, arch_counter_frequency());
	log_text(&line, " Hz");
	log_end(&line);
}
