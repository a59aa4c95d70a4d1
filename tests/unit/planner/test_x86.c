/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random systems for x86, placed and written as images, and read back by means of this file's own: tables map exactly what was
 * meant, VMCBs and permission maps say what they should, and plan_check refuses what was changed. Not here: what no
 * architecture differs in (test_tables.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>

#include "plan/check.h"
#include "plan/view.h"
#include "planner/memory.h"
#include "random_system.h"

#define ROUNDS 30
#define PAGE UINT64_C(0x1000)
#define LARGE UINT64_C(0x200000)
#define ADDRESS UINT64_C(0x0000fffffffff000)
#define MAX_SPANS 128

/* Bits of an entry (AMD APM volume 2, 5.4.1). */
#define PRESENT 0x1u
#define WRITABLE 0x2u
#define USER 0x4u
#define DEVICES                                                                                                        \
	(UINT64_C(3) << 61) /* an IOMMU's read and write permission, and below its count of levels: 48882, 2.2.3 */
#define LEVELS(span) ((span) == PAGE << 27 ? 3u : (span) == PAGE << 18 ? 2u : 1u)
#define UNCACHED 0x18u
#define ACCESSED 0x20u
#define DIRTY 0x40u
#define IS_LARGE 0x80u
#define NO_EXECUTE (UINT64_C(1) << 63)

/* The bits that say what may be done, of a leaf of each kind. */
static const uint64_t code = 0, constant = NO_EXECUTE, data = NO_EXECUTE | WRITABLE,
		      registers = NO_EXECUTE | WRITABLE | UNCACHED, guest_ram = DEVICES | USER | WRITABLE,
		      guest_registers = DEVICES | NO_EXECUTE | USER | WRITABLE | UNCACHED;

struct span {
	uint64_t va, pa, size, bits;
};

struct check {
	struct random_image image;
	const struct plan_header *plan; /* in it */
	struct span spans[MAX_SPANS];   /* what must be mapped, and nothing else */
	size_t count;
	uint64_t branch, mapped;
	uint16_t set_first, set_count; /* the table sets that must cover each table walked */
};

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static const uint8_t *at(const struct check *check, uint64_t address, uint64_t size)
{
	assert_true(address >= check->plan->image_base);
	assert_true(address - check->plan->image_base + size <= check->image.file.size);
	return check->image.file.data + (address - check->plan->image_base);
}

static uint64_t number_at(const struct check *check, uint64_t address, size_t size)
{
	uint64_t number = 0;

	memcpy(&number, at(check, address, size), size);
	return number;
}

static void check_covered(const struct check *check, uint64_t page)
{
	for (uint32_t i = check->set_first; i < (uint32_t)check->set_first + check->set_count; i++) {
		const struct plan_table_set *set = &plan_table_sets(check->plan)[i];

		if (page >= set->base && page + PAGE <= set->base + set->size)
			return;
	}
	fail_msg("no CRC covers the page at 0x%llx", (unsigned long long)page);
}

/* A leaf lies in one span, goes where that says with its bits and no others, and is as large as can be. */
static void check_leaf(struct check *check, uint64_t va, uint64_t entry, uint64_t size)
{
	uint64_t pa = entry & ADDRESS, start = va / LARGE * LARGE;

	for (size_t i = 0; i < check->count; i++) {
		const struct span *span = &check->spans[i];

		if (va < span->va || va - span->va >= span->size)
			continue;
		assert_true(va + size <= span->va + span->size);
		assert_int_equal(pa, span->pa + (va - span->va));
		assert_int_equal(entry & ~ADDRESS,
				 span->bits | PRESENT | ACCESSED | DIRTY | (size == LARGE ? IS_LARGE : 0));
		assert_int_equal(pa % size, 0);
		assert_false(size == PAGE && start >= span->va && start + LARGE <= span->va + span->size &&
			     (pa - (va - start)) % LARGE == 0);
		check->mapped += size;
		return;
	}
	fail_msg("0x%llx is mapped to 0x%llx", (unsigned long long)va, (unsigned long long)pa);
}

static void walk(struct check *check, uint64_t table, uint64_t va, uint64_t span)
{
	check_covered(check, table);
	for (size_t i = 0; i < 512; i++, va += span) {
		uint64_t entry = number_at(check, table + i * 8, 8);

		if (entry == 0)
			continue;
		if (span == PAGE || (span == LARGE && (entry & IS_LARGE) != 0)) {
			check_leaf(check, va, entry, span);
			continue;
		}
		assert_int_equal(entry & ~ADDRESS,
				 check->branch | ((check->branch & DEVICES) != 0 ? LEVELS(span) << 9 : 0));
		walk(check, entry & ADDRESS, va, span / 512);
	}
}

/* Spans do not overlap, so that the sum says whether all of them is mapped. */
static void check_tree(struct check *check, uint64_t root)
{
	uint64_t wanted = 0;

	assert_int_equal(root % PAGE, 0);
	check->mapped = 0;
	walk(check, root, 0, UINT64_C(512) << 30);
	for (size_t i = 0; i < check->count; i++)
		wanted += check->spans[i].size;
	assert_int_equal(check->mapped, wanted);
}

static void expect(struct check *check, uint64_t va, uint64_t pa, uint64_t size, uint64_t bits)
{
	assert_true(check->count < MAX_SPANS);
	if (size)
		check->spans[check->count++] = (struct span){va, pa, size, bits};
}

static uint64_t pages(uint64_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

static void expect_image(struct check *check)
{
	const uint64_t bits[] = {code, constant, data};
	const Elf64_Phdr *programs = (const void *)(check->image.hypervisor.data + sizeof(Elf64_Ehdr));

	for (size_t i = 0; i < 3; i++)
		expect(check, programs[i].p_paddr, programs[i].p_paddr, pages(programs[i].p_memsz), bits[i]);
}

static void check_core(const struct model *model, struct check *check, uint32_t row)
{
	const struct plan_header *plan = check->plan;
	const struct plan_core *core = &plan_cores(plan)[row];
	uint64_t stack = plan->private_base + row * 2 * PAGE, table;

	check->count = 0;
	check->branch = PRESENT | WRITABLE | ACCESSED;
	check->set_first = core->table_set_first;
	check->set_count = PLAN_BOOT_TABLE_SETS;
	expect_image(check);
	expect(check, plan->plan_base, plan->plan_base, plan->shared_base - plan->plan_base, constant);
	expect(check, plan->shared_base, plan->shared_base, plan->shared_size, data);
	expect(check, plan_x86(plan)->ioapic_va, RANDOM_IO_APIC, PAGE, registers);
	expect(check, RANDOM_TRAMPOLINE, RANDOM_TRAMPOLINE, PAGE, data);
	expect(check, core->stack_top - PLAN_STACK_SIZE, stack, PLAN_STACK_SIZE, data);
	expect(check, core->log, stack + PLAN_STACK_SIZE, PLAN_LOG_SIZE, data);
	/* The table that maps the window, by a walk of its own. */
	table = core->el2_root;
	for (unsigned int shift = 39; shift > 12; shift -= 9)
		table = number_at(check, table + (core->window >> shift & 511) * 8, 8) & ADDRESS;
	assert_int_equal(core->window_descriptor % PAGE, (core->window >> 12 & 511) * 8);
	expect(check, core->window_descriptor / PAGE * PAGE, table, PAGE, data);
	check_tree(check, core->el2_root);
	if (core->loader_root == 0)
		return;
	check->set_count = core->table_set_count;
	expect(check, plan->golden_base + plan->loader_offset, plan->golden_base, plan->golden_size, constant);
	for (size_t i = 0; i < model->partitions[core->partition].memory_count; i++) {
		const struct window *window = &model->partitions[core->partition].memory[i];

		expect(check, window->pa + plan->loader_offset, window->pa, window->size, data);
	}
	check_tree(check, core->loader_root);
}

static void check_nested(const struct model *model, struct check *check, uint32_t index)
{
	const struct partition *partition = &model->partitions[index];
	const struct plan_partition *row = &plan_partitions(check->plan)[index];

	check->count = 0;
	check->branch = DEVICES | PRESENT | WRITABLE | USER | ACCESSED;
	for (size_t i = 0; i < partition->memory_count; i++)
		expect(check, partition->memory[i].base, partition->memory[i].pa, partition->memory[i].size, guest_ram);
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct device *device = &model->devices[partition->devices[i]];
		uint64_t offset = device->mapped[0] % PAGE;

		expect(check, device->mapped[0] - offset, device->registers[0].base - offset,
		       pages(offset + device->registers[0].size), guest_registers);
	}
	check_tree(check, row->stage2_root);
}

/* ---- VMCBs and maps ---------------------------------------------------------------------------------------------- */

/* AMD APM volume 2, appendix B: where, how many bytes, what as virtual core 0 starts and after SIPI. */
static const struct {
	uint16_t offset, size;
	uint64_t start, reset;
} fields[] = {
	{0x000, 8, 0, 0},                   /* no control or debug register */
	{0x008, 4, 0x00060002, 0x00060002}, /* #DB, #AC, #MC */
	{0x00c, 4, 0x9c4c8002,
	 0x9c4c8002},                   /* NMI, RDPMC, CPUID, RSM, INVD, INVLPGA, IOIO, MSR, SHUTDOWN; not INTR, HLT */
	{0x010, 4, 0x5e7f, 0x5e7f},     /* VMRUN .. SKINIT, VMMCALL among them; WBINVD, MONITOR, MWAIT, RDPRU */
	{0x060, 8, 0, 0},               /* no virtual interrupts, no masking of physical ones */
	{0x090, 8, 1, 1},               /* nested paging */
	{0x0a8, 8, 0, 0},               /* no event */
	{0x410, 2, 0x10, 0},            /* CS */
	{0x412, 2, 0xa9b, 0x9b},        /* 64-bit code; 16-bit code */
	{0x414, 4, 0xffffffff, 0xffff}, /* limit */
	{0x420, 2, 0x18, 0},            /* SS */
	{0x422, 2, 0xc93, 0x93},        /* writable data */
	{0x430, 2, 0x18, 0},            /* DS */
	{0x464, 4, 0x1f, 0xffff},       /* GDTR */
	{0x468, 8, 0x91000, 0},         /* its base */
	{0x484, 4, 0, 0xffff},          /* IDTR: none, so that an early fault is one */
	{0x492, 2, 0x8b, 0x8b},         /* TR: busy */
	{0x4cb, 1, 0, 0},               /* CPL */
	{0x4d0, 8, 0x1500, 0x1000},     /* EFER: SVME, LMA, LME */
	{0x548, 8, 0x20, 0},            /* CR4: PAE */
	{0x550, 8, 0x93000, 0},         /* CR3 */
	{0x558, 8, 0x80010031, 0x10},   /* CR0 */
	{0x560, 8, 0x400, 0x400},       /* DR7 */
	{0x568, 8, 0xffff0ff0, 0xffff0ff0},                 /* DR6 */
	{0x570, 8, 2, 2},                                   /* RFLAGS */
	{0x5d8, 8, 0, 0},                                   /* RSP */
	{0x668, 8, 0x0007040600070406, 0x0007040600070406}, /* PAT */
};

static void check_control(const struct check *check, uint32_t index)
{
	const struct plan_x86_partition *row = &plan_x86(check->plan)->partitions[index];
	const struct plan_partition *partition = &plan_partitions(check->plan)[index];
	const uint64_t controls[] = {row->start_control, row->reset_control};

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(controls[i] % PAGE, 0);
		check_covered(check, controls[i]);
		assert_int_equal(number_at(check, controls[i] + 0x040, 8), row->port_map);
		assert_int_equal(number_at(check, controls[i] + 0x048, 8), row->msr_map);
		assert_int_equal(number_at(check, controls[i] + 0x058, 8), partition->vmid); /* ASID, no flush */
		assert_int_equal(number_at(check, controls[i] + 0x0b0, 8), partition->stage2_root);
		for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++)
			assert_int_equal(number_at(check, controls[i] + fields[j].offset, fields[j].size),
					 i == 0 ? fields[j].start : fields[j].reset);
	}
}

