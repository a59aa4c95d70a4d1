/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: board and partitions as the planner's passes see them. read fills in what the files say, check refuses what is
 * wrong, place adds physical addresses, emit turns it into a plan and an image. Not here: the plan's bytes (plan/plan.h).
 */
#ifndef PLANNER_MODEL_H
#define PLANNER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

/* Where something was written: `where` is "FILE:LINE" of the property or node, for messages. */
struct location {
	const char *where;
};

struct range {
	uint64_t base;
	uint64_t size;
};

struct interrupt {
	uint16_t id; /* GIC interrupt id: 16-31 PPI, 32.. SPI; x86: 32 and a pin of the I/O APIC */
	bool edge;
	uint32_t flags; /* third cell, as the board wrote it */
	int place;      /* in the device's property */
};

/* x86: ports [base, base + count). */
struct ports {
	uint32_t base, count;
};

/* x86: a PCI function. Base address registers as they are to be written, and what they read after all ones were. */
struct function {
	uint16_t id; /* bus << 8 | device << 3 | function */
	uint32_t bars[PLAN_X86_BARS], masks[PLAN_X86_BARS];
	uint64_t msix_pa;    /* its MSI-X table, */
	uint32_t msix_count; /* of so many entries; 0 = it has none */
};

/* A node of the tree, by its place in it. */
struct node {
	int offset;           /* libfdt's */
	int parent;           /* index; -1 = the root's */
	uint32_t phandle;     /* 0 = none */
	int device;           /* index of the device that it is or is a part of, -1 = none */
	const char *reserved; /* why nobody can own it, as the rest of a sentence; NULL = somebody can */
};

/* A node of the board that can be given to a partition: it has registers or interrupts. */
struct device {
	const char *path;
	const char *name; /* node name */
	int node;         /* offset in the tree */
	uint32_t phandle;
	struct location location;
	struct range *registers; /* first those of `reg`, then the windows of a PCI host */
	size_t register_count, reg_count;
	struct ports *ports; /* x86 */
	size_t port_count;
	struct function *function;    /* x86; NULL = it is none */
	struct interrupt *interrupts; /* first its own, in their order, then what reaches the GIC otherwise */
	size_t interrupt_count, own_interrupt_count;
	int controller;          /* node that takes interrupts of its own, though it is not the GIC; -1 = none */
	int owner;               /* index of partition, -1 = nobody's */
	struct location taken;   /* the `access` or `take` that gave it away */
	uint64_t *mapped;        /* guest-physical address of each register range, = base unless `device-map` */
	struct location moved;   /* the `device-map` that moved it; NULL where none did */
	int disabled;            /* node whose `status` is not "okay", its own or one above it; 0 = there is none */
	const char *unavailable; /* why nobody can own it, as the rest of a sentence; NULL = somebody can */
	struct location unavailable_at;
};

struct core {
	const char *path;
	const char *name;
	int node;
	uint32_t phandle;
	uint64_t mpidr;          /* x86: id of its local APIC */
	uint64_t release;        /* of its spin table; 0 = firmware starts it */
	const char *unavailable; /* why nobody can own it, as the rest of a sentence; NULL = somebody can */
	struct location location;
	int owner;   /* index of partition, -1 = nobody's */
	size_t vcpu; /* its number in that partition */
};

struct window {
	uint64_t base; /* guest-physical */
	uint64_t size;
	uint64_t pa; /* by place */
};

/* One contiguous piece of a golden image: a raw file, or a PT_LOAD segment of an ELF. */
struct image {
	enum plan_image_kind kind;
	const char *file;
	struct location location;
	uint8_t *data;
	uint64_t size;
	uint64_t fill;   /* zero bytes behind it */
	uint64_t base;   /* guest-physical */
	uint64_t pa;     /* by place */
	uint64_t golden; /* by place: physical address in the image */
};

/* What a partition's tree has in place of something that is another's. */
struct substitution {
	const char *node, *property; /* of the partition's device or of a part of it */
	const char *provider;        /* path of what it refers to */
	int owner;                   /* of the provider: index of partition, -1 = nobody */
	uint32_t rate;               /* of the fixed clock that takes its place, Hz; 0 = the property is left out */
};

#define MODEL_NOWHERE UINT64_MAX /* no address */

