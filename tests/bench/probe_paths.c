/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for every exit that comes back and has none in probe_rows.c: docs/benchmark.md says which path each is. */
#include "plan/abi.h"
#include "probe.h"

#define PSCI_CPU_SUSPEND 0xc4000001u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_RESET2 0x84000012u
#define CALL_OF_SILICON 0x82000001u

#define GICD_CTLR PROBE_GICD
#define GICD_ICFGR2 (PROBE_GICD + 0xc08u)
#define GICD_IROUTER33 (PROBE_GICD + 0x6108u)
#define GICD_IPRIORITYR8 (PROBE_GICD + 0x420u)
#define GICD_PIDR2 (PROBE_GICD + 0xffe8u)
#define GICD_RESERVED (PROBE_GICD + 0x10u)
#define GICR_WAKER (PROBE_GICR + 0x14u)
#define GICR_TYPER (PROBE_GICR + 0x8u)
#define GICR_PROPBASER (PROBE_GICR + 0x70u)
#define GICR_ISENABLER0 (PROBE_GICR + PROBE_GICR_SGI_FRAME + 0x100u)
#define GICR_IPRIORITYR6 (PROBE_GICR + PROBE_GICR_SGI_FRAME + 0x418u)
#define GICR_ICFGR1 (PROBE_GICR + PROBE_GICR_SGI_FRAME + 0xc04u)

#define SGI(value) (((uint64_t)PROBE_SGI << 24) | (value))
#define SGI_IRM (UINT64_C(1) << 40)
#define SGI_AFF2 (UINT64_C(1) << 32)

/* A sampler of one operation. */
#define SAMPLE(name, operation)                                                                                        \
	static uint64_t name(uint32_t index)                                                                           \
	{                                                                                                              \
		(void)index;                                                                                           \
		return operation;                                                                                      \
	}

/* A sampler of one call, by HVC or SMC: the function id and its arguments. */
#define SAMPLE_CALL(name, by, ...)                                                                                     \
	static uint64_t name(uint32_t index)                                                                           \
	{                                                                                                              \
		static const uint64_t call[4] = {__VA_ARGS__};                                                         \
		(void)index;                                                                                           \
		return measure_##by(call);                                                                             \
	}

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

SAMPLE(gicd_control, measure_write32(GICD_CTLR, 0))
SAMPLE(gicd_identity, measure_read32(GICD_PIDR2))
SAMPLE(gicd_reserved, measure_read32(GICD_RESERVED))
SAMPLE(gicd_icfgr, measure_read32(GICD_ICFGR2))
SAMPLE(gicd_irouter_read, measure_read64(GICD_IROUTER33))
SAMPLE(gicd_priority_byte, measure_write8(GICD_IPRIORITYR8 + 1u, 0x80u))
SAMPLE(gicr_typer_word, measure_read32(GICR_TYPER + 4u))
SAMPLE(gicr_waker, measure_write32(GICR_WAKER, 0))
SAMPLE(gicr_propbaser, measure_read64(GICR_PROPBASER))
SAMPLE(gicr_icfgr, measure_read32(GICR_ICFGR1))
SAMPLE(load_signed, measure_read32_signed(GICR_ISENABLER0))
SAMPLE(load_pair, measure_read32_pair(GICR_IPRIORITYR6))
SAMPLE(store_pair, measure_write32_pair(GICR_IPRIORITYR6, 0x80808080u))
SAMPLE(store_pre, measure_write32_pre(GICR_ISENABLER0 - 4u, 1u << PROBE_TIMER))
SAMPLE(clean_line, measure_clean_line(GICR_ISENABLER0))

SAMPLE(register_constant, measure_constant_read())
SAMPLE(register_ignored, measure_constant_write())
SAMPLE(register_set_way, measure_set_way())
SAMPLE(register_os_lock, measure_os_lock())
SAMPLE(register_identity, measure_identity())
SAMPLE(interface_group_0, measure_group_0())
SAMPLE(interface_read, measure_interface_read())
SAMPLE(interface_write, measure_interface_write())
SAMPLE(interface_running, measure_running_priority())
SAMPLE(interface_deactivate, measure_deactivate())
SAMPLE(sgi_nobody, measure_sgi_write(SGI(0xfffe)))
SAMPLE(sgi_far, measure_sgi_write(SGI(1) | SGI_AFF2))
SAMPLE(sgi_others, measure_sgi_write(SGI(0) | SGI_IRM))
SAMPLE(sgi_other_group, measure_sgi_other_group())

/* The interrupt is there, but the guest has shut its door: the sleep ends at once, and behind it everything is as before. */
static uint64_t wfi_closed(uint32_t index)
{
	uint64_t ticks;

	(void)index;
	__asm__ volatile("msr daifset, #2\n\tmsr S3_0_C4_C6_0, xzr\n\tisb" ::: "memory"); /* ICC_PMR_EL1 */
	(void)machine_timer(0);
	ticks = measure_wfi();
	__asm__ volatile("msr cntv_ctl_el0, xzr\n\tisb\n\tmsr S3_0_C4_C6_0, %0\n\tisb\n\tmsr daifclr, #2" ::"r"(0xfful)
			 : "memory");
	return ticks;
}

static const struct {
	const char *name;
	uint64_t (*sample)(uint32_t index);
} paths[] = {
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
	{"gicd_reserved", gicd_reserved},
	{"gicd_icfgr", gicd_icfgr},
	{"gicd_irouter_read", gicd_irouter_read},
	{"gicd_priority_byte", gicd_priority_byte},
	{"gicr_typer_word", gicr_typer_word},
	{"gicr_waker", gicr_waker},
	{"gicr_propbaser", gicr_propbaser},
	{"gicr_icfgr", gicr_icfgr},
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
	{"interface_group_0", interface_group_0},
	{"interface_read", interface_read},
	{"interface_write", interface_write},
	{"interface_running", interface_running},
	{"interface_deactivate", interface_deactivate},
	{"sgi_nobody", sgi_nobody},
	{"sgi_far", sgi_far},
	{"sgi_others", sgi_others},
	{"sgi_other_group", sgi_other_group},
};

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
	for (uint32_t i = 0; i < (sizeof(paths) / sizeof(paths[0])); i++) {
		probe_run(paths[i].name, paths[i].sample);
	}
	if (wfi_exits() != 0u) {
		probe_run("wfi_closed", wfi_closed);
	}
}
