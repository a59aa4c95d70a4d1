/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what the planner decided, as one position-fixed binary that host and target read alike. Fixed-width,
 * naturally aligned, little-endian structs; every address in it is final. Not here: how it is made (planner) or checked
 * (check.h).
 *
 * The image in memory, from the load address up (all page-aligned):
 *
 *   text (RX) | rodata (R) | data (RW) | plan (R) | tables (R) | shared RW: stage-2 roots, run-time state | per core:
 * stack, log
 *   ... next 2 MiB boundary: golden guest images, in nobody's steady map
 *
 * EL2's virtual space: the image at its physical address; behind it the devices; in the last 2 MiB of that GiB one region
 * for this core's stack, log and window, at the same address on each core; while a partition is loaded also the golden
 * images (read-only) and that partition's RAM (read-write) at physical address + loader_offset.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdint.h>

#define PLAN_MAGIC 0x4e414c504b4c5542u /* "BULKPLAN" */
#define PLAN_VERSION 4u
#define PLAN_PAGE 4096u
#define PLAN_NONE 0xffffu
#define PLAN_NAME 32u
#define PLAN_STACK_SIZE 4096u
#define PLAN_LOG_SIZE 4096u
#define PLAN_BOOT_TABLE_SETS 2u /* of a core: checked before its MMU is on; the rest after */
#define PLAN_INTERRUPTS 1024u
#define PLAN_INTERRUPT_WORDS (PLAN_INTERRUPTS / 32u)
#define PLAN_MAX_CORES 64u
#define PLAN_MAX_PARTITIONS 32u

enum plan_arch { PLAN_ARCH_ARMV8 = 1, PLAN_ARCH_X86 = 2, PLAN_ARCH_FAKE = 3 };
enum plan_vendor { PLAN_VENDOR_NONE = 0, PLAN_VENDOR_AMD = 1, PLAN_VENDOR_INTEL = 2 };
enum plan_gic { PLAN_GIC_NONE = 0, PLAN_GIC_V2 = 2, PLAN_GIC_V3 = 3 };
enum plan_when_all_off { PLAN_ALL_OFF_PARK = 0, PLAN_ALL_OFF_POWER_OFF = 1 };

/* Bytes reserved for each piece of run-time state that the hypervisor keeps in the shared RW area. */
#define PLAN_CORE_STATE_SIZE 256u
#define PLAN_PARTITION_STATE_SIZE 64u
#define PLAN_VCPU_STATE_SIZE 64u

/* `count` rows from `offset` bytes behind the header's first byte. */
struct plan_array {
	uint32_t offset;
	uint32_t count;
};

/*
 * CRC-32 is the IEEE 802.3 polynomial, reflected, initial value and final exclusive-or all ones (zlib's crc32, the
 * CRC32 instructions). header_crc covers the header from `version` to its end; body_crc the bytes from the header's end
 * to `size`. sha256 covers the image from image_base to shared_base, itself, header_crc and body_crc read as zeros, and
 * behind that the sha256 of each image row, in their order, in place of the golden bytes.
 */