struct partition {
	const char *name;
	int node;
	uint32_t phandle;
	struct location location;
	size_t *cores; /* indices into model.cores, virtual number order */
	size_t core_count;
	struct window *memory;
	size_t memory_count;
	size_t *devices; /* indices into model.devices */
	size_t device_count;
	/* Properties as written; a text is NULL where there is none. */
	const char *kernel, *ramdisk, *bootargs, *dtb, *execution_state, *wfi, *criticality;
	const char *take, *load, *on_fault, *on_reset, *on_watchdog;
	uint64_t load_address, entry; /* guest-physical; MODEL_NOWHERE = not written */
	bool direct_map;
	uint64_t observes, supervises; /* bit per partition; the first: its own included */
	/* by load */
	bool is_aarch32;
	const uint8_t *setup; /* x86: of a Linux, the file that begins with its setup header */
	bool is_linux;        /* the kernel is an arm64 Image, or a bzImage */
	bool wants_tree;      /* it gets a device tree */
	uint64_t start;       /* where it enters, guest-physical; AArch32: bit 0 set = Thumb */
	uint64_t argument;    /* guest-physical address of the device tree, 0 = none; x86: of the zero page */
	struct substitution *substitutions; /* by guest_prune */
	size_t substitution_count;
	bool provides; /* another partition depends on clocks or power that this one owns */
	struct image *images;
	size_t image_count;
};

struct gic {
	const char *path;
	int node;
	enum plan_gic version;       /* 0 = none that is known, and on x86 */
	struct range distributor;    /* x86: I/O APIC */
	struct range redistributors; /* GICv3 */
	struct range cpu_interface;  /* GICv2; x86: local APICs, all at one address */
	struct range *others;        /* what else its node and the nodes below have: GICH, GICV, the ITS */
	size_t other_count;
};

/* What an x86 board's node `bulkhead` says further. */
struct x86_board {
	const char *vendor; /* of the cores' virtualization: "amd", "intel" */
	uint32_t trampoline, apic_frequency;
	uint64_t tsc_frequency; /* 0 = to be measured */
	uint32_t power_off_port, power_off_value;
	int pci_node, iommu_node;          /* 0 = none */
	struct range configuration, iommu; /* PCI's memory-mapped configuration space, the IOMMU's registers */
	uint32_t buses;                    /* from bus 0 */
	struct range *windows;             /* of addresses for PCI functions, where cores and bus have the same */
	size_t window_count;
};

struct qemu {
	const char *machine, *cpu, *ram;
	const char **arguments; /* further ones, `arguments` strings of the node */
	size_t argument_count;
	uint32_t smp;
};

/* What the hypervisor cannot do on a board, though the board can be read. */
struct shortfall {
	struct location location;
	const char *text;
};

struct board {
	const char *name; /* file name without .dtsi */
	int node;         /* /bulkhead, -1 = none */
	enum plan_arch arch;
	struct location location;
	uint64_t load_address;
	uint32_t pa_bits;
	int console;              /* index of device, -1 = none */
	const char *console_uart; /* driver's name: "pl011" */
	const char *when_all_off; /* as written, or the default */
	struct range *memory;     /* what partitions and hypervisor can have of the RAM */
	size_t memory_count;
	struct range *ram; /* all of it, with what firmware has reserved */
	size_t ram_count;
	struct gic gic;
	struct x86_board x86;
	uint32_t virtual_timer, physical_timer; /* PPI interrupt ids */
	int timer_node, psci_node;              /* x86: the local APIC, none */
	uint32_t spare_first, spare_count;      /* SPIs that doorbells may take */
	struct qemu qemu;
	const char **formats; /* what its loader takes: "image", "fit", "sdcard" */
	size_t format_count;
	struct shortfall *shortfalls; /* by read_machine */
	size_t shortfall_count;
};

struct model {
	const char *file; /* as the user named it */
	void *tree;       /* flattened, by libfdt */
	struct board board;
	struct node *nodes; /* tree order; the root is the first */
	size_t node_count;
	struct core *cores; /* board order */
	size_t core_count;
	struct device *devices;
	size_t device_count;
	struct partition *partitions; /* file order */
	size_t partition_count;
	/* by place */
	struct range golden;     /* where golden images lie */
	uint64_t golden_end;     /* behind their last byte; 0 = there are none */
	uint64_t hypervisor_end; /* no stack or log lies above; the golden images begin here */
};

#endif
