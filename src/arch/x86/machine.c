/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine against the plan, and what starts and ends cores: INIT and SIPI for the others, a port for the board. Nobody
 * takes a core back: one without a partition sleeps.
 */
#include "arch/machine.h"

#include "arch/cpu.h"
#include "arch/x86/apic.h"
#include "arch/x86/iommu.h"
#include "arch/x86/machine.h"
#include "arch/x86/pci.h"
#include "arch/x86/vmx.h"
#include "arch/x86/x86.h"

/* CPUID leaves and features (AMD APM volume 3, appendix E; Intel SDM volume 2A, CPUID) */
#define CPUID_FEATURES 1u
#define CPUID_X2APIC 0x200000u /* ECX */
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_SVM 0x4u /* ECX */
#define CPUID_ADDRESS_BITS 0x80000008u
#define CPUID_SVM_FEATURES 0x8000000au
#define CPUID_NESTED_PAGING 0x1u /* EDX */

#define VM_CR_SVMDIS UINT64_C(0x10) /* AMD APM volume 2, 15.30.1 */

#define ICR_INIT 0x4500u /* INIT, asserted, edge, physical destination */
#define ICR_STARTUP 0x4600u
#define STARTUP_WAIT 100000u /* 1 / seconds: 10 us behind INIT and SIPI, as processors with x2APIC need no more */

/* start.S */
extern const uint8_t trampoline_code[];
extern const uint32_t trampoline_size;
extern const char refusal_texts[];

enum plan_arch arch_kind(void)
{
	return PLAN_ARCH_X86;
}

bool machine_is_intel(void)
{
	return x86_of(self()->plan)->vendor == (uint32_t)PLAN_VENDOR_INTEL;
}

bool machine_has_gif(void)
{
	return !machine_is_intel();
}

const char *arch_refusal_text(enum refusal refusal)
{
	const char *text = refusal_texts;

	for (uint32_t i = 0; i < (uint32_t)refusal; i++) {
		while (*text != '\0') {
			text++;
		}
		text++;
	}
	return text;
}

/* The plan's ids are 1 to 255; a core has as many as CPUID says, of which 0 is the hypervisor's (AMD APM volume 2, 15.16). */
static bool has_address_space(const struct plan_header *plan, const struct plan_core *core)
{
	return (core->partition == PLAN_NONE) ||
	       (plan_partitions(plan)[core->partition].vmid < cpuid_read(CPUID_SVM_FEATURES, 0).ebx);
}

static enum refusal svm_check(const struct plan_header *plan, const struct plan_core *core)
{
	if ((cpuid_read(CPUID_EXTENDED_FEATURES, 0).ecx & CPUID_SVM) == 0u) {
		return REFUSAL_VENDOR;
	}
	if ((msr_read(MSR_VM_CR) & VM_CR_SVMDIS) != 0u) {
		return REFUSAL_VIRTUALIZATION;
	}
	if ((cpuid_read(CPUID_SVM_FEATURES, 0).edx & CPUID_NESTED_PAGING) == 0u) {
		return REFUSAL_NESTED_PAGING;
	}
	return has_address_space(plan, core) ? REFUSAL_NONE : REFUSAL_ADDRESS_SPACES;
}

/* From here on this core's global interrupt flag is clear, but in the windows of vectors.S. */
static enum refusal svm_enable(uint64_t save_area)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_VM_HSAVE_PA, save_area);
	__asm__ volatile("clgi" ::: "memory");
	return REFUSAL_NONE;
}

static enum refusal apic_check(const struct plan_x86 *x86, const struct plan_core *core)
{
	if ((cpuid_read(CPUID_FEATURES, 0).ecx & CPUID_X2APIC) == 0u) {
		return REFUSAL_X2APIC;
	}
	apic_enable();
	if (msr_read(MSR_X2APIC_ID) != core->mpidr) {
		return REFUSAL_CORE;
	}
	return (ioapic_pin_count() < x86->ioapic_pins) ? REFUSAL_GIC_LINES : REFUSAL_NONE;
}

/* Functions are quiet before the IOMMU changes under them, and confined before any can be made to act again. */
static enum refusal devices_check(const struct plan_header *plan)
{
	enum refusal refusal = pci_start(plan);

	if ((refusal == REFUSAL_NONE) && (x86_of(plan)->iommu_va != 0u) && !iommu_start(plan)) {
		refusal = REFUSAL_IOMMU;
	}
	return refusal;
}

enum refusal arch_machine_check(const struct plan_header *plan, const struct plan_core *core)
{
	const struct plan_x86 *x86 = x86_of(plan);
	bool is_intel = machine_is_intel();
	enum refusal refusal = is_intel ? vmx_check(plan, core) : svm_check(plan, core);