/* APM volume 2, 15.11: two bits a register, read and write, set where it exits. */
static unsigned int msr_access(const uint8_t *map, uint32_t msr)
{
	uint32_t bank = msr < 0x2000 ? 0 : msr < 0xc0002000 ? 1 : 2;
	uint32_t bit = bank * 0x4000 + (msr & 0x1fff) * 2;

	return ~(unsigned int)(map[bit / 8] >> bit % 8) & 3u;
}

static void check_msrs(const struct check *check, uint32_t index)
{
	/* Both accesses, but for what can be read only: TSC, ICR, and local vectors that could be SMI or INIT. Nothing else at all. */
	static const struct {
		uint32_t first, last;
		bool is_read_only;
	} own[] = {
		{0x10, 0x10, true},
		{0x48, 0x49, false},
		{0x174, 0x176, false},
		{0x277, 0x277, false},
		{0x6e0, 0x6e0, false},
		{0x800, 0x82e, false},
		{0x830, 0x837, true},
		{0x838, 0x83f, false},
		{0xda0, 0xda0, false},
		{0xc0000081, 0xc0000084, false},
		{0xc0000100, 0xc0000103, false},
	};
	uint64_t base = plan_x86(check->plan)->partitions[index].msr_map;
	const uint8_t *map = at(check, base, 2 * PAGE);
	size_t open = 0, wanted = 0;

	check_covered(check, base);
	check_covered(check, base + PAGE);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		for (uint32_t msr = own[i].first; msr <= own[i].last; msr++) {
			assert_int_equal(msr_access(map, msr), own[i].is_read_only ? 1 : 3);
			wanted += own[i].is_read_only ? 1 : 2;
		}
	}
	for (size_t i = 0; i < 2 * PAGE * 8; i++)
		open += (map[i / 8] >> i % 8 & 1) == 0;
	assert_int_equal(open, wanted);
}

