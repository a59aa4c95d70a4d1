# SPDX-License-Identifier: Apache-2.0
# Tests, fuzzing, coverage, mutants, lint: the second part of the Makefile, which includes it. Paths are from the root.

# Guests that only tests use: one that attacks, on the first UART, its neighbour, on the second, both for either interrupt
# controller, and one for AArch32.
HOSTILE_SOURCES := $(addprefix tests/guests/hostile/,\
	main.c attacks.c call.c calls.S distributor.c gic.c map.c memory.c probe.c recall.c registers.c remains.c remains.S self.c \
	snippet.c snippet.S sweep.c syndrome.c user.S vectors.S) src/arch/armv8/trap_table.c
NEIGHBOUR_SOURCES := $(addprefix tests/guests/neighbour/,main.c controller.c pattern.c)
AARCH32_SOURCES := $(addprefix tests/guests/aarch32/,main.c probes.S snippet.c snippet_run.S sweep.c) src/arch/armv8/trap_table.c
test_guest_objects = $(patsubst tests/%,$(GUEST_OBJ)/%.o,$(1))
HOSTILE_OBJECTS := $(call test_guest_objects,$(HOSTILE_SOURCES:src/%=tests/guests/src/%))
hostile_gic = $(call test_guest_objects,$(addprefix tests/guests/hostile/$(1),.c _interface.c _registers.c))
HOSTILE_gicv2 := $(call hostile_gic,gicv2)
HOSTILE_gicv3 := $(call hostile_gic,gicv3)
NEIGHBOUR_OBJECTS := $(call test_guest_objects,$(NEIGHBOUR_SOURCES))
AARCH32_OBJECTS := $(patsubst tests/%,$(GUEST_OBJ32)/%.o,$(AARCH32_SOURCES:src/%=tests/guests/src/%))
TEST_GUESTS := $(addprefix $(BUILD)/guests/,hostile.elf hostile-gicv2.elf neighbour.elf neighbour-gicv2.elf aarch32.elf)

$(GUEST_OBJ)/guests/% $(GUEST_OBJ32)/guests/%: GUEST_CPPFLAGS += -Itests/guests

$(GUEST_OBJ)/guests/%.c.o: tests/guests/%.c $(NEWLIB_STAMP) | $(SETUP)
	$(guest_cc)

$(GUEST_OBJ)/guests/%.S.o: tests/guests/%.S | $(SETUP)
	$(guest_as)

$(GUEST_OBJ32)/guests/%.c.o: tests/guests/%.c | $(SETUP)
	$(guest_cc)

$(GUEST_OBJ32)/guests/%.S.o: tests/guests/%.S | $(SETUP)
	$(guest_as)

# The hypervisor's table of trapped registers, for an attacker that goes through it.
$(GUEST_OBJ)/guests/src/%.c.o: src/%.c $(NEWLIB_STAMP) | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $<"
	@$(GUEST_PREFIX)gcc $(GUEST_CPPFLAGS) $(GUEST_CFLAGS) -c $< -o $@

$(GUEST_OBJ32)/guests/src/%.c.o: src/%.c | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $<"
	@$(GUEST_PREFIX)gcc $(GUEST_CPPFLAGS) $(GUEST_CFLAGS) -c $< -o $@

# Its RAM lies apart from all physical memory that the hypervisor or the neighbour has, so that it can name their addresses.
HOSTILE_LDFLAGS := -Wl,--defsym=ram_base=0x80000000
$(BUILD)/guests/hostile.elf: $(HOSTILE_OBJECTS) $(HOSTILE_gicv3) $(RT_OBJECTS) guests/rt/rt.ld
	$(call guest_link,33 $(HOSTILE_LDFLAGS))
RT_OBJECTS_GICV2 := $(RT_OBJECTS_COMMON) $(call guest_objects,$(RTOS_CHIPS_qemu-virt-gicv2))
$(BUILD)/guests/hostile-gicv2.elf: $(HOSTILE_OBJECTS) $(HOSTILE_gicv2) $(RT_OBJECTS_GICV2) guests/rt/rt.ld
	$(call guest_link,33 $(HOSTILE_LDFLAGS))