struct plan_header {
	uint64_t magic;
	uint32_t header_crc;
	uint32_t version;
	uint32_t size; /* header and arrays, bytes, a multiple of 8 */
	uint32_t body_crc;
	uint8_t sha256[32];
	char board[PLAN_NAME];
	uint32_t arch;            /* enum plan_arch */
	uint32_t gic;             /* enum plan_gic */
	uint32_t pa_bits;         /* physical address bits that the board promises */
	uint32_t va_bits;         /* of the hypervisor's own tables: TCR_EL2.T0SZ = 64 - va_bits */
	uint32_t when_all_off;    /* enum plan_when_all_off */
	uint32_t interrupt_count; /* interrupt ids that the board uses, 32 .. 1020 */
	uint64_t plan_base;       /* physical address of this header */
	uint64_t image_base;      /* = load address */
	uint64_t image_size;      /* all of the file, golden images included */
	uint64_t table_base;      /* constant tables, checked by the table sets below */
	uint64_t table_size;
	uint64_t shared_base; /* shared RW area */
	uint64_t shared_size;
	uint64_t private_base; /* stacks and logs of all cores, zero in the file */
	uint64_t private_size;
	uint64_t golden_base;   /* 2 MiB-aligned */
	uint64_t golden_size;   /* a multiple of 2 MiB: nothing else lies there */
	uint64_t loader_offset; /* virtual minus physical address of what loader tables add */
	uint64_t console_va;    /* registers of the hypervisor's console, 0 = none */
	uint64_t gicd_va;
	uint64_t gicd_pa;
	uint64_t gicr_pa;         /* start of the board's redistributor region; GICC of a GICv2 */
	uint64_t gicr_size;       /* of that: device windows keep clear of it */
	uint64_t core_state;      /* PLAN_CORE_STATE_SIZE a core row */
	uint64_t partition_state; /* PLAN_PARTITION_STATE_SIZE a partition row */
	uint64_t vcpu_state;      /* PLAN_VCPU_STATE_SIZE a vcpu row */
	struct plan_array cores;
	struct plan_array partitions;
	struct plan_array vcpus;
	struct plan_array windows;
	struct plan_array filters;
	struct plan_array interrupts;
	struct plan_array images;
	struct plan_array roots;
	struct plan_array table_sets;
	struct plan_array memory; /* the board's RAM: struct plan_range */
	struct plan_array x86;    /* struct plan_x86: one row on x86, none elsewhere */
	struct plan_array vmcs;   /* struct plan_vmcs: for PLAN_VENDOR_INTEL only */
};

struct plan_range {
	uint64_t base;
	uint64_t size;
};

/*
 * A physical core that the hypervisor runs on: every owned one, and the board's first (it boots). Row order = board
 * order.
 */
struct plan_core {
	uint64_t mpidr;           /* affinity bits only; x86: x2APIC id */
	uint16_t partition;       /* PLAN_NONE: boots, then switches itself off */
	uint16_t vcpu;            /* row of `vcpus` */
	uint16_t table_set_first; /* of `table_sets`: what this core checks before its MMU is on */
	uint16_t table_set_count;
	uint64_t el2_root;    /* physical; x86: of the PML4 */
	uint64_t loader_root; /* physical; 0 where this core is not its partition's virtual core 0 */
	uint64_t stack_top;   /* virtual */
	uint64_t log;         /* virtual, PLAN_LOG_SIZE bytes */
	uint64_t log_pa;
	uint64_t window;            /* virtual address of a page that window_descriptor maps */
	uint64_t window_descriptor; /* virtual address of its level-3 descriptor, mapped read-write */
	uint64_t gicr_va;           /* this core's redistributor: RD_base, SGI_base at +64 KiB; GICv2: GICC */
	uint64_t release; /* physical: where its spin table waits for an address; 0 = PSCI firmware starts it */
};

/* A virtual core: pinned to one core for ever. A partition's rows are contiguous, in the order of its virtual numbers.
 */
struct plan_vcpu {
	uint64_t virtual_id; /* VMPIDR_EL2 affinity: what the guest reads, names in PSCI and in SGIs */
	uint64_t sgi_target; /* ICC_SGI1R_EL1 without INTID: affinities and target-list bit of its core; GICv2: 1 <<
				interface */
	uint64_t route;      /* GICD_IROUTER value of its core; GICv2: target byte */
	uint16_t core;       /* row of `cores` */
	uint16_t partition;  /* row of `partitions` */
	uint16_t number;     /* virtual core number in the partition */
	uint16_t reserved;
};

#define PLAN_PARTITION_AARCH32 0x1u
#define PLAN_PARTITION_WFI_TRAP 0x2u

struct plan_partition {
	char name[PLAN_NAME];
	uint64_t entry;          /* guest-physical; PLAN_PARTITION_AARCH32: bit 0 set = Thumb */
	uint64_t argument;       /* x0 at entry: guest-physical address of the device tree, or 0 */
	uint64_t stage2_root;    /* physical */
	uint64_t stage2_control; /* VTCR_EL2 */
	uint64_t observes;       /* bit n: may read partition n's counters and state; its own bit is set */
	uint32_t flags;          /* PLAN_PARTITION_* */
	uint16_t vmid;           /* 1 .. 255 */
	uint16_t vcpu_first, vcpu_count;
	uint16_t window_first, window_count;
	uint16_t filter_first, filter_count; /* distributor, then redistributors; x86: I/O APIC, PCI, tables */
	uint16_t image_first, image_count;
	uint16_t root_first, root_count;
	uint16_t interrupt_first, interrupt_count;
	uint16_t reserved[3];
	/* The interrupt ids that are its own: bits 0-15 all SGIs, 16-31 the PPIs of its cores, 32.. SPIs. */
	uint32_t interrupt_mask[PLAN_INTERRUPT_WORDS];
	uint32_t reserved_end;
};