static void check_ports(const struct model *model, const struct check *check, uint32_t index)
{
	const struct partition *partition = &model->partitions[index];
	uint64_t base = plan_x86(check->plan)->partitions[index].port_map;
	const uint8_t *map = at(check, base, 3 * PAGE);

	for (uint64_t page = 0; page < 3; page++)
		check_covered(check, base + page * PAGE);
	for (uint32_t port = 0; port < 3 * PAGE * 8; port++) {
		bool is_own = false;

		for (size_t i = 0; i < partition->device_count; i++) {
			const struct ports *ports = model->devices[partition->devices[i]].ports;

			is_own = is_own || (port >= ports->base && port - ports->base < ports->count);
		}
		assert_int_equal(map[port / 8] >> port % 8 & 1, !is_own);
	}
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void make_image(struct model *model, struct check *check, uint64_t seed)
{
	random_system_make(model, seed, PLAN_ARCH_X86);
	*check = (struct check){.image = random_image_make(model)};
	check->plan = check->image.plan;
}

static void test_images(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct check check;
		struct model model;

		make_image(&model, &check, seed);
		assert_int_equal(check.plan->arch, PLAN_ARCH_X86);
		for (uint32_t i = 0; i < check.plan->cores.count; i++)
			check_core(&model, &check, i);
		for (uint32_t i = 0; i < check.plan->partitions.count; i++) {
			const struct plan_partition *row = &plan_partitions(check.plan)[i];
			const struct plan_core *core =
				&plan_cores(check.plan)[plan_vcpus(check.plan)[row->vcpu_first].core];

			check.set_first = core->table_set_first;
			check.set_count = core->table_set_count;
			check_nested(&model, &check, i);
			check_control(&check, i);
			check_msrs(&check, i);
			check_ports(&model, &check, i);
		}
	}
}

