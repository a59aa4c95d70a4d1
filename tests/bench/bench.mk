# SPDX-License-Identifier: Apache-2.0
# bench: what the hypervisor costs a guest, in instructions: docs/benchmark.md. PROFILE=row: where one row's go, on BOARD.
# Included by tests/tests.mk; paths are from the root. Below build/bench is a folder for each interrupt controller:
# the same probe, with the files of tests/bench/gicv2 or gicv3.
BENCH := $(BUILD)/bench
BENCH_GICS := gicv3 gicv2
BENCH_CFLAGS := -std=c11 -ffreestanding -O2 -g -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-ffixed-x18 -fno-pic -fno-pie -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables \
	-Wall -Wextra -Werror -Wconversion -Isrc -Itests/bench
ENDINGS := fault fault_instruction off reset cpu_off recall
BENCH_NAMES := probe-10k.elf probe-10k.bin probe-1m.elf probe-1m.bin probe-paths.elf probe-aarch32.elf sleeper.elf \
	$(ENDINGS:%=probe-end-%.elf) $(notdir $(wildcard tests/bench/*.dts))
# Registers of its own, not memory, are a GICv3's CPU interface.
BENCH_PATHS_gicv3 := $(BENCH)/gicv3/probe_gic_measure.o

# On x86-64 the probe is a program of the RTOS runtime, started natively as tests/system does.
BENCH_X86 := $(BENCH)/x86
BENCH_OBJECTS_X86 := $(addprefix $(GUEST_OBJX86)/bench/x86/,probe.c.o probe.S.o)
ENDINGS_X86 := fault fault_instruction off recall
BENCH_ENDINGS_X86 := $(ENDINGS_X86:%=$(BENCH_X86)/probe-end-%-x86.elf)
BENCH_FILES_X86 := $(addprefix $(BENCH_X86)/,probe-x86.elf $(notdir $(wildcard tests/bench/x86/*.dts))) $(BENCH_ENDINGS_X86) \
	$(NATIVE) $(BUILD)/guests/rtos-demo-x86.elf $(INITRAMFS_X86)

.PHONY: bench
ifeq ($(PROFILE),)
bench: planner hypervisors $(foreach gic,$(BENCH_GICS),$(BENCH_NAMES:%=$(BENCH)/$(gic)/%)) $(BENCH_FILES_X86)
	@tests/bench/bench.py --build $(BUILD)
else
BENCH_GIC := $(BOARD:qemu-virt-%=%)
bench: $(BUILD)/bulkhead $(HV_ELF) $(addprefix $(BENCH)/$(BENCH_GIC)/,probe-profile.elf probe.dts probe-profile.dts)
	@tests/bench/profile.py --build $(BUILD) --gic $(BENCH_GIC) $(PROFILE)
endif

define bench_compile
	@mkdir -p $(@D) && echo "  CC $@"
	@$(HV_CROSS)gcc $(BENCH_FLAGS) $(1) -c -o $@ $<
endef
bench_link = @$(HV_CROSS)ld -static -nostdlib --no-warn-rwx-segments -z max-page-size=4096 \
	--defsym=probe_image_size=$(1) -T tests/bench/probe.ld -o $@ $(filter %.o,$^)

.PHONY: bench-profile-row

# $(1): gicv2 or gicv3
define bench_rules
BENCH_$(1) := $$(BENCH)/$(1)
BENCH_HEADERS_$(1) := $$(addprefix tests/bench/,probe.h measure.inc $(1)/probe_gic.h $(1)/probe_gic.inc) src/plan/abi.h
BENCH_BASE_$(1) := $$(addprefix $$(BENCH_$(1))/,probe_start.o probe_measure.o probe_machine.o probe_gic.o) tests/bench/probe.ld
BENCH_PATHS_$(1) += $$(addprefix $$(BENCH_$(1))/,probe_paths.o probe_paths_measure.o probe_gic_paths.o)
$$(BENCH_$(1))/%: BENCH_FLAGS = $$(BENCH_CFLAGS) -Itests/bench/$(1)

$$(BENCH_$(1))/%.dts: tests/bench/%.dts
	@mkdir -p $$(@D) && sed 's/"qemu-virt-gicv3/"qemu-virt-$(1)/' $$< > $$@
$$(BENCH_$(1))/%.o: tests/bench/%.S $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	$$(call bench_compile)
$$(BENCH_$(1))/%.o: tests/bench/$(1)/%.S $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	$$(call bench_compile)
$$(BENCH_$(1))/%.o: tests/bench/%.c $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	$$(call bench_compile,-DPROBE_ONLY='""' -DPROBE_SAMPLES=1000u)
$$(BENCH_$(1))/%.o: tests/bench/$(1)/%.c $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	$$(call bench_compile)

$$(BENCH_$(1))/probe_profile.o: tests/bench/probe_rows.c $$(BENCH_HEADERS_$(1)) bench-profile-row | $$(SETUP)
	$$(call bench_compile,-DPROBE_ONLY='"$$(PROFILE)"' -DPROBE_SAMPLES=2u)
$$(BENCH_$(1))/probe-profile.elf: $$(BENCH_BASE_$(1)) $$(BENCH_$(1))/probe_profile.o $$(BENCH_PATHS_$(1))
	$$(call bench_link,20480)
$$(BENCH_$(1))/probe-paths.elf: $$(BENCH_BASE_$(1)) $$(BENCH_$(1))/probe_rows.o $$(BENCH_PATHS_$(1))
	$$(call bench_link,20480)
$$(BENCH_$(1))/probe-10k.elf: $$(BENCH_BASE_$(1)) $$(BENCH_$(1))/probe_rows.o $$(BENCH_$(1))/probe_nothing.o
	$$(call bench_link,10240)
$$(BENCH_$(1))/probe-1m.elf: $$(BENCH_BASE_$(1)) $$(BENCH_$(1))/probe_rows.o $$(BENCH_$(1))/probe_nothing.o
	$$(call bench_link,1048576)

# Each ending is a program of its own: nothing comes behind it.
$$(BENCH_$(1))/probe_rows_quiet.o: tests/bench/probe_rows.c $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	$$(call bench_compile,-DPROBE_ONLY='"none"' -DPROBE_SAMPLES=1u)
$$(BENCH_$(1))/probe_end_%.o: tests/bench/probe_endings.c $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	$$(call bench_compile,-DPROBE_ENDING=end_$$*)
$$(ENDINGS:%=$$(BENCH_$(1))/probe-end-%.elf): $$(BENCH_$(1))/probe-end-%.elf: $$(BENCH_BASE_$(1)) \
		$$(BENCH_$(1))/probe_rows_quiet.o $$(BENCH_$(1))/probe_end_%.o
	$$(call bench_link,10240)
$$(BENCH_$(1))/sleeper.elf: $$(BENCH_$(1))/sleeper.o
	@$$(HV_CROSS)ld -static -nostdlib --no-warn-rwx-segments -N -Ttext=0x40000000 -o $$@ $$<

$$(BENCH_$(1))/probe-aarch32.elf: tests/bench/probe32.c $$(BENCH_HEADERS_$(1)) | $$(SETUP)
	@mkdir -p $$(@D) && echo "  CC $$@"
	@arm-none-eabi-gcc -std=c11 -ffreestanding -O2 -g -march=armv8-a -marm -mfloat-abi=soft -mno-unaligned-access \
		-nostdlib -Wall -Wextra -Werror -Wconversion -Isrc -Itests/bench -Itests/bench/$(1) -DPROBE_SAMPLES=1000u \
		-Wl,-Ttext=0x40000000 -Wl,-N -Wl,-e,probe_start -o $$@ $$< -lgcc
endef
$(foreach gic,$(BENCH_GICS),$(eval $(call bench_rules,$(gic))))

$(BENCH)/%.bin: $(BENCH)/%.elf
	@$(HV_CROSS)objcopy -O binary $< $@

$(GUEST_OBJX86)/bench/%.c.o: tests/bench/%.c $(NEWLIB_X86_STAMP) | $(SETUP)
	$(guest_cc)
$(GUEST_OBJX86)/bench/%.S.o: tests/bench/%.S | $(SETUP)
	$(guest_as)
$(BENCH_X86)/%.dts: tests/bench/x86/%.dts
	@mkdir -p $(@D) && cp $< $@
$(BENCH_X86)/%-x86.elf: GUEST_ARCH := x86
$(BENCH_X86)/%-x86.elf: GUEST_PREFIX := x86_64-linux-gnu-
$(BENCH_X86)/%-x86.elf: GUEST_NEWLIB := $(NEWLIB_X86)
$(BENCH_X86)/%-x86.elf: GUEST_MACHINE := -march=x86-64 -mno-red-zone -fcf-protection=none
$(BENCH_X86)/%-x86.elf: GUEST_LDFLAGS += -Wl,-e,probe_entry
$(BENCH_X86)/probe-x86.elf: $(BENCH_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	@mkdir -p $(@D)
	$(call guest_link_symbols,$(RT_SYMBOLS_COM1))

$(GUEST_OBJX86)/bench/x86/end-%.o: GUEST_CPPFLAGS += -DPROBE_ENDING=end_$*
$(GUEST_OBJX86)/bench/x86/end-%.o: tests/bench/x86/probe_endings.c $(NEWLIB_X86_STAMP) | $(SETUP)
	$(guest_cc)
$(BENCH_X86)/probe-end-%-x86.elf: $(GUEST_OBJX86)/bench/x86/end-%.o $(GUEST_OBJX86)/bench/x86/probe.S.o $(RT_OBJECTS_X86) guests/rt/rt.ld
	@mkdir -p $(@D)
	$(call guest_link_symbols,$(RT_SYMBOLS_COM1))

.SECONDARY: $(ENDINGS_X86:%=$(GUEST_OBJX86)/bench/x86/end-%.o)

-include $(BENCH_OBJECTS_X86:.o=.d) $(ENDINGS_X86:%=$(GUEST_OBJX86)/bench/x86/end-%.d)
