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
	uint16_t id; /* GIC interrupt id: 16-31 PPI, 32.. SPI */
	bool edge;
	uint32_t flags; /* third cell, as the board wrote it */
};

/* A node of the board that can be given to a partition: it has registers or interrupts. */
struct device {
	const char *path;
	const char *name; /* node name */
	int node;         /* offset in the tree */
	uint32_t phandle;
	struct location location;
	struct range *registers;
	size_t register_count;
	struct interrupt *interrupts;
	size_t interrupt_count;
	int owner;               /* index of partition, -1 = nobody's */
	struct location taken;   /* the `access` that gave it away */
	uint64_t *mapped;        /* guest-physical address of each register range, = base unless `device-map` */
	struct location moved;   /* the `device-map` that moved it; NULL where none did */
	bool disabled;           /* its `status` is not "okay" */
	const char *unavailable; /* why nobody can own it, as the rest of a sentence; NULL = somebody can */
	struct location unavailable_at;
};

struct core {
	const char *path;
	const char *name;
	int node;
	uint32_t phandle;
	uint64_t mpidr;
	struct location location;
	int owner;             /* index of partition, -1 = nobody's */
	size_t vcpu;           /* its number in that partition */
	struct location taken; /* the `cpus` that gave it away */
};

struct window {
	uint64_t base; /* guest-physical */
	uint64_t size;
	uint64_t pa; /* by place */
	struct location location;
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
	const char *kernel, *ramdisk, *bootargs;
	struct location kernel_location, ramdisk_location, bootargs_location, entry_location, load_location;
	const char *execution_state; /* as written, or NULL: the kernel decides */
	struct location execution_state_location;
	bool is_aarch32; /* by load */
	bool is_linux;   /* the kernel is an arm64 Image */
	bool has_entry, has_load;
	uint64_t entry;    /* guest-physical; AArch32: bit 0 set = Thumb */
	uint64_t load;     /* raw images */
	bool wants_dtb;    /* `dtb`, default: Linux */
	bool dtb_given;    /* `dtb` was written: it, not the kind of kernel, decides */
	uint64_t argument; /* guest-physical address of the device tree, 0 = none */
	bool direct_map;
	bool in_place;
	bool wfi_trap;
	uint64_t observes; /* bit per partition, its own included */
	const char *criticality;
	struct image *images;
	size_t image_count;
};

struct gic {
	const char *path;
	int node;
	enum plan_gic version;
	struct range distributor;
	struct range redistributors; /* GICv3 */
	struct range cpu_interface;  /* GICv2 */
};

struct qemu {
	const char *machine, *cpu, *ram;
	const char **arguments; /* further ones, `arguments` strings of the node */
	size_t argument_count;
	uint32_t smp;
};

struct board {
	const char *name; /* file name without .dtsi */
	int node;         /* /bulkhead, -1 = none */
	struct location location;
	uint64_t load_address;
	uint32_t pa_bits;
	int console;              /* index of device, -1 = none */
	const char *console_uart; /* driver's name: "pl011" */
	enum plan_when_all_off when_all_off;
	struct range *memory;
	size_t memory_count;
	struct gic gic;
	uint32_t virtual_timer, physical_timer; /* PPI interrupt ids */
	int timer_node, psci_node;
	uint32_t spare_first, spare_count; /* SPIs that doorbells may take */
	struct qemu qemu;
};

struct model {
	const char *file; /* as the user named it */
	void *tree;       /* flattened, by libfdt */
	struct board board;
	struct core *cores; /* board order */
	size_t core_count;
	struct device *devices;
	size_t device_count;
	struct partition *partitions; /* file order */
	size_t partition_count;
	/* by place */
	struct range golden;     /* where golden images lie */
	uint64_t hypervisor_end; /* no stack or log lies above; the golden images begin here */
};

#endif