/* A bit of the clusters for each of its cores and no other, and pins up to its last. */
static void check_reach(const struct plan_header *plan, uint32_t index)
{
	const struct plan_partition *partition = &plan_partitions(plan)[index];
	const struct plan_x86_partition *row = &plan_x86(plan)->partitions[index];
	uint32_t last = 0, bits = 0;

	for (uint32_t pin = 0; pin < 24; pin++)
		last = plan_owns_interrupt(partition, 32 + pin) ? pin : last;
	assert_int_equal(row->pins, last + 1);
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		uint64_t id = plan_vcpus(plan)[partition->vcpu_first + i].virtual_id;

		assert_true(id / 16 < row->cluster_count);
		assert_int_equal(row->clusters[id / 16] >> id % 16 & 1, 1);
	}
	for (uint32_t i = 0; i < PLAN_X86_CLUSTERS; i++) {
		bits += (uint32_t)__builtin_popcount(row->clusters[i]);
		assert_true(i != row->cluster_count - 1 || row->clusters[i] != 0);
	}
	assert_int_equal(bits, partition->vcpu_count);
}

static void test_row(void **unused)
{
	const struct plan_x86 *x86;
	struct check check;
	struct model model;

	(void)unused;
	make_image(&model, &check, 3);
	x86 = plan_x86(check.plan);
	assert_int_equal(x86->vendor, PLAN_VENDOR_AMD);
	assert_int_equal(x86->trampoline, RANDOM_TRAMPOLINE);
	assert_int_equal(x86->ioapic_pa, RANDOM_IO_APIC);
	assert_int_equal(x86->ioapic_pins, 24);
	assert_int_equal(x86->apic_frequency, 1000000000);
	assert_int_equal(x86->power_off_port, 0x604);
	assert_int_equal(x86->power_off_value, 0x2000);
	for (uint32_t i = 0; i < check.plan->vcpus.count; i++) {
		const struct plan_vcpu *vcpu = &plan_vcpus(check.plan)[i];
		uint64_t id = plan_cores(check.plan)[vcpu->core].mpidr;

		assert_int_equal(vcpu->virtual_id, id);
		assert_int_equal(vcpu->sgi_target, id / 16 * 0x10000 + (UINT64_C(1) << id % 16));
	}
	for (uint32_t i = 0; i < check.plan->partitions.count; i++)
		check_reach(check.plan, i);
	/* State pages are zero in the file, and the hypervisor's alone. */
	for (uint64_t i = 0; i < (check.plan->vcpus.count + check.plan->cores.count) * PAGE; i += 8)
		assert_int_equal(number_at(&check, x86->control + i, 8), 0);
	assert_int_equal(x86->host, x86->control + check.plan->vcpus.count * PAGE);
}

