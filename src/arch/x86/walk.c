/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instruction at the guest's RIP, read through this core's window: a page of the hypervisor's space that maps one page of the
 * core's own partition, read-only, while it is read, and nothing in between. The guest's own page tables are walked the same way
 * (AMD APM volume 2, 5.2 and 5.3): each address must lie in its RAM.
 */
#include "arch/x86/decode.h"

#define ENTRY_PRESENT UINT64_C(0x1)
#define ENTRY_LARGE UINT64_C(0x80)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)
#define CR3_PAE 0xffffffe0u
#define ENTRY_LONG 3u /* log2 of its bytes */
#define PAGE_SHIFT 12u
#define PAGE_OFFSET UINT64_C(0xfff)
#define LOW_32 0xffffffffu

/* Present, read-only, accessed, never executed (AMD APM volume 2, 5.4) */
#define WINDOW_ENTRY ((UINT64_C(1) << 63) | 0x21u)

static inline void window_set(const struct plan_core *core, uint64_t entry)
{
	*(volatile uint64_t *)(uintptr_t)core->window_descriptor = entry;
	page_forget(core->window);
}

/* The partition's RAM as it is read: `ram` is the window of the last address, since the next is likely there, too. */
struct reader {
	const struct core_state *core;
	const struct plan_window *ram; /* NULL: none yet */
};

static inline bool is_in(const struct plan_window *window, uint64_t address)
{
	return (address >= window->base) && ((address - window->base) < window->size);
}

/* The window of the partition's own RAM that an address is in, NULL where there is none. */
static const struct plan_window *ram_find(const struct core_state *core, uint64_t address)
{
	const struct plan_window *first = &plan_windows(core->plan)[core->partition->window_first];

	for (uint32_t i = 0; i < core->partition->window_count; i++) {
		if ((first[i].kind == (uint16_t)PLAN_WINDOW_RAM) && is_in(&first[i], address)) {
			return &first[i];
		}
	}
	return NULL;
}

/* Where the window shows a guest-physical address, with the rest of its page; 0 outside its own RAM. */
static inline uint64_t window_show(struct reader *reader, uint64_t address)
{
	const struct plan_core *core = reader->core->core;
	uint64_t pa;

	if ((reader->ram == NULL) || !is_in(reader->ram, address)) {
		reader->ram = ram_find(reader->core, address);
	}
	if (reader->ram == NULL) {
		return 0;
	}
	pa = reader->ram->pa + (address - reader->ram->base);
	window_set(core, (pa & ENTRY_ADDRESS) | WINDOW_ENTRY);
	return core->window + (pa & PAGE_OFFSET);
}

/* A guest's page tables: from the root down, `levels` of them with entries of 1 << entry_log2 bytes. */
struct tables {
	uint64_t root;
	uint32_t levels;
	uint32_t entry_log2;
	uint32_t index_bits;
	uint32_t large_levels; /* lowest levels, less the last, at which an entry may be a page */
};

static struct tables tables_of(const struct guest_mode *mode)
{
	struct tables tables = {mode->cr3 & ENTRY_ADDRESS, 4u, 3u, 9u, 2u};

	if ((mode->efer & EFER_LMA) != 0u) {
		tables.levels = ((mode->cr4 & CR4_LA57) != 0u) ? 5u : 4u;
	} else if ((mode->cr4 & CR4_PAE) != 0u) {
		tables = (struct tables){mode->cr3 & CR3_PAE, 3u, 3u, 9u, 1u};
	} else {
		tables = (struct tables){mode->cr3 & ENTRY_ADDRESS & LOW_32, 2u, 2u, 10u,
					 ((mode->cr4 & CR4_PSE) != 0u) ? 1u : 0u};
	}
	return tables;
}

/* Read once: another of the guest's cores may be writing it. Outside its own RAM nothing is present. */
static uint64_t entry_read(struct reader *reader, uint64_t address, bool is_long)
{
	uint64_t from = window_show(reader, address);
	uint64_t entry = 0;

	if (from != 0u) {
		entry = is_long ? *(const volatile uint64_t *)(uintptr_t)from
				: *(const volatile uint32_t *)(uintptr_t)from;
	}
	return entry;
}

/* Guest-physical for linear. Permissions do not matter: the guest has just executed there. */
static bool walk(struct reader *reader, const struct guest_mode *mode, uint64_t linear, uint64_t *address)
{
	struct tables tables = tables_of(mode);
	uint64_t table = tables.root;
	uint32_t shift = PAGE_SHIFT + (tables.levels * tables.index_bits);

	if ((mode->cr0 & CR0_PG) == 0u) {
		*address = linear;
		return true;
	}
	for (uint32_t level = tables.levels; level > 0u; level--) {
		uint64_t inside;
		uint64_t index;
		uint64_t entry;

		shift -= tables.index_bits;
		index = (linear >> shift) & ((UINT64_C(1) << tables.index_bits) - 1u);
		entry = entry_read(reader, table + (index << tables.entry_log2), tables.entry_log2 == ENTRY_LONG);
		if ((entry & ENTRY_PRESENT) == 0u) {
			return false;
		}
		table = entry & ENTRY_ADDRESS;
		if ((level == 1u) || (((entry & ENTRY_LARGE) != 0u) && (level <= (tables.large_levels + 1u)))) {
			inside = (UINT64_C(1) << shift) - 1u;
			*address = (table & ~inside) | (linear & inside);
			return true;
		}
	}
	return false;
}

/* The bytes that one page has of it; a copy of all at once where they are surely there. */
static void bytes_copy(struct instruction *instruction, uint64_t from, uint32_t count)
{
	_Static_assert(sizeof(instruction->bytes) == 16u, "copied at once");

	if ((instruction->count == 0u) && ((from & PAGE_OFFSET) <= (PLAN_PAGE - sizeof(instruction->bytes)))) {
		copy_16(instruction->bytes, from);
	} else {
		for (uint32_t i = 0; i < count; i++) {
			instruction->bytes[instruction->count + i] = ((const volatile uint8_t *)(uintptr_t)from)[i];
		}
	}
	instruction->count += count;
}

void instruction_fetch(const struct guest_mode *mode, struct instruction *instruction)
{
	struct reader reader = {self(), NULL};
	uint64_t mask = mode->is_code64 ? UINT64_MAX : LOW_32;
	bool there = true;

	instruction->count = 0;
	while (there && (instruction->count < INSTRUCTION_MOST)) {
		uint64_t linear = (mode->code_base + mode->rip + instruction->count) & mask;
		uint32_t in_page = (uint32_t)(PLAN_PAGE - (linear & PAGE_OFFSET));
		uint32_t left = INSTRUCTION_MOST - instruction->count;
		uint64_t address = 0;
		uint64_t from = 0;

		if (walk(&reader, mode, linear, &address)) {
			from = window_show(&reader, address);
		}
		there = from != 0u;
		if (there) {
			bytes_copy(instruction, from, (left < in_page) ? left : in_page);
		}
	}
	window_set(reader.core->core, 0);
}