/* A GICv2's CPU interface is banked: every partition has it, and each core reaches its own. */
enum plan_window_kind { PLAN_WINDOW_RAM = 1, PLAN_WINDOW_DEVICE = 2, PLAN_WINDOW_INTERFACE = 3 };

/* What a partition reaches without an exit: guest-physical [base, base + size) is physical [pa, pa + size). */
struct plan_window {
	uint64_t base;
	uint64_t pa;
	uint64_t size;
	uint16_t partition;
	uint16_t kind; /* enum plan_window_kind */
	uint32_t reserved;
};

/* PCI: configuration space, of a partition that owns functions. MSIX: the pages of a function's table of messages. */
enum plan_filter_kind {
	PLAN_FILTER_GICD = 1,
	PLAN_FILTER_GICR = 2,
	PLAN_FILTER_IOAPIC = 3,
	PLAN_FILTER_PCI = 4,
	PLAN_FILTER_MSIX = 5
};

/* What a partition reaches through a trap: guest-physical registers that the hypervisor answers for. GICR: GICv3 only. */
struct plan_filter {
	uint64_t base;
	uint64_t size;
	uint16_t partition;
	uint16_t kind; /* enum plan_filter_kind */
	uint16_t vcpu; /* GICR: row of `vcpus` of its first frame; frames follow in vcpu order, 128 KiB each */
	uint16_t reserved;
	uint64_t va; /* where the hypervisor reaches the registers of `base`; as contiguous as the guest sees them */
};

/* A shared peripheral interrupt and its owner; rows of a partition are contiguous. */
struct plan_interrupt {
	uint16_t id;
	uint16_t partition;
	uint8_t edge; /* 1 = edge-triggered: GICD_ICFGR, written once at boot */
	uint8_t reserved[3];
};

/* A start block is what x86 firmware would leave for a guest: zero page, command line, first page tables, ACPI tables. */
enum plan_image_kind { PLAN_IMAGE_KERNEL = 1, PLAN_IMAGE_RAMDISK = 2, PLAN_IMAGE_DTB = 3, PLAN_IMAGE_START = 4 };

/* A golden image: `size` bytes at `golden` are copied to `pa`, then `fill` zero bytes follow. */
struct plan_image {
	uint64_t golden; /* physical */
	uint64_t pa;     /* destination, physical */
	uint64_t base;   /* destination, guest-physical */
	uint64_t size;
	uint64_t fill;
	uint16_t partition;
	uint16_t kind;      /* enum plan_image_kind */
	uint32_t in_place;  /* 1: golden = pa, nothing is copied */
	uint8_t sha256[32]; /* of the golden bytes */
};

/* A root entry of a stage-2 tree: cleared by a recall, restored from here. */
struct plan_root {
	uint64_t address; /* virtual = physical, inside the shared RW area */
	uint64_t value;
};

#define PLAN_X86_CLUSTERS 16u /* of 16 cores each: APIC ids of 8 bits */

/*
 * x86: constant pages of a partition, each physical and page-aligned. AMD: two VMCBs, as virtual core 0 starts and as any core
 * is after SIPI, the MSR permission map (2 pages) and the I/O permission map (3 pages). Intel: MSR bitmap (1 page), I/O bitmaps
 * A and B (2 pages); the values are in the rows `vmcs`.
 */