	if (refusal == REFUSAL_NONE) {
		refusal = apic_check(x86, core);
	}
	if ((refusal == REFUSAL_NONE) && ((cpuid_read(CPUID_ADDRESS_BITS, 0).eax & 0xffu) < plan->pa_bits)) {
		refusal = REFUSAL_PA_RANGE;
	}
	if (refusal == REFUSAL_NONE) {
		uint64_t page = x86->host + ((uint64_t)self()->row * PLAN_PAGE);

		refusal = is_intel ? vmx_enable(page) : svm_enable(page);
	}
	if ((refusal == REFUSAL_NONE) && apic_is_first()) {
		refusal = devices_check(plan);
	}
	return refusal;
}

static void wait_startup(void)
{
	uint64_t start = arch_counter();
	uint64_t ticks = arch_counter_frequency() / STARTUP_WAIT;

	while ((arch_counter() - start) < ticks) {
		arch_relax();
	}
}

/*
 * INIT, then SIPI twice: one that has started ignores the second (Intel SDM volume 3, 9.4.4.1). Nobody says whether a core is
 * there: one that is not does not arrive.
 */
bool arch_core_start(const struct plan_header *plan, uint32_t row)
{
	uint32_t page = x86_of(plan)->trampoline;
	uint32_t id = (uint32_t)plan_cores(plan)[row].mpidr;
	volatile uint8_t *to = (volatile uint8_t *)(uintptr_t)page;

	for (uint32_t i = 0; i < trampoline_size; i++) {
		to[i] = trampoline_code[i];
	}
	apic_send(id, ICR_INIT);
	wait_startup();
	for (uint32_t i = 0; i < 2u; i++) {
		apic_send(id, ICR_STARTUP | (page / PLAN_PAGE));
		wait_startup();
	}
	return true;
}

void arch_core_off(void)
{
	arch_halt();
}

void arch_system_off(void)
{
	const struct plan_x86 *x86 = x86_of(self()->plan);

	if (x86->power_off_port != 0u) {
		port_write16((uint16_t)x86->power_off_port, (uint16_t)x86->power_off_value);
	}
	arch_halt();
}

/* What start.S believes of the plan's layout. */
#define HOLDS(type, field, offset) _Static_assert(offsetof(struct type, field) == (offset), "offset known to assembly")
HOLDS(plan_header, header_crc, PLAN_HEADER_CRC_OFFSET);
HOLDS(plan_header, version, PLAN_VERSION_OFFSET);
HOLDS(plan_header, size, PLAN_SIZE_OFFSET);
HOLDS(plan_header, body_crc, PLAN_BODY_CRC_OFFSET);
HOLDS(plan_header, plan_base, PLAN_BASE_OFFSET);
HOLDS(plan_header, table_base, PLAN_TABLE_BASE_OFFSET);
HOLDS(plan_header, table_size, PLAN_TABLE_SIZE_OFFSET);
HOLDS(plan_header, core_state, PLAN_CORE_STATE_OFFSET);
HOLDS(plan_header, cores, PLAN_CORES_OFFSET);
HOLDS(plan_header, table_sets, PLAN_TABLE_SETS_OFFSET);
HOLDS(plan_core, mpidr, CORE_MPIDR_OFFSET);
HOLDS(plan_core, table_set_first, CORE_TABLE_SET_FIRST_OFFSET);
HOLDS(plan_core, el2_root, CORE_EL2_ROOT_OFFSET);
HOLDS(plan_core, stack_top, CORE_STACK_TOP_OFFSET);
HOLDS(plan_table_set, base, TABLE_SET_BASE_OFFSET);
HOLDS(plan_table_set, size, TABLE_SET_SIZE_OFFSET);
HOLDS(plan_table_set, crc, TABLE_SET_CRC_OFFSET);
_Static_assert(sizeof(struct plan_header) == PLAN_HEADER_SIZE, "size known to assembly");
_Static_assert(sizeof(struct plan_core) == PLAN_CORE_SIZE, "size known to assembly");
_Static_assert(sizeof(struct plan_table_set) == TABLE_SET_SIZE, "size known to assembly");
_Static_assert((PLAN_MAGIC >> 32) == PLAN_MAGIC_HIGH, "value known to assembly");
_Static_assert((PLAN_MAGIC & UINT32_MAX) == PLAN_MAGIC_LOW, "value known to assembly");
_Static_assert(PLAN_VERSION == PLAN_VERSION_VALUE, "value known to assembly");
_Static_assert(PLAN_BOOT_TABLE_SETS == BOOT_TABLE_SETS, "value known to assembly");
_Static_assert(PLAN_CORE_STATE_SIZE == 256u, "shift in start.S");
_Static_assert(PLAN_STACK_SIZE == 4096u, "mask in vectors.S");
