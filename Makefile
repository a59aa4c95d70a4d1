# SPDX-License-Identifier: Apache-2.0
# Bulkhead: `make run` tries a system, `make test` checks everything; both install what is missing.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

SYSTEM ?= ivi-rtos
BOARD ?= qemu-virt-gicv3
# A board that is not one of config/boards: make hypervisor BOARD_FILE=DIR/NAME.dtsi
ifdef BOARD_FILE
override BOARD := $(basename $(notdir $(BOARD_FILE)))
endif
BOARD_FILE ?= config/boards/$(BOARD).dtsi
BUILD := build

# ---- everyday commands ----------------------------------------------------------------------------------------------

JOBS := $(shell nproc)

.PHONY: all run test clean help
all: planner hypervisors guests

run:
	@$(MAKE) --no-print-directory -j$(JOBS) all
	$(BUILD)/bulkhead run configs/partitions/$(SYSTEM).dts

# Everything: what this host alone does side by side, the longest first; then whole machines, two at a time. Each
# runner ends with its own summary line.
TESTS_HOST := lint test-verify mutants-quick bench test-trees test-unit fuzz-replay test-image test-config unit-planner \
	check-tree test-flash test-report unit-scripts size
TESTS_MACHINE := test-system test-docs
test:
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory -j$(JOBS) -Otarget $(TESTS_HOST)
	@$(MAKE) --no-print-directory $(TESTS_MACHINE)

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^# \?//; 2p' Makefile
	@echo "make run [SYSTEM=NAME]   build all, start configs/partitions/NAME.dts in QEMU (default $(SYSTEM))"
	@echo "make test                every check and test; one of them alone: make $(TESTS_HOST) $(TESTS_MACHINE)"
	@echo "make test-boards         further boards, and what takes longer"
	@echo "make all | clean         build the planner, the hypervisor of BOARD=$(BOARD) and the guests | remove build/"

# ---- set-up (scripts/setup) -----------------------------------------------------------------------------------------

# Rules that call a tool name $(SETUP) as an order-only prerequisite: a clean machine then gets its tools first.
SETUP := $(BUILD)/setup.stamp

.PHONY: setup
setup:
	@scripts/setup

$(SETUP): scripts/setup
	@scripts/setup

# ---- planner --------------------------------------------------------------------------------------------------------

PLANNER_CFLAGS := -std=c11 -D_GNU_SOURCE -g -Wall -Wextra -Werror -Wconversion -Isrc
# What verifies an image: pure, and shares nothing with what made it.
CHECK_SOURCES := \
	src/plan/check/armv8/arch.c \
	src/plan/check/armv8/gic.c \
	src/plan/check/armv8/tables.c \
	src/plan/check/claims.c \
	src/plan/check/content.c \
	src/plan/check/el2.c \
	src/plan/check/frame.c \
	src/plan/check/hash.c \
	src/plan/check/images.c \
	src/plan/check/map.c \
	src/plan/check/rows.c \
	src/plan/check/sets.c \
	src/plan/check/stage2.c \
	src/plan/check/verify.c \
	src/plan/check/walk.c \
	src/plan/check/x86/arch.c \
	src/plan/check/x86/claims.c \
	src/plan/check/x86/formats.c \
	src/plan/check/x86/machine.c \
	src/plan/check/x86/maps.c \
	src/plan/check/x86/pci.c \
	src/plan/check/x86/state.c \
	src/plan/check/x86/tables.c \
	src/plan/check/x86/vmcb.c \
	src/plan/check/x86/vmcs.c
# What the target checks of its plan, and the planner with it.
PLAN_SOURCES := \
	src/plan/check.c \
	src/plan/check_owned.c \
	src/plan/check_x86.c