struct plan_x86_partition {
	uint64_t start_control; /* 0 on Intel */
	uint64_t reset_control; /* 0 on Intel */
	uint64_t msr_map;
	uint64_t port_map;
	uint16_t start_first, start_count; /* of `vmcs`: as virtual core 0 starts */
	uint16_t reset_first, reset_count; /* of `vmcs`: as any core is after SIPI */
	uint32_t pins;                     /* of the I/O APIC, as it sees it: up to the last one of its own */
	uint32_t cluster_count;            /* of `clusters`: up to the last one with a core of its own */
	/* Its cores by logical x2APIC id (Intel SDM volume 3, 11.12.10.2): bit n of clusters[c] is the core of id c * 16 + n. */
	uint16_t clusters[PLAN_X86_CLUSTERS];
};

#define PLAN_X86_FUNCTIONS 32u
#define PLAN_X86_BARS 6u
#define PLAN_DEVICE_ENTRY_SIZE 32u /* of the device table, bytes */
#define PLAN_MSIX_ENTRY_SIZE 16u
#define PLAN_MSIX_ENTRIES 256u
#define PLAN_REMAP_SIZE 1024u /* of an interrupt remapping table, bytes: 4 for each entry */

/*
 * x86: a PCI function that a partition owns. `bars` are its base address registers as boot writes them, with their type bits;
 * `masks` what they must read after all ones were written: 0 where there is none. Its MSI-X table lies in its own registers, in
 * pages that no window has.
 */
struct plan_x86_function {
	uint16_t id; /* bus << 8 | device << 3 | function */
	uint16_t partition;
	uint32_t bars[PLAN_X86_BARS];
	uint32_t masks[PLAN_X86_BARS];
	uint32_t msix_count; /* entries of PLAN_MSIX_ENTRY_SIZE; 0 = it has no table */
	uint64_t msix_pa;    /* of the table */
	uint64_t msix_va;    /* the same where the hypervisor reaches it */
};

/*
 * What x86 needs beyond all of the above. Interrupt id 32 + n is pin n of the I/O APIC.
 *
 * The device table (AMD IOMMU specification 48882, 2.2.2) is constant, among the tables: an entry of every id of the buses. A
 * function of a partition has that partition's stage-2 root as its root of 4 levels, and its vmid as domain; every other id has an
 * entry that is valid and lets nothing through. Messages of a function with an MSI-X table are remapped by the table of its row in
 * `remap` (2.2.5), as many as it has entries; others are dropped.
 */
struct plan_x86 {
	uint32_t vendor;     /* enum plan_vendor */
	uint32_t trampoline; /* physical, a page below 1 MiB: where cores other than the first begin */
	uint64_t ioapic_pa;  /* its page */
	uint64_t ioapic_va;
	uint32_t ioapic_pins;
	uint32_t apic_frequency; /* of the local APICs' timers before their divider, Hz */
	uint64_t tsc_frequency;  /* Hz; 0 = measured against the PIT */
	uint64_t control;        /* a page a vcpu row, in the shared area: its VMCB or VMCS */
	uint64_t host;           /* a page a core row, in the shared area: host save area, or VMXON region */
	uint32_t power_off_port; /* written as 16 bits to switch the board off; 0 = cannot be */
	uint32_t power_off_value;
	uint64_t configuration_pa; /* PCI's memory-mapped configuration space, bus 0 first; 0 = no PCI */
	uint64_t configuration_va;
	uint64_t iommu_pa; /* its registers; 0 = none */
	uint64_t iommu_va;
	uint64_t device_table;   /* physical, page-aligned; 0 = no IOMMU */
	uint64_t remap;          /* PLAN_REMAP_SIZE a function row, in the shared area */
	uint32_t buses;          /* from bus 0: 1 MiB of configuration space, 256 entries of the device table each */
	uint32_t function_count; /* of `functions` */
	struct plan_x86_function functions[PLAN_X86_FUNCTIONS];
	struct plan_x86_partition partitions[PLAN_MAX_PARTITIONS];
};

/* A VMCS field (Intel SDM volume 3, appendix B): `value`, and of a control what the core's capabilities must allow. */
struct plan_vmcs {
	uint64_t value;
	uint32_t field;    /* encoding */
	uint32_t required; /* bits of `value` that a core must be able to set, or it refuses; it leaves others out */
};

/* Consecutive table pages, or one stage-2 root, with their CRC-32. */
struct plan_table_set {
	uint64_t base; /* physical, 8-byte aligned */
	uint32_t size; /* bytes, a multiple of 16 */
	uint32_t crc;
};

#endif
