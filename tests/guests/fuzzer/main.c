/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that executes random instructions, for ever. Each block of them is made from the run's seed, the core and the
 * block's number, entered with random registers, and left by an exception. Core 0 tells how far both have come.
 */
#include "fuzzer/fuzzer.h"
#include "fuzzer/layout.h"

#define BLOCKS_PER_LINE 128u
#define PATIENCE_TICKS 20000u /* of the timer that ends an endless block */
#define SPURIOUS 1020u
#define SGI_FRAME 0x10000u
#define ISENABLER 0x0100u
#define ICPENDR 0x0280u
#define ICACTIVER 0x0380u
#define IPRIORITYR 0x0400u
#define CPU_ON UINT64_C(0xc4000003)

#define READ(name)                                                                                                     \
	({                                                                                                             \
		uint64_t value_;                                                                                       \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                                           \
		value_;                                                                                                \
	})
#define WRITE(name, value) __asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

/* start.S */
extern const char secondary_entry[];
extern uint64_t skipped[CORES][CLASSES];
_Noreturn void arena_enter(const uint64_t entry[ENTRY_REGISTERS]);
/* for start.S: `kind` of the exception, 0 synchronous, 1 IRQ, 2 FIQ, 3 SError */
_Noreturn void fuzzer_main(void);
_Noreturn void fuzzer_core(uint64_t core);
_Noreturn void fuzzer_next(uint64_t core, uint64_t kind, uint64_t syndrome);

struct progress {
	uint64_t blocks;
	uint64_t digest; /* of how blocks have ended */
	uint64_t ends[4];
};

static struct progress progress[CORES];

/* ---- a line ---- */

static char line[256];
static uint32_t length;

static void put(char character)
{
	if (length + 1u < sizeof(line)) {
		line[length] = character;
		length++;
	}
	line[length] = '\0';
}

static void put_text(const char *text)
{
	for (; *text != '\0'; text++)
		put(*text);
}

static void put_number(const char *label, uint64_t value, unsigned base)
{
	char digits[20];
	unsigned count = 0;

	put_text(label);
	do {
		digits[count] = "0123456789abcdef"[value % base];
		value /= base;
		count++;
	} while (value != 0);
	while (count > 0) {
		count--;
		put(digits[count]);
	}
}

/* The digest of core 0 only: the other's blocks come when they come. */
static void tell(void)
{
	const struct progress *own = &progress[0];
	uint64_t kinds = 0;
	uint64_t exceptions = 0;

	for (unsigned i = 0; i < CLASSES; i++) {
		kinds += skipped[0][i] != 0 ? 1u : 0u;
		exceptions += skipped[0][i];
	}
	length = 0;
	put_number("\r\nFUZZ seed ", fuzzer_run.seed, 10);
	put_number(" profile ", fuzzer_run.profile, 10);
	put_number(" cores ", fuzzer_run.cores, 10);
	put_number(" blocks ", own->blocks, 10);
	put_number(" ", progress[1].blocks, 10);
	put_number(" timeouts ", own->ends[1], 10);
	put_number(" classes ", kinds, 10);
	put_number(" exceptions ", exceptions, 10);
	put_number(" digest ", own->digest, 16);
	put_text("\r\n");
	uart_line(line);
}

/* ---- blocks ---- */

static void instructions_publish(uint64_t address, uint64_t size)
{
	for (uint64_t at = address; at < address + size; at += 16u)
		__asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb ish" ::: "memory");
	for (uint64_t at = address; at < address + size; at += 16u)
		__asm__ volatile("ic ivau, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

static void write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

/* The interrupt that ends a block without end. Whatever the last block did to it, it works again. */
static void timer_start(uint64_t core)
{
	uint64_t frame = GICR_BASE + OWN + core * GICR_FRAME + SGI_FRAME;

	write32(frame + ISENABLER, TIMER_BIT);
	write32(frame + ICACTIVER, UINT32_MAX);
	write32(frame + ICPENDR, UINT32_MAX);
	write32(frame + IPRIORITYR + (TIMER_ID & ~3u), 0xa0a0a0a0u);
	WRITE(cntv_tval_el0, PATIENCE_TICKS);
	WRITE(cntv_ctl_el0, 1);
}

static void interrupts_take(void)
{
	for (unsigned i = 0; i < 64u; i++) {
		uint64_t id = READ(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */

		if (id >= SPURIOUS)
			return;
		WRITE(s3_0_c12_c12_1, id); /* ICC_EOIR1_EL1 */
		WRITE(s3_0_c12_c11_1, id); /* ICC_DIR_EL1 */
	}
}

_Noreturn void fuzzer_core(uint64_t core)
{
	static uint64_t entries[CORES][ENTRY_REGISTERS];
	uint64_t number = progress[core].blocks;
	uint32_t *arena = (uint32_t *)(uintptr_t)(ARENA + core * ARENA_SIZE);
	enum profile profile = (enum profile)(fuzzer_run.profile % PROFILES);
	struct dice dice = {fuzzer_run.seed * UINT64_C(0xd1342543de82ef95) + (core << 56)};
	uint64_t *entry = entries[core];
	uint32_t count;

	dice.state += number << 20;
	dice.state = roll(&dice);
	if (core == 0 && number % BLOCKS_PER_LINE == 0)
		tell();
	count = block_make(&dice, profile, arena);
	instructions_publish((uint64_t)(uintptr_t)arena, count * sizeof(*arena));
	block_registers(&dice, profile, (uint32_t)core, entry);
	progress[core].blocks = number + 1u;
	timer_start(core);
	arena_enter(entry);
}

_Noreturn void fuzzer_next(uint64_t core, uint64_t kind, uint64_t syndrome)
{
	struct progress *own = &progress[core % CORES];
	struct dice mix = {own->digest ^ syndrome ^ kind << 60 ^ skipped[core % CORES][0] << 32};

	own->ends[kind]++;
	own->digest = roll(&mix);
	interrupts_take();
	fuzzer_core(core % CORES);
}

_Noreturn void fuzzer_main(void)
{
	if (fuzzer_run.cores > 1u) {
		register uint64_t x0 __asm__("x0") = CPU_ON;
		register uint64_t x1 __asm__("x1") = 1;
		register uint64_t x2 __asm__("x2") = (uint64_t)(uintptr_t)secondary_entry;
		register uint64_t x3 __asm__("x3") = 0;

		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
	}
	fuzzer_core(0);
}