/* What may not be in a plan for x86, each by one field of its row. */
static void test_refusals(void **unused)
{
	struct plan_header *plan;
	struct plan_x86 *x86;
	struct plan_x86 right;
	struct check check;
	struct model model;

	(void)unused;
	make_image(&model, &check, 5);
	plan = (struct plan_header *)(uintptr_t)check.plan;
	x86 = (struct plan_x86 *)(uintptr_t)plan_x86(plan);
	right = *x86;
	assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_NONE);
	assert_int_equal(plan_check(plan, PLAN_ARCH_ARMV8), REFUSAL_ARCH);
#define REFUSED(field, value)                                                                                          \
	do {                                                                                                           \
		*x86 = right;                                                                                          \
		x86->field = (value);                                                                                  \
		assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_TABLES);                                     \
	} while (0)
	REFUSED(vendor, PLAN_VENDOR_NONE);
	REFUSED(trampoline, 0x8010);
	REFUSED(trampoline, 0x100000);
	REFUSED(ioapic_pa, right.ioapic_pa + PAGE);
	REFUSED(ioapic_va, right.ioapic_va + PAGE);
	REFUSED(ioapic_pins, plan_interrupts(plan)[plan->interrupts.count - 1].id - 32u);
	REFUSED(control, right.control + 8);
	REFUSED(control, plan->shared_base - PAGE);
	REFUSED(host, plan->shared_base + plan->shared_size);
	REFUSED(partitions[0].pins, 25);
	REFUSED(partitions[0].cluster_count, PLAN_X86_CLUSTERS + 1);
	REFUSED(partitions[0].start_control, 0);
	REFUSED(partitions[0].reset_control, plan->shared_base);
	REFUSED(partitions[0].msr_map, plan->table_base + plan->table_size - PAGE);
	REFUSED(partitions[0].port_map, plan->table_base + plan->table_size - 2 * PAGE);
#undef REFUSED
	*x86 = right;
	plan->x86.count = 0;
	assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_ARRAY);
	plan->x86.count = 1;
	((struct plan_vcpu *)(uintptr_t)plan_vcpus(plan))->virtual_id ^= 1;
	assert_int_equal(plan_check(plan, PLAN_ARCH_X86), REFUSAL_REFERENCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
