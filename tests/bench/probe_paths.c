/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for every exit that comes back and has none in probe_rows.c: docs/benchmark.md says which path each is. */
#include "plan/abi.h"
#include "probe.h"

#define PSCI_CPU_SUSPEND 0xc4000001u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_RESET2 0x84000012u
#define CALL_OF_SILICON 0x82000001u

#define GICD_IIDR (PROBE_GICD + 0x8u)
#define GICD_RESERVED (PROBE_GICD + 0x10u)
#define GICD_ISENABLER2 (PROBE_GICD + 0x108u)
#define GICD_IPRIORITYR8 (PROBE_GICD + 0x420u)
#define GICD_ICFGR2 (PROBE_GICD + 0xc08u)
#define OWN_BYTE (PROBE_UART_INTID % 4u)

SAMPLE_CALL(hvc_suspend, hvc, PSCI_CPU_SUSPEND)
SAMPLE_CALL(hvc_cpu_on_self, hvc, PSCI_CPU_ON, 0)
SAMPLE_CALL(hvc_cpu_on_nobody, hvc, PSCI_CPU_ON, 0xff)
SAMPLE_CALL(hvc_migrate, hvc, PSCI_MIGRATE_INFO_TYPE)
SAMPLE_CALL(hvc_reset2, hvc, PSCI_SYSTEM_RESET2, 1)
SAMPLE_CALL(smc_silicon, smc, CALL_OF_SILICON)
SAMPLE_CALL(service_cores, hvc, ABI_CORES, ABI_SELF)
SAMPLE_CALL(service_unknown, hvc, ABI_UID + 0x80u)
SAMPLE(hvc_immediate, measure_hvc_1())
SAMPLE(smc_immediate, measure_smc_1())

SAMPLE(gicd_control, measure_write32(PROBE_GICD, 0))
SAMPLE(gicd_identity, measure_read32(PROBE_PIDR2))
SAMPLE(gicd_implementer, measure_read32(GICD_IIDR))
SAMPLE(gicd_reserved, measure_read32(GICD_RESERVED))
SAMPLE(gicd_isenabler_foreign, measure_write32(GICD_ISENABLER2, UINT32_MAX))
SAMPLE(gicd_priority_read, measure_read32(GICD_IPRIORITYR8))
SAMPLE(gicd_priority_byte, measure_write8(GICD_IPRIORITYR8 + OWN_BYTE, 0x80u))
SAMPLE(gicd_priority_foreign, measure_write8(GICD_IPRIORITYR8, 0x80u))
SAMPLE(gicd_icfgr, measure_read32(GICD_ICFGR2))
SAMPLE(own_isenabler_read, measure_read32(PROBE_ISENABLER0))
SAMPLE(own_icfgr, measure_read32(PROBE_ICFGR1))
SAMPLE(load_signed, measure_read32_signed(PROBE_ISENABLER0))
SAMPLE(load_pair, measure_read32_pair(PROBE_IPRIORITYR6))
SAMPLE(store_pair, measure_write32_pair(PROBE_IPRIORITYR6, 0x80808080u))
SAMPLE(store_pre, measure_write32_pre(PROBE_ISENABLER0 - 4u, 1u << PROBE_TIMER))
SAMPLE(clean_line, measure_clean_line(PROBE_ISENABLER0))

SAMPLE(register_constant, measure_constant_read())
SAMPLE(register_ignored, measure_constant_write())
SAMPLE(register_set_way, measure_set_way())
SAMPLE(register_os_lock, measure_os_lock())
SAMPLE(register_identity, measure_identity())
SAMPLE(sgi_nobody, measure_sgi_write(PROBE_SGI_NOBODY))
SAMPLE(sgi_others, measure_sgi_write(PROBE_SGI_OTHERS))

/* The interrupt is there, but the guest has shut its door: the sleep ends at once, and behind it everything is as before. */
static uint64_t wfi_closed(uint32_t index)
{
	uint64_t ticks;

	(void)index;
	__asm__ volatile("msr daifset, #2" ::: "memory");
	probe_priority_mask(0);
	(void)machine_timer(0);
	ticks = measure_wfi();
	__asm__ volatile("msr cntv_ctl_el0, xzr\n\tisb" ::: "memory");
	probe_priority_mask(0xffu);
	__asm__ volatile("msr daifclr, #2" ::: "memory");
	return ticks;
}

static const struct probe_row rows[] = {
	{"hvc_suspend", hvc_suspend},
	{"hvc_cpu_on_self", hvc_cpu_on_self},
	{"hvc_cpu_on_nobody", hvc_cpu_on_nobody},
	{"hvc_migrate", hvc_migrate},
	{"hvc_reset2", hvc_reset2},
	{"hvc_immediate", hvc_immediate},
	{"smc_immediate", smc_immediate},
	{"smc_silicon", smc_silicon},
	{"service_cores", service_cores},
	{"service_unknown", service_unknown},
	{"gicd_control", gicd_control},
	{"gicd_identity", gicd_identity},
	{"gicd_implementer", gicd_implementer},
	{"gicd_reserved", gicd_reserved},
	{"gicd_isenabler_foreign", gicd_isenabler_foreign},
	{"gicd_priority_read", gicd_priority_read},
	{"gicd_priority_byte", gicd_priority_byte},
	{"gicd_priority_foreign", gicd_priority_foreign},
	{"gicd_icfgr", gicd_icfgr},
	{"own_isenabler_read", own_isenabler_read},
	{"own_icfgr", own_icfgr},
	{"load_signed", load_signed},
	{"load_pair", load_pair},
	{"store_pair", store_pair},
	{"store_pre", store_pre},
	{"clean_line", clean_line},
	{"register_constant", register_constant},
	{"register_ignored", register_ignored},
	{"register_set_way", register_set_way},
	{"register_os_lock", register_os_lock},
	{"register_identity", register_identity},
	{"sgi_nobody", sgi_nobody},
	{"sgi_others", sgi_others},
};

static const struct probe_rows paths = {rows, sizeof(rows) / sizeof(rows[0])};

/* Exits of WFI so far: a partition with native WFI has none. */
static uint64_t wfi_exits(void)
{
	uint64_t values[4] = {ABI_EXITS, ABI_SELF, 0, EXIT_WFI};

	machine_call(values);
	return values[1];
}

void probe_further(uint32_t cores)
{
	if (cores > 1u) {
		probe_run("sgi_two", sgi_others); /* the rest is as with one core */
		return;
	}
	probe_run_rows(&paths);
	probe_run_rows(&gic_paths);
	if (wfi_exits() != 0u) {
		probe_run("wfi_closed", wfi_closed);
	}
}