PLANNER_SOURCES := \
	src/planner/main.c \
	src/planner/build.c \
	src/planner/message.c \
	src/planner/memory.c \
	src/planner/file.c \
	src/planner/suggest.c \
	src/planner/dtc.c \
	src/planner/program.c \
	src/planner/locate.c \
	src/planner/tree.c \
	src/planner/nodes.c \
	src/planner/reference.c \
	src/planner/signal.c \
	src/planner/uart.c \
	src/planner/devices.c \
	src/planner/read.c \
	src/planner/read_machine.c \
	src/planner/read_bus.c \
	src/planner/x86/acpi.c \
	src/planner/x86/linux.c \
	src/planner/x86/machine.c \
	src/planner/x86/check.c \
	src/planner/x86/control.c \
	src/planner/x86/image.c \
	src/planner/x86/pci.c \
	src/planner/x86/row.c \
	src/planner/x86/start.c \
	src/planner/x86/tables.c \
	src/planner/x86/vmcs.c \
	src/planner/read_device.c \
	src/planner/property.c \
	src/planner/read_board.c \
	src/planner/read_partition.c \
	src/planner/read_ownership.c \
	src/planner/read_take.c \
	src/planner/check.c \
	src/planner/check_aarch32.c \
	src/planner/check_board.c \
	src/planner/check_memory.c \
	src/planner/check_device.c \
	src/planner/elf.c \
	src/planner/load.c \
	src/planner/guest_tree.c \
	src/planner/guest_file.c \
	src/planner/guest_prune.c \
	src/planner/guest_device.c \
	src/planner/guest_audit.c \
	src/planner/guest_show.c \
	src/planner/guest_writer.c \
	src/planner/place.c \
	src/planner/tables.c \
	src/planner/stage2.c \
	src/planner/el2.c \
	src/planner/layout.c \
	src/planner/rows.c \
	src/planner/seal.c \
	src/planner/emit.c \
	src/planner/json.c \
	src/planner/describe.c \
	src/planner/board.c \
	src/planner/pmu.c \
	src/planner/verify.c \
	src/planner/verify_board.c \
	src/planner/verify_config.c \
	src/planner/verify_device.c \
	src/planner/verify_images.c \
	src/planner/verify_partition.c \
	src/planner/verify_text.c \
	src/planner/verify_tree.c \
	src/planner/verify_x86.c \
	$(PLAN_SOURCES) \
	$(CHECK_SOURCES)
PLANNER_OBJECTS := $(PLANNER_SOURCES:src/%.c=$(BUILD)/host/%.o)
PLANNER_ASAN_OBJECTS := $(PLANNER_SOURCES:src/%.c=$(BUILD)/asan/%.o)
PLANNER_LIBRARIES := -lfdt -lelf -lz -lnettle

.PHONY: planner planner-asan
planner: $(BUILD)/bulkhead
planner-asan: $(BUILD)/asan/bulkhead

# Linked aside: one that runs, or that another make links, is not written to.
$(BUILD)/bulkhead: $(PLANNER_OBJECTS)
	@echo "  LD $@" && $(CC) $(PLANNER_CFLAGS) -o $@.$$$$ $^ $(PLANNER_LIBRARIES) && mv $@.$$$$ $@

$(BUILD)/host/%.o: src/%.c | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $<"
	@$(CC) $(PLANNER_CFLAGS) -O2 -MMD -MP -c -o $@ $<

# The same program under the sanitizers, for the tests of bad input. Their checks make gcc 12 imagine null formats.
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

$(BUILD)/asan/bulkhead: $(PLANNER_ASAN_OBJECTS)
	@echo "  LD $@" && $(CC) $(PLANNER_CFLAGS) $(SANITIZERS) -o $@.$$$$ $^ $(PLANNER_LIBRARIES) && mv $@.$$$$ $@

$(BUILD)/asan/%.o: src/%.c | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $@"
	@$(CC) $(PLANNER_CFLAGS) $(SANITIZERS) -Wno-format-truncation -O1 -MMD -MP -c -o $@ $<

-include $(PLANNER_OBJECTS:.o=.d) $(PLANNER_ASAN_OBJECTS:.o=.d)

# ---- hypervisor -----------------------------------------------------------------------------------------------------

# Vendors' trees: Debian's DTBs of all arm64 boards, decompiled for /include/ "vendor/...".
VENDOR_STAMP := $(BUILD)/vendor.stamp
.PHONY: vendor
vendor: $(VENDOR_STAMP)

$(VENDOR_STAMP): | $(SETUP)
	@echo "  DTC $(BUILD)/vendor" && mkdir -p $(BUILD)/vendor
	@cd $(BUILD)/linux/generic/usr/lib/linux-image-*/ && find . -name '*.dtb' | sed 's/\.dtb$$//' | \
		VENDOR=$(abspath $(BUILD)/vendor) xargs -P 2 -I % sh -c \
		'mkdir -p $$(dirname "$$VENDOR/%") && dtc -q -I dtb -O dts -o "$$VENDOR/%.dts" %.dtb'
	@touch $@