# It counts interrupts before they are dispatched, and has much memory to watch over.
NEIGHBOUR_LDFLAGS := -Wl,--wrap=interrupt_dispatch -Wl,--defsym=ram_size=0x04000000
$(BUILD)/guests/neighbour.elf: $(NEIGHBOUR_OBJECTS) $(RT_OBJECTS) guests/rt/rt.ld
	$(call guest_link,40 $(NEIGHBOUR_LDFLAGS))
$(BUILD)/guests/neighbour-gicv2.elf: $(NEIGHBOUR_OBJECTS) $(RT_OBJECTS_GICV2) guests/rt/rt.ld
	$(call guest_link,40 $(NEIGHBOUR_LDFLAGS))
$(BUILD)/guests/aarch32.elf: $(AARCH32_OBJECTS) $(RT_OBJECTS32) guests/rt/rt.ld
	$(call guest_link,33)

# Attacker and neighbour on x86-64.
HOSTILE_SOURCES_X86 := $(addprefix tests/guests/hostile/,main.c $(addprefix x86/,\
	apic.c attacks.c instructions.c ioapic.c map.c memory.c msrs.c ports.c probe.c probe.S registers.c second.c self.c))
HOSTILE_OBJECTS_X86 := $(patsubst tests/%,$(GUEST_OBJX86)/%.o,$(HOSTILE_SOURCES_X86))
NEIGHBOUR_OBJECTS_X86 := $(patsubst tests/%,$(GUEST_OBJX86)/%.o,$(addprefix tests/guests/neighbour/,main.c controller_x86.c pattern.c))
NEIGHBOUR_SYMBOLS_X86 := $(filter-out ram_size=%,$(RT_SYMBOLS_COM2)) ram_size=0x03e00000
DEAF_OBJECTS_X86 := $(GUEST_OBJX86)/guests/deaf/main.c.o
TEST_GUESTS += $(BUILD)/guests/neighbour-x86.elf $(BUILD)/guests/deaf-x86.elf $(BUILD)/guests/hostile-x86.elf

$(GUEST_OBJX86)/guests/%: GUEST_CPPFLAGS += -Itests/guests

$(GUEST_OBJX86)/guests/%.c.o: tests/guests/%.c $(NEWLIB_X86_STAMP) | $(SETUP)
	$(guest_cc)

$(GUEST_OBJX86)/guests/%.S.o: tests/guests/%.S | $(SETUP)
	$(guest_as)