# What the board file says of the binary: load address, console, drivers.
BOARD_MK := $(BUILD)/boards/$(BOARD).mk
# Written anew only when it says something else: every object of the hypervisor depends on it.
$(BOARD_MK): $(BOARD_FILE) $(wildcard config/boards/*.dtsi) $(BUILD)/bulkhead $(VENDOR_STAMP)
	@mkdir -p $(@D) && $(BUILD)/bulkhead board $< > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@ && echo "  BOARD $@"; fi

ifeq ($(filter clean help setup,$(MAKECMDGOALS)),)
include $(BOARD_MK)
endif

# The compiler of each architecture; BOARD_ARCH picks one.
HV_CROSS_armv8 := aarch64-linux-gnu-
HV_CROSS_x86 := x86_64-linux-gnu-
HV_CROSS := $(HV_CROSS_$(BOARD_ARCH))
HV_BUILD := $(BUILD)/hv/$(BOARD)
HV_ELF := $(BUILD)/bulkhead-$(BOARD).elf

# x9-x15 are callee-saved and x16-x18 unused: an exit then saves x0-x8 and x30 only (src/arch/armv8/vectors.S). gcc makes
# indirect tail calls through x16, so the hypervisor's C makes no indirect calls at all; scripts/check looks.
HV_CFLAGS_armv8 := -march=armv8-a+crc -mstrict-align -mno-outline-atomics -mbranch-protection=bti -mcmodel=tiny \
	-ffixed-x16 -ffixed-x17 -ffixed-x18 $(foreach n,9 10 11 12 13 14 15,-fcall-saved-x$(n))
# An NMI may come while a core waits: no red zone. A guest trains the predictors: no jumps through tables. r8-r11 are
# callee-saved: an exit then saves rax-rdi only (src/arch/x86/svm_enter.S). But r8 and r9 are the fifth and sixth argument, too,
# and gcc restores them before a tail call: nothing may have so many, not even by gcc's own making; scripts/check looks.
HV_CFLAGS_x86 := -m64 -march=x86-64 -mcmodel=small -mno-red-zone -fcf-protection=none -fno-jump-tables -fno-ipa-sra \
	$(foreach n,8 9 10 11,-fcall-saved-r$(n))
HV_CFLAGS := -std=c11 -ffreestanding -nostdinc -isystem $(shell $(HV_CROSS)gcc -print-file-name=include 2>/dev/null) \
	-O2 -g -Wall -Wextra -Werror -Wconversion -Isrc -mgeneral-regs-only \
	-fno-pic -fno-pie -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns -fomit-frame-pointer -fstack-usage -fcallgraph-info=su $(HV_CFLAGS_$(BOARD_ARCH))
# Objects made by other flags may keep other registers: they are not linked with these.
HV_FLAGS = $(HV_CFLAGS) -Os: $(HV_SMALL)
$(HV_BUILD)/flags: force
	@mkdir -p $(@D) && echo '$(HV_FLAGS)' | cmp -s - $@ || echo '$(HV_FLAGS)' > $@
.PHONY: force
force:

# What runs once, or only when something went wrong, is compiled for size.
HV_SMALL := $(PLAN_SOURCES:%.c=%) src/core/boot src/core/fault src/core/partition src/core/vcpu \
	src/arch/armv8/aarch32 src/arch/armv8/gicv3 src/arch/armv8/decode \
	src/arch/armv8/identity src/arch/armv8/machine src/arch/armv8/vcpu src/arch/armv8/window \
	src/arch/x86/iommu src/arch/x86/machine src/arch/x86/message src/arch/x86/pci src/arch/x86/vcpu src/arch/x86/vmx \
	src/arch/x86/xcr
HV_DEFINES := -DBOARD_LOAD_ADDRESS=$(BOARD_LOAD_ADDRESS) -DBOARD_CONSOLE_PA=$(BOARD_CONSOLE_PA)

HV_SOURCES := \
	src/core/boot.c \
	src/core/fault.c \
	src/core/log.c \
	src/core/partition.c \
	src/core/service.c \
	src/core/vcpu.c \
	$(PLAN_SOURCES) \
	src/platform/uart/$(BOARD_UART).c
HV_SOURCES_gicv2 := src/arch/armv8/gicv2.c src/arch/armv8/gicv2_filter.c src/arch/armv8/gicv2_exit.S
HV_SOURCES_gicv3 := src/arch/armv8/gicv3.c src/arch/armv8/gicv3_filter.c src/arch/armv8/gicv3_registers.c src/arch/armv8/gicv3_exit.S
HV_SOURCES_armv8 := \
	src/arch/armv8/start.S \
	src/arch/armv8/vectors.S \
	src/arch/armv8/enter.S \
	src/arch/armv8/copy.S \
	src/arch/armv8/aarch32.c \
	src/arch/armv8/abort.c \
	src/arch/armv8/call.c \
	src/arch/armv8/cpu.c \
	src/arch/armv8/decode.c \
	src/arch/armv8/exit.c \
	src/arch/armv8/gic_filter.c \
	$(HV_SOURCES_$(BOARD_GIC)) \
	src/arch/armv8/identity.c \
	src/arch/armv8/id_registers.S \
	src/arch/armv8/loader.c \
	src/arch/armv8/machine.c \
	src/arch/armv8/stage2.c \
	src/arch/armv8/sysreg.c \
	src/arch/armv8/trap_table.c \
	src/arch/armv8/vcpu.c \
	src/arch/armv8/window.c
HV_SOURCES_x86 := \
	src/arch/x86/start.S \
	src/arch/x86/vectors.S \
	src/arch/x86/svm_enter.S \
	src/arch/x86/vmx_enter.S \
	src/arch/x86/apic.c \
	src/arch/x86/cpu.c \
	src/arch/x86/cpuid.c \
	src/arch/x86/decode.c \
	src/arch/x86/exit.c \
	src/arch/x86/guest.c \
	src/arch/x86/icr.c \
	src/arch/x86/ioapic.c \
	src/arch/x86/ioapic_filter.c \
	src/arch/x86/iommu.c \
	src/arch/x86/loader.c \
	src/arch/x86/machine.c \
	src/arch/x86/message.c \
	src/arch/x86/msr.c \
	src/arch/x86/pci.c \
	src/arch/x86/port.c \
	src/arch/x86/stage2.c \
	src/arch/x86/svm.c \
	src/arch/x86/svm_exit.c \
	src/arch/x86/trap.c \
	src/arch/x86/vcpu.c \
	src/arch/x86/vmx.c \
	src/arch/x86/vmx_exit.c \
	src/arch/x86/walk.c \
	src/arch/x86/xcr.c
HV_OBJECTS := $(addprefix $(HV_BUILD)/,$(addsuffix .o,$(basename $(HV_SOURCES) $(HV_SOURCES_$(BOARD_ARCH))))) \
	$(HV_BUILD)/board.o

.PHONY: hypervisor hypervisors
hypervisor: $(HV_ELF)
	@:

# Every board that config/boards describes, each by a make of its own: what it links depends on the board.
BOARDS := bochs imx8mp-evk qemu-q35 qemu-virt-gicv2 qemu-virt-gicv3 raspi4b versal zcu102
hypervisors: $(HV_ELF)
	@for board in $(filter-out $(BOARD),$(BOARDS)); do \
		$(MAKE) --no-print-directory BOARD_FILE=config/boards/$$board.dtsi hypervisor || exit 1; done

$(HV_SMALL:%=$(HV_BUILD)/%.o): HV_CFLAGS += -Os

$(HV_BUILD)/%.o: %.c $(BOARD_MK) $(HV_BUILD)/flags | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $<"
	@$(HV_CROSS)gcc $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_BUILD)/%.o: %.S $(BOARD_MK) $(HV_BUILD)/flags | $(SETUP)
	@mkdir -p $(@D) && echo "  AS $<"
	@$(HV_CROSS)gcc $(HV_CFLAGS) $(HV_DEFINES) -MMD -MP -c -o $@ $<

# The board's name, for the comparison with the plan's.
$(HV_BUILD)/board.o: $(BOARD_MK)
	@mkdir -p $(@D)
	@printf '#include "core/version.h"\nconst char version_board[PLAN_NAME] = "%s";\n' $(BOARD) | \
		$(HV_CROSS)gcc $(HV_CFLAGS) -x c -c -o $@ -

$(HV_ELF): $(HV_OBJECTS) src/arch/$(BOARD_ARCH)/hypervisor.ld
	@echo "  LD $@"
	@$(HV_CROSS)ld -static -nostdlib --no-warn-rwx-segments -z noexecstack -z max-page-size=4096 \
		--defsym=BOARD_LOAD_ADDRESS=$(BOARD_LOAD_ADDRESS) -T src/arch/$(BOARD_ARCH)/hypervisor.ld -o $@ $(HV_OBJECTS)

-include $(HV_OBJECTS:.o=.d)

# ---- guests ---------------------------------------------------------------------------------------------------------

NEWLIB := $(BUILD)/newlib/install/aarch64-none-elf
NEWLIB_STAMP := $(BUILD)/newlib/newlib.stamp
NEWLIB_X86 := $(BUILD)/newlib-x86/install/x86_64-none-elf
NEWLIB_X86_STAMP := $(BUILD)/newlib-x86/newlib.stamp

.PHONY: newlib
newlib: $(NEWLIB_STAMP) $(NEWLIB_X86_STAMP)

$(NEWLIB_STAMP): scripts/newlib | $(SETUP)
	@scripts/newlib aarch64 $(BUILD)/newlib
	@touch $@

$(NEWLIB_X86_STAMP): scripts/newlib | $(SETUP)
	@scripts/newlib x86_64 $(BUILD)/newlib-x86
	@touch $@

# RTOS partitions: a runtime that is neutral above guests/rt/$(GUEST_ARCH), and guests/rt/armv8 for Armv8's two, newlib, one
# ELF a guest. The same sources make guests for AArch64, as NAME32.elf for AArch32 (its own compiler and newlib are
# Debian's), and as NAME-x86.elf for x86-64.
GUEST_ARCH := aarch64
GUEST_PREFIX := aarch64-linux-gnu-
GUEST_OBJ := $(BUILD)/guests/obj
GUEST_OBJ32 := $(BUILD)/guests/obj32
GUEST_OBJX86 := $(BUILD)/guests/objx86

RT_SOURCES_NEUTRAL := \
	guests/rt/clock.c guests/rt/console.c guests/rt/hypercall.c guests/rt/interrupt.c guests/rt/libc.c \
	guests/rt/libc_syscalls.c guests/rt/mutex.c guests/rt/panic.c guests/rt/periodic.c \
	guests/rt/queue.c guests/rt/scheduler.c guests/rt/semaphore.c guests/rt/start.c guests/rt/task.c
RT_SOURCES_COMMON := $(RT_SOURCES_NEUTRAL) \
	guests/rt/armv8/mmu.c guests/rt/armv8/psci.c guests/rt/armv8/secondary.c guests/rt/armv8/timer.c
# Chips: as on QEMU's virt machine, unless a board says otherwise below.
RT_CHIPS := guests/rt/armv8/gicv3.c guests/rt/uart/pl011.c
RT_SOURCES := $(RT_SOURCES_COMMON) guests/rt/libc_locks.c \
	guests/rt/aarch64/start.S guests/rt/aarch64/vectors.S guests/rt/aarch64/context.c guests/rt/aarch64/fault.c
RT_SOURCES32 := $(RT_SOURCES_COMMON) guests/rt/libc_guards.c \
	guests/rt/aarch32/start.S guests/rt/aarch32/vectors.S guests/rt/aarch32/context.c guests/rt/aarch32/fault.c
RT_SOURCES_X86 := $(RT_SOURCES_NEUTRAL) guests/rt/libc_locks.c $(addprefix guests/rt/x86/,\
	start.S vectors.S acpi.c apic.c board.c context.c descriptors.c fault.c frequency.c mmu.c partition.c secondary.c timer.c) \
	guests/rt/uart/ns16550.c
RTOS_DEMO_SOURCES := \
	guests/rtos-demo/commands.c guests/rtos-demo/control.c guests/rtos-demo/jitter.c guests/rtos-demo/loop.c \
	guests/rtos-demo/main.c guests/rtos-demo/report.c guests/rtos-demo/shell.c
RT_SELFTEST_SOURCES := \
	guests/rt-selftest/main.c guests/rt-selftest/libc_test.c \
	guests/rt-selftest/mutex_test.c guests/rt-selftest/sync_test.c guests/rt-selftest/task_test.c \
	guests/rt-selftest/time_test.c

guest_objects = $(patsubst guests/%,$(GUEST_OBJ)/%.o,$(1))
guest_objects32 = $(patsubst guests/%,$(GUEST_OBJ32)/%.o,$(1))
guest_objectsx86 = $(patsubst guests/%,$(GUEST_OBJX86)/%.o,$(1))
RT_OBJECTS_COMMON := $(call guest_objects,$(RT_SOURCES))
RT_OBJECTS := $(RT_OBJECTS_COMMON) $(call guest_objects,$(RT_CHIPS))
RTOS_DEMO_OBJECTS := $(call guest_objects,$(RTOS_DEMO_SOURCES))
RT_SELFTEST_OBJECTS := $(call guest_objects,$(RT_SELFTEST_SOURCES) $(addprefix guests/rt-selftest/,\
	armv8/core_test.c aarch64/registers.c))
RT_OBJECTS32 := $(call guest_objects32,$(RT_SOURCES32) $(RT_CHIPS))
RTOS_DEMO_OBJECTS32 := $(call guest_objects32,$(RTOS_DEMO_SOURCES))
RT_SELFTEST_OBJECTS32 := $(call guest_objects32,$(RT_SELFTEST_SOURCES) $(addprefix guests/rt-selftest/,\
	armv8/core_test.c aarch32/registers.c))
RT_OBJECTS_X86 := $(call guest_objectsx86,$(RT_SOURCES_X86))
RTOS_DEMO_OBJECTS_X86 := $(call guest_objectsx86,$(RTOS_DEMO_SOURCES))
RT_SELFTEST_OBJECTS_X86 := $(call guest_objectsx86,$(RT_SELFTEST_SOURCES) $(addprefix guests/rt-selftest/,\
	x86/core_test.c x86/registers.c))

# The gcc of AArch64 and x86-64 is Linux's, the library is newlib: nothing of Linux's headers or start files may come in.
GUEST_NEWLIB := $(NEWLIB)
GUEST_LIBC_CPPFLAGS = -U__linux__ -Ulinux -U__unix__ -nostdinc \
	-isystem $(shell $(GUEST_PREFIX)gcc -print-file-name=include) -isystem $(GUEST_NEWLIB)/include
GUEST_LIBC = -L$(GUEST_NEWLIB)/lib
GUEST_MACHINE := -march=armv8-a -mno-outline-atomics
GUEST_EARLY := -mgeneral-regs-only -mstrict-align

GUEST_ELFS32 := $(addprefix $(BUILD)/guests/,rtos-demo32.elf rtos-demo32-uart0.elf rt-selftest32.elf)
GUEST32 := $(GUEST_OBJ32)/% $(BUILD)/guests/%32.elf $(BUILD)/guests/%32-uart0.elf
$(GUEST32): GUEST_ARCH := aarch32
$(GUEST32): GUEST_PREFIX := arm-none-eabi-
$(GUEST32): GUEST_LIBC_CPPFLAGS :=
$(GUEST32): GUEST_LIBC :=
$(GUEST32): \
	GUEST_MACHINE := -march=armv8-a+simd -mfpu=neon-fp-armv8 -mfloat-abi=hard -marm
$(GUEST_OBJ32)/%: GUEST_EARLY := -mgeneral-regs-only -mno-unaligned-access

GUEST_ELFS_X86 := $(addprefix $(BUILD)/guests/,rtos-demo-x86.elf rtos-demo-x86-com1.elf rt-selftest-x86.elf)
GUEST_X86 := $(GUEST_OBJX86)/% $(BUILD)/guests/%-x86.elf $(BUILD)/guests/%-x86-com1.elf
$(GUEST_X86): GUEST_ARCH := x86
$(GUEST_X86): GUEST_PREFIX := x86_64-linux-gnu-
$(GUEST_X86): GUEST_NEWLIB := $(NEWLIB_X86)
$(GUEST_X86): GUEST_MACHINE := -march=x86-64 -mno-red-zone -fcf-protection=none

GUEST_CPPFLAGS = $(GUEST_LIBC_CPPFLAGS) -Iguests -Iguests/rt/$(GUEST_ARCH) -Isrc
GUEST_CFLAGS = -std=gnu11 -O2 -g $(GUEST_MACHINE) -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -Wall -Wextra -Werror -Wconversion \
	-Wmissing-prototypes -Wstrict-prototypes -Wvla -MMD -MP
GUEST_LDFLAGS = $(GUEST_MACHINE) -static -no-pie -nostdlib -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -T guests/rt/rt.ld
GUEST_LDLIBS = $(GUEST_LIBC) -Wl,--start-group -lc -lm -lgcc -Wl,--end-group

guest_cc = @mkdir -p $(@D) && echo "  CC $<" && $(GUEST_PREFIX)gcc $(GUEST_CPPFLAGS) $(GUEST_CFLAGS) -c $< -o $@
guest_as = @mkdir -p $(@D) && echo "  AS $<" && $(GUEST_PREFIX)gcc $(GUEST_CPPFLAGS) $(GUEST_CFLAGS) -c $< -o $@

$(GUEST_OBJ)/%.c.o: guests/%.c $(NEWLIB_STAMP) | $(SETUP)
	$(guest_cc)

$(GUEST_OBJ)/%.S.o: guests/%.S | $(SETUP)
	$(guest_as)

$(GUEST_OBJ32)/%.c.o: guests/%.c | $(SETUP)
	$(guest_cc)

$(GUEST_OBJ32)/%.S.o: guests/%.S | $(SETUP)
	$(guest_as)

$(GUEST_OBJX86)/%.c.o: guests/%.c $(NEWLIB_X86_STAMP) | $(SETUP)
	$(guest_cc)

$(GUEST_OBJX86)/%.S.o: guests/%.S | $(SETUP)
	$(guest_as)

# Runs before the MMU is on.
$(GUEST_OBJ)/rt/armv8/mmu.c.o $(GUEST_OBJ32)/rt/armv8/mmu.c.o: GUEST_CFLAGS += $(GUEST_EARLY)

guest_link = @echo "  LD $@" && $(GUEST_PREFIX)gcc $(GUEST_LDFLAGS) -Wl,--defsym=uart_intid=$(1) $(filter %.o,$^) \
	$(GUEST_LDLIBS) -o $@

# Interrupt numbers are physical: the board's second UART, and the first for a system that gives that one away.
$(BUILD)/guests/rtos-demo.elf: $(RTOS_DEMO_OBJECTS) $(RT_OBJECTS) guests/rt/rt.ld
	$(call guest_link,40)
$(BUILD)/guests/rtos-demo-uart0.elf: $(RTOS_DEMO_OBJECTS) $(RT_OBJECTS) guests/rt/rt.ld
	$(call guest_link,33)
$(BUILD)/guests/rt-selftest.elf: $(RT_SELFTEST_OBJECTS) $(RT_OBJECTS) guests/rt/rt.ld
	$(call guest_link,33)

# The demo for other boards: NAME's chips, and what --defsym says of its addresses and interrupts (guests/rt/rt.ld).
RTOS_BOARDS := imx8mp-evk qemu-virt-gicv2 raspi4b versal zcu102
RTOS_CHIPS_imx8mp-evk := guests/rt/armv8/gicv3.c guests/rt/uart/imx.c
RTOS_SYMBOLS_imx8mp-evk := gicd_base=0x38800000 gicr_base=0x38880000 uart_base=0x30880000 uart_intid=60
RTOS_CHIPS_qemu-virt-gicv2 := guests/rt/armv8/gicv2.c guests/rt/uart/pl011.c
RTOS_SYMBOLS_qemu-virt-gicv2 := uart_intid=40
RTOS_CHIPS_raspi4b := guests/rt/armv8/gicv2.c guests/rt/uart/bcm2835_aux.c
RTOS_SYMBOLS_raspi4b := gicd_base=0xff841000 gicc_base=0xff842000 uart_base=0xfe215040 uart_intid=125
RTOS_CHIPS_versal := guests/rt/armv8/gicv3.c guests/rt/uart/pl011.c
RTOS_SYMBOLS_versal := gicd_base=0xf9000000 gicr_base=0xf9080000 uart_base=0xff010000 uart_intid=51
RTOS_CHIPS_zcu102 := guests/rt/armv8/gicv2.c guests/rt/uart/cadence.c
RTOS_SYMBOLS_zcu102 := gicd_base=0xf9010000 gicc_base=0xf9020000 uart_base=0xff010000 uart_intid=54
# A board's file that lies elsewhere may have the same three lines beside it, in NAME.mk.
-include $(filter-out $(BOARD_FILE),$(BOARD_FILE:.dtsi=.mk))

define rtos_board
$(BUILD)/guests/rtos-demo-$(1).elf: $(RTOS_DEMO_OBJECTS) $(RT_OBJECTS_COMMON) $(call guest_objects,$(RTOS_CHIPS_$(1))) \
		guests/rt/rt.ld
	@echo "  LD $$@" && $(GUEST_PREFIX)gcc $(GUEST_LDFLAGS) $(RTOS_SYMBOLS_$(1):%=-Wl,--defsym=%) \
		$$(filter %.o,$$^) $$(GUEST_LDLIBS) -o $$@
endef
$(foreach board,$(RTOS_BOARDS),$(eval $(call rtos_board,$(board))))

$(BUILD)/guests/rtos-demo32.elf: $(RTOS_DEMO_OBJECTS32) $(RT_OBJECTS32) guests/rt/rt.ld
	$(call guest_link,40)
$(BUILD)/guests/rtos-demo32-uart0.elf: $(RTOS_DEMO_OBJECTS32) $(RT_OBJECTS32) guests/rt/rt.ld
	$(call guest_link,33)
$(BUILD)/guests/rt-selftest32.elf: $(RT_SELFTEST_OBJECTS32) $(RT_OBJECTS32) guests/rt/rt.ld
	$(call guest_link,33)

# x86-64: above the first 2 MiB, which a PC has many uses for. UARTs by port and pin of the I/O APIC: COM2, COM1.
RT_SYMBOLS_X86 := ram_base=0x200000 ram_size=0x600000 ioapic_base=0xfec00000
RT_SYMBOLS_COM1 := $(RT_SYMBOLS_X86) uart_base=0x3f8 uart_intid=4
RT_SYMBOLS_COM2 := $(RT_SYMBOLS_X86) uart_base=0x2f8 uart_intid=3
guest_link_symbols = @echo "  LD $@" && $(GUEST_PREFIX)gcc $(GUEST_LDFLAGS) $(1:%=-Wl,--defsym=%) $(filter %.o,$^) \
	$(GUEST_LDLIBS) -o $@

$(BUILD)/guests/rtos-demo-x86.elf: $(RTOS_DEMO_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	$(call guest_link_symbols,$(RT_SYMBOLS_COM2))
$(BUILD)/guests/rtos-demo-x86-com1.elf: $(RTOS_DEMO_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	$(call guest_link_symbols,$(RT_SYMBOLS_COM1))
$(BUILD)/guests/rt-selftest-x86.elf: $(RT_SELFTEST_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	$(call guest_link_symbols,$(RT_SYMBOLS_COM1))

# Linux partitions: Debian's kernel and busybox as scripts/setup left them.
INITRAMFS := $(BUILD)/linux/initramfs.cpio.gz
INITRAMFS_X86 := $(BUILD)/linux-x86/initramfs.cpio.gz

$(INITRAMFS) $(INITRAMFS_X86): guests/linux/make-initramfs guests/linux/inittab guests/linux/profile guests/linux/rcS | $(SETUP)
	@echo "  CPIO $@" && guests/linux/make-initramfs $(@D)/busybox $@

GUEST_PRODUCTS := $(addprefix $(BUILD)/guests/,rtos-demo.elf rtos-demo-uart0.elf rt-selftest.elf) $(GUEST_ELFS32) $(GUEST_ELFS_X86) \
	$(RTOS_BOARDS:%=$(BUILD)/guests/rtos-demo-%.elf) \
	$(INITRAMFS) $(INITRAMFS_X86)

.PHONY: guests
guests: $(GUEST_PRODUCTS)

-include $(patsubst %.o,%.d,$(RT_OBJECTS) $(RTOS_DEMO_OBJECTS) $(RT_SELFTEST_OBJECTS) \
	$(RT_OBJECTS32) $(RTOS_DEMO_OBJECTS32) $(RT_SELFTEST_OBJECTS32) \
	$(RT_OBJECTS_X86) $(RTOS_DEMO_OBJECTS_X86) $(RT_SELFTEST_OBJECTS_X86))

include tests/tests.mk