$(BUILD)/guests/hostile-x86.elf: $(HOSTILE_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	$(call guest_link_symbols,$(RT_SYMBOLS_COM1))
$(BUILD)/guests/neighbour-x86.elf: GUEST_LDFLAGS += -Wl,--wrap=interrupt_dispatch
$(BUILD)/guests/neighbour-x86.elf: $(NEIGHBOUR_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	$(call guest_link_symbols,$(NEIGHBOUR_SYMBOLS_X86))
$(BUILD)/guests/deaf-x86.elf: $(DEAF_OBJECTS_X86) $(RT_OBJECTS_X86) guests/rt/rt.ld
	$(call guest_link_symbols,$(RT_SYMBOLS_COM1))

-include $(patsubst %.o,%.d,$(HOSTILE_OBJECTS_X86) $(NEIGHBOUR_OBJECTS_X86) $(DEAF_OBJECTS_X86) $(HOSTILE_OBJECTS) $(HOSTILE_gicv2) $(HOSTILE_gicv3) $(NEIGHBOUR_OBJECTS) $(AARCH32_OBJECTS))

# A guest that executes random instructions: bare, since it breaks whatever it runs on. `make fuzz-guest [SEED=n] [SEEDS=n]
# [SECONDS_PER_SEED=n]` tries SEEDS seeds from SEED on; each is several machines (tests/system/fuzz_guest.py).
FUZZER_SOURCES := $(addprefix tests/guests/fuzzer/,block.c main.c map.c registers.c start.S uart.c)
FUZZER_OBJECTS := $(call test_guest_objects,$(FUZZER_SOURCES))
TEST_GUESTS += $(BUILD)/guests/fuzzer.elf
$(GUEST_OBJ)/guests/fuzzer/%: GUEST_CFLAGS += -ffreestanding $(GUEST_EARLY) -fno-tree-loop-distribute-patterns

$(BUILD)/guests/fuzzer.elf: $(FUZZER_OBJECTS) guests/rt/rt.ld
	@echo "  LD $@" && $(GUEST_PREFIX)gcc $(GUEST_LDFLAGS) $(HOSTILE_LDFLAGS) $(filter %.o,$^) -o $@

SEED ?= 1
SEEDS ?= 20
SECONDS_PER_SEED ?= 60
.PHONY: fuzz-guest
fuzz-guest: all $(TEST_GUESTS) | $(SETUP)
	@/usr/bin/python3 -B tests/system/fuzz_guest.py --seed $(SEED) --seeds $(SEEDS) --seconds $(SECONDS_PER_SEED)

-include $(FUZZER_OBJECTS:.o=.d)

# Starts guests for x86-64 on a bare PC.
NATIVE_OBJECTS := $(patsubst tests/%,$(GUEST_OBJX86)/%.o,tests/guests/native/start.S tests/guests/native/load.c)
NATIVE := $(BUILD)/guests/native-x86.bin
TEST_GUESTS += $(NATIVE)

$(GUEST_OBJX86)/guests/native/%.o: tests/guests/native/% | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $<" && $(GUEST_PREFIX)gcc $(GUEST_CFLAGS) -ffreestanding -mgeneral-regs-only \
		-fno-tree-loop-distribute-patterns -c $< -o $@

$(NATIVE): GUEST_PREFIX := x86_64-linux-gnu-
$(NATIVE): $(NATIVE_OBJECTS) tests/guests/native/native.ld
	@echo "  LD $@" && $(GUEST_PREFIX)ld -static -nostdlib --oformat=binary -T tests/guests/native/native.ld \
		-o $@ $(NATIVE_OBJECTS)

-include $(NATIVE_OBJECTS:.o=.d)

# Drives PCI functions of an x86 partition as its console says.
EDU_OBJECTS := $(patsubst tests/%,$(GUEST_OBJX86)/%.o,tests/guests/edu/start.S tests/guests/edu/main.c)
EDU := $(BUILD)/guests/edu-x86.elf
TEST_GUESTS += $(EDU)

$(GUEST_OBJX86)/guests/edu/%.o: tests/guests/edu/% | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $<" && $(GUEST_PREFIX)gcc $(GUEST_CFLAGS) -ffreestanding -mgeneral-regs-only \
		-fno-tree-loop-distribute-patterns -c $< -o $@

$(EDU): $(EDU_OBJECTS) tests/guests/edu/edu.ld
	@echo "  LD $@" && $(GUEST_PREFIX)ld -static -nostdlib -T tests/guests/edu/edu.ld -o $@ $(EDU_OBJECTS)

-include $(EDU_OBJECTS:.o=.d)

# What a machine can check of the habits: walls between folders, include circles, sizes, format. Needs the objects.
.PHONY: check-tree unit-scripts
check-tree: $(BUILD)/bulkhead-$(BOARD).elf | $(SETUP)
	@scripts/check

# What the hypervisor takes, against the budgets of tests/size.ini.
.PHONY: size
size: all | $(SETUP)
	@scripts/size --board $(BOARD)
	@scripts/size --board qemu-q35

unit-scripts: | $(SETUP)
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/unit/scripts

# Unit tests of the planner: each program links all of it but its main function, under the sanitizers.
PLANNER_UNIT_TESTS := $(addprefix $(BUILD)/unit/planner/,test_audit test_reference test_tables test_vmcs test_x86)

.PHONY: unit-planner
unit-planner: $(PLANNER_UNIT_TESTS)
	@for test in $^; do \
		output=$$($$test 2>&1) || { echo "$$output"; exit 1; }; \
		echo "  UNIT $$test"; echo "$${output##*$$'\n'}"; \
	done

$(BUILD)/unit/planner/test_tables $(BUILD)/unit/planner/test_vmcs $(BUILD)/unit/planner/test_x86: tests/unit/planner/random_system.c
$(BUILD)/unit/planner/%: tests/unit/planner/%.c $(filter-out %/main.o,$(PLANNER_ASAN_OBJECTS)) | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $@"
	@$(CC) $(PLANNER_CFLAGS) $(SANITIZERS) -O1 -o $@ $^ $(PLANNER_LIBRARIES) -lcmocka

$(BUILD)/unit/trees/compare: tests/trees/compare.c $(filter-out %/main.o,$(PLANNER_ASAN_OBJECTS)) | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $@"
	@$(CC) $(PLANNER_CFLAGS) $(SANITIZERS) -O1 -o $@ $^ $(PLANNER_LIBRARIES)

# Unit tests of the hypervisor, on the host under the sanitizers. tests/unit/host comes first in the include path: there
# lie the host's own mmio.h and sysreg.h of armv8. UNIT_CFLAGS_EXTRA: for instance --coverage (then UNIT_BUILD too).
UNIT_BUILD := $(BUILD)/unit
UNIT_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -Wconversion $(SANITIZERS) \
	-Itests/unit/host -Isrc -Itests/unit -DUNIT_BUILD='"$(UNIT_BUILD)"' $(UNIT_CFLAGS_EXTRA)
UNIT_CORE := $(addprefix tests/unit/fake/,arch.c plan.c world.c) src/core/fault.c src/core/log.c src/core/partition.c \
	src/core/service.c src/core/vcpu.c $(PLAN_SOURCES)
UNIT_HOST := tests/unit/host/host.c tests/unit/fake/plan.c
UNIT_SYSREG := src/arch/armv8/sysreg.c src/arch/armv8/gicv3_registers.c

# Each test program and what it links. A source that is not listed is included by the test, which resets its state.
UNIT_core/test_boot := $(UNIT_CORE)
UNIT_core/test_partition := $(UNIT_CORE) src/core/boot.c
UNIT_core/test_vcpu := $(UNIT_CORE) src/core/boot.c
UNIT_core/test_turns := $(filter-out src/core/partition.c src/core/vcpu.c,$(UNIT_CORE)) src/core/boot.c
UNIT_core/test_service := $(UNIT_CORE) src/core/boot.c
UNIT_core/test_fault := $(UNIT_CORE) src/core/boot.c
UNIT_core/test_log := $(UNIT_CORE) src/core/boot.c
UNIT_CHECK := tests/unit/fake/plan.c $(PLAN_SOURCES)
UNIT_plan/test_check := tests/unit/plan/mutations.c $(UNIT_CHECK)
UNIT_plan/test_check_x86 := $(UNIT_CHECK)
UNIT_plan/test_verify := $(CHECK_SOURCES) $(PLAN_SOURCES)
UNIT_armv8/test_decode := src/arch/armv8/decode.c
UNIT_FILTER := src/arch/armv8/gicv3_filter.c src/arch/armv8/gic_filter.c
UNIT_GICV3 := $(addprefix tests/unit/armv8/,gicv3_frames.c gicv3_model.c) $(UNIT_HOST) $(UNIT_FILTER)
UNIT_armv8/test_gicv3_filter := $(UNIT_GICV3)
UNIT_armv8/test_gicv3 := $(UNIT_HOST) src/arch/armv8/gicv3.c
UNIT_armv8/test_gicv2_filter := $(UNIT_HOST) src/arch/armv8/gicv2_filter.c src/arch/armv8/gic_filter.c
UNIT_armv8/test_abort := $(UNIT_HOST) src/arch/armv8/abort.c src/arch/armv8/decode.c $(UNIT_FILTER)
UNIT_armv8/test_identity := tests/unit/host/identity.c src/arch/armv8/identity.c
UNIT_armv8/test_aarch32 := $(UNIT_HOST) $(UNIT_armv8/test_identity) src/arch/armv8/aarch32.c $(UNIT_SYSREG) \
	src/arch/armv8/trap_table.c
UNIT_armv8/test_sysreg := $(UNIT_HOST) $(UNIT_armv8/test_identity) $(UNIT_SYSREG)
UNIT_armv8/test_call := $(UNIT_HOST) src/arch/armv8/call.c
UNIT_x86/test_decode := tests/unit/x86/moves.S src/arch/x86/decode.c
UNIT_x86/test_icr := src/arch/x86/icr.c
UNIT_x86/test_ioapic := src/arch/x86/ioapic_filter.c
UNIT_x86/test_message := src/arch/x86/message.c
UNIT_x86/test_answers := src/arch/x86/cpuid.c src/arch/x86/msr.c src/arch/x86/port.c
UNIT_x86/test_walk := src/arch/x86/walk.c
UNIT_x86/test_exit := $(addprefix src/arch/x86/,exit.c svm_exit.c svm.c guest.c decode.c)
UNIT_x86/test_page_fault := $(UNIT_x86/test_exit)
UNIT_x86/test_svm := $(addprefix src/arch/x86/,svm.c guest.c)
UNIT_x86/test_vmx := src/arch/x86/vmx.c
UNIT_x86/test_vmx_exit := src/arch/x86/vmx_exit.c src/arch/x86/decode.c
UNIT_x86/test_pci := src/arch/x86/pci.c
UNIT_x86/test_pci_capabilities := src/arch/x86/pci.c
UNIT_x86/test_iommu :=
UNIT_x86/test_xcr := src/arch/x86/xcr.c
UNIT_x86/test_interrupts := $(addprefix src/arch/x86/,apic.c ioapic.c stage2.c)
UNIT_TESTS := plan/test_check plan/test_check_x86 plan/test_verify core/test_boot core/test_partition core/test_vcpu core/test_turns core/test_service \
	core/test_fault core/test_log armv8/test_decode armv8/test_gicv2_filter armv8/test_gicv3 armv8/test_gicv3_filter armv8/test_abort armv8/test_sysreg \
	armv8/test_call armv8/test_aarch32 armv8/test_identity x86/test_decode x86/test_icr x86/test_ioapic x86/test_message x86/test_answers \
	x86/test_walk x86/test_exit x86/test_page_fault x86/test_svm x86/test_vmx x86/test_vmx_exit x86/test_pci x86/test_pci_capabilities x86/test_iommu x86/test_xcr x86/test_interrupts

UNIT_PROGRAMS := $(addprefix $(UNIT_BUILD)/,$(UNIT_TESTS))
unit_objects = $(addprefix $(UNIT_BUILD)/objects/,$(addsuffix .o,$(basename tests/unit/$(1).c $(UNIT_$(1)))))
UNIT_OBJECTS := $(sort $(foreach test,$(UNIT_TESTS),$(call unit_objects,$(test))))

.PHONY: test-unit unit-hypervisor
test-unit: unit-hypervisor unit-planner

unit-hypervisor: $(UNIT_PROGRAMS)
	@for test in $^; do \
		output=$$($$test 2>&1) || { echo "$$output"; exit 1; }; \
		echo "  UNIT $$test"; echo "$${output##*$$'\n'}"; \
	done

define unit_program
$(UNIT_BUILD)/$(1): $(call unit_objects,$(1))
	@mkdir -p $$(@D)
	@$$(CC) $$(UNIT_CFLAGS) -o $$@ $$^ -lcmocka -lz -lpthread
endef
$(foreach test,$(UNIT_TESTS),$(eval $(call unit_program,$(test))))

$(UNIT_BUILD)/objects/%.o: %.c | $(SETUP)
	@mkdir -p $(@D)
	@$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_BUILD)/objects/%.o: %.S | $(SETUP)
	@mkdir -p $(@D)
	@$(CC) -c -o $@ $<

# Instructions as the target's assembler encodes them. It warns of registers that a load changes twice: meant so.
$(UNIT_BUILD)/armv8/loads.bin: tests/unit/armv8/loads.S | $(SETUP)
	@mkdir -p $(@D)
	@$(HV_CROSS)gcc -c -Wa,--no-warn -o $(@:.bin=.o) $<
	@$(HV_CROSS)objcopy -O binary -j .text $(@:.bin=.o) $@

$(UNIT_BUILD)/objects/tests/unit/armv8/test_decode.o: $(UNIT_BUILD)/armv8/loads.bin

-include $(UNIT_OBJECTS:.o=.d)

# Whole systems in emulators, two at a time: most of the time a machine keeps one core of the host busy, and what is judged are
# exits, counts and data, never how soon. What a file's tests share is made once.
.PHONY: test-system test-boards
test-system: all $(TEST_GUESTS) | $(SETUP)
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider -m "not boards" -n 2 --dist loadfile tests/system

# What takes longer: the boards that `make test` does not boot, the same card twenty times, a boot for each attack under VMX.
test-boards: all $(TEST_GUESTS) | $(SETUP)
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider -m "boards" -n 2 tests/system
	@/usr/bin/python3 -B tests/system/boards_table.py --check

# docs/boards.md, from what the last `make test-system test-boards` saw.
.PHONY: boards-table
boards-table: all
	@/usr/bin/python3 -B tests/system/boards_table.py

# The guides, done as they say.
.PHONY: test-docs
test-docs: all | $(SETUP)
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/docs

# Wrong systems and the exact messages about them.
.PHONY: test-config
test-config: $(BUILD)/asan/bulkhead $(VENDOR_STAMP)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/config

# The trees of all boards that Debian's kernel knows, against the table that is checked in; `make trees-table` writes it anew.
.PHONY: test-trees trees-table
test-trees: $(BUILD)/asan/bulkhead $(BUILD)/unit/trees/compare $(VENDOR_STAMP)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/trees

trees-table: $(BUILD)/asan/bulkhead $(VENDOR_STAMP)
	@/usr/bin/python3 -B tests/trees/sweep.py

# The report and the map, as text and in a browser.
.PHONY: test-report
test-report: $(BUILD)/bulkhead | $(SETUP)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/report

# The picture of it in the docs, from a browser.
.PHONY: picture
picture: all
	@scripts/picture

# What `flash` writes and refuses; U-Boot starts it in test-system.
.PHONY: test-flash
test-flash: all | $(SETUP)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/flash

# Whole images, with a stand-in for the hypervisor.
.PHONY: test-image
test-image: $(BUILD)/asan/bulkhead $(BUILD)/bulkhead $(VENDOR_STAMP)
	/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/image

# The verifier beside a second opinion on mutants of images (docs/verify.md): some here, many with `make verify-mutants`.
MUTANTS ?= 10000
.PHONY: test-verify verify-mutants
test-verify: all
	@/usr/bin/python3 -m pytest -q -p no:cacheprovider tests/verify
	@$(foreach images,armv8 x86 intel,tests/verify/mutate.py --build $(BUILD) --mutants 300 --arch $(images) &&) true

verify-mutants: all
	@tests/verify/mutate.py --build $(BUILD) --mutants $(MUTANTS) --seed $(SEED)

# lint: MISRA C:2012 (docs/misra-deviations.md), clang-tidy and gcc's analyzer.
LINT_UARTS := cadence imx none # of other boards, with their GICv2
LINT_SOURCES = $(filter-out $(HV_SOURCES_gicv3) src/platform/uart/%,$(HV_SOURCES) $(HV_SOURCES_armv8)) $(HV_SOURCES_gicv2)
.PHONY: lint
lint: $(BOARD_MK) | $(SETUP)
	@scripts/lint --hypervisor $(HV_SOURCES) $(HV_SOURCES_$(BOARD_ARCH)) $(CHECK_SOURCES) \
		--hypervisor $(filter-out src/platform/uart/%,$(HV_SOURCES)) src/platform/uart/ns16550.c $(HV_SOURCES_x86) \
		$(foreach uart,$(LINT_UARTS),--hypervisor $(LINT_SOURCES) src/platform/uart/$(uart).c) \
		--planner $(filter-out $(CHECK_SOURCES),$(PLANNER_SOURCES))

# coverage: which lines and branches of the hypervisor the unit tests and whole systems reach: docs/coverage.md.
COVERAGE := $(BUILD)/coverage
COVERAGE_BOARDS := $(BOARD) $(filter-out $(BOARD) bochs qemu-q35,$(BOARDS)) # Armv8: the tracer reads no other instructions

.PHONY: coverage
coverage: all $(TEST_GUESTS) $(COVERAGE)/trace.so
	@rm -rf $(COVERAGE)/unit
	@$(MAKE) --no-print-directory UNIT_BUILD=$(COVERAGE)/unit SANITIZERS= UNIT_CFLAGS_EXTRA='--coverage -O0' \
		unit-hypervisor
	@scripts/coverage prepare --boards $(COVERAGE_BOARDS)
	@PATH=$(CURDIR)/$(COVERAGE)/bin:$$PATH /usr/bin/python3 -m pytest -q -p no:cacheprovider -m "not bochs" \
		--ignore-glob='*_x86.py' tests/system
	@PATH=$(CURDIR)/$(COVERAGE)/bin:$$PATH $(MAKE) --no-print-directory bench
	@scripts/coverage report --boards $(COVERAGE_BOARDS)

# A guest that walks the exits' edges.
EDGES := $(BUILD)/guests/edges.elf
test-system coverage: $(EDGES)
$(EDGES): tests/coverage/edges.S tests/coverage/edges.ld | $(SETUP)
	@mkdir -p $(@D) && echo "  LD $@"
	@$(GUEST_PREFIX)gcc -static -no-pie -nostdlib -Wl,--build-id=none -Wl,-z,max-page-size=4096 -T tests/coverage/edges.ld -o $@ $<

$(COVERAGE)/trace.so: tests/coverage/trace.c | $(SETUP)
	@mkdir -p $(@D) && echo "  LD $@"
	@$(CC) -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Wconversion -fvisibility=hidden -fPIC -shared -o $@ $<

include tests/bench/bench.mk

# fuzz: libFuzzer on what reads bytes that others made. `make fuzz [FUZZ=name] [SECONDS=n]` goes on from the kept corpus, with
# what it finds below build/; `make fuzz-replay`, quick, runs the corpus, the seeds, which are always of today's format, and what
# once went wrong (tests/fuzz/fixed); `make fuzz-keep` takes the finds into the corpus.
FUZZ_BUILD := $(BUILD)/fuzz
FUZZ_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CFLAGS := -std=c11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -Itests/unit/host -Isrc -Itests/unit -Itests/fuzz \
	$(FUZZ_SANITIZERS)
FUZZ_PLANNER := tests/fuzz/stand_in.c tests/fuzz/mutate.c \
	$(filter-out $(addprefix src/planner/,main.c memory.c message.c file.c),$(PLANNER_SOURCES))
# tests/fuzz/tree.c includes emit.c, and filter.c the unit test of the filter.
FUZZ_tree := $(filter-out src/planner/emit.c,$(FUZZ_PLANNER))
FUZZ_plan := tests/fuzz/mutate.c $(PLAN_SOURCES)
FUZZ_verify := tests/fuzz/sparse.c $(FUZZ_PLANNER)
FUZZ_filter := $(UNIT_GICV3) src/arch/armv8/decode.c
FUZZ_TARGETS := tree plan verify filter
FUZZ_PROGRAMS := $(addprefix $(FUZZ_BUILD)/,$(FUZZ_TARGETS))
FUZZ ?= $(FUZZ_TARGETS)
SECONDS ?= 60
# An input's size at most, in bytes; the larger ones find nothing that the smaller do not.
FUZZ_MOST_tree := 12288
FUZZ_MOST_plan := 16384
FUZZ_MOST_verify := 24576
FUZZ_MOST_filter := 1056
fuzz_objects = $(patsubst %.c,$(FUZZ_BUILD)/objects/%.o,tests/fuzz/$(1).c $(FUZZ_$(1)))
FUZZ_OBJECTS := $(sort $(foreach target,$(FUZZ_TARGETS),$(call fuzz_objects,$(target))))

.PHONY: fuzz fuzz-replay fuzz-keep
fuzz: $(FUZZ_PROGRAMS) $(FUZZ_BUILD)/seeds.stamp
	@$(foreach target,$(FUZZ),mkdir -p $(FUZZ_BUILD)/found/$(target) && echo "  FUZZ $(target), $(SECONDS) s" && \
		$(FUZZ_BUILD)/$(target) -max_total_time=$(SECONDS) -max_len=$(FUZZ_MOST_$(target)) -timeout=10 \
		-use_value_profile=1 -print_final_stats=1 -artifact_prefix=$(FUZZ_BUILD)/$(target)- \
		$(FUZZ_BUILD)/found/$(target) $(FUZZ_BUILD)/seeds/$(target) tests/fuzz/corpus/$(target) \
		>$(FUZZ_BUILD)/$(target).log 2>&1 || { tail -n 60 $(FUZZ_BUILD)/$(target).log; exit 1; }; \
		grep -E '^(Done|stat::number_of_executed_units)' $(FUZZ_BUILD)/$(target).log;) true

fuzz-replay: $(FUZZ_PROGRAMS) $(FUZZ_BUILD)/seeds.stamp
	@$(foreach target,$(FUZZ_TARGETS),$(FUZZ_BUILD)/$(target) -runs=0 -max_len=$(FUZZ_MOST_$(target)) \
		$(FUZZ_BUILD)/seeds/$(target) tests/fuzz/corpus/$(target) $(wildcard tests/fuzz/fixed/$(target)) >$(FUZZ_BUILD)/$(target).log 2>&1 || \
		{ tail -n 60 $(FUZZ_BUILD)/$(target).log; exit 1; }; \
		echo "  FUZZ $(target): $$(ls tests/fuzz/corpus/$(target) | wc -l) inputs";) true

fuzz-keep: $(FUZZ_PROGRAMS) $(FUZZ_BUILD)/seeds.stamp
	@$(foreach target,$(FUZZ),tests/fuzz/keep $(FUZZ_BUILD) $(target) $(FUZZ_MOST_$(target)) &&) true

$(FUZZ_BUILD)/seeds.stamp: tests/fuzz/seeds.py $(BUILD)/asan/bulkhead $(wildcard tests/config/*.dts configs/partitions/*.dts)
	@/usr/bin/python3 -B tests/fuzz/seeds.py $(BUILD)/asan/bulkhead $(FUZZ_BUILD)/seeds && touch $@

define fuzz_program
$(FUZZ_BUILD)/$(1): $(call fuzz_objects,$(1))
	@echo "  LD $$@" && clang $$(FUZZ_SANITIZERS) -fsanitize=fuzzer -o $$@ $$^ -lfdt -lelf -lz -lnettle -lcmocka
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_program,$(target))))

$(FUZZ_BUILD)/objects/%.o: %.c | $(SETUP)
	@mkdir -p $(@D) && echo "  CC $@"
	@clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

-include $(FUZZ_OBJECTS:.o=.d)

# mutants: one rule of the hypervisor less at a time, and a test that must notice (tests/mutants). MUTANT="NAME ..." tries
# some; mutants-quick those that unit tests notice.
.PHONY: mutants mutants-quick
mutants: all $(TEST_GUESTS) $(UNIT_PROGRAMS) $(PLANNER_UNIT_TESTS)
	@tests/mutants/run.py --build $(BUILD) $(MUTANT)

mutants-quick: $(HV_ELF) $(UNIT_PROGRAMS) $(PLANNER_UNIT_TESTS)
	@tests/mutants/run.py --build $(BUILD) --quick
