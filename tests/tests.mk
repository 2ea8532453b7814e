# The tests. `make check-fast`: unit and PAM tests; `make check`: everything.

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS := $(patsubst %.c,$(O)/%,$(UNIT_SOURCES))
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS := $(patsubst %.c,$(O)/%,$(FUZZ_SOURCES))
LIBS_TEST := -lcmocka -laudit -lsystemd -lfido2 -lcsv -loath -lqrencode -lcbor $(LIBS_ENGINE) -lkmod -lpam -lpam_misc -ldl

SOFTKEY_SOURCES := $(filter-out tests/authenticator/softkey_io.c,$(wildcard tests/authenticator/*.c))
SOFTKEY := $(if $(SOFTKEY_SOURCES),$(O)/tests/softkey)
$(O)/tests/softkey: $(call objects,$(SOFTKEY_SOURCES)) $(O)/lib.a
	$(link) -lcbor -lcrypto

$(O)/tests/unit/%: $(O)/tests/unit/%.o $(call objects,$(wildcard tests/authenticator/softkey_io.c)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(link) $(LIBS_TEST)

# The module's tables, held against its manual.
$(O)/tests/unit/test_result: $(call objects,pam_module/arguments.c pam_module/result.c)

# The whole module, with libpam and the socket played by the fuzzer.
$(O)/tests/fuzz/fuzz_pam_client: $(call objects,$(PAM_SOURCES))
WRAP_fuzz_pam_client := -Wl,--wrap=wire_connect,--wrap=wire_peer

# What the fuzzers call, so that no more is built for them.
FUZZED_ARCHIVES := $(O)/lib.a $(O)/engine.a $(O)/auth.a $(O)/collector.a $(O)/fuzzed.a
FUZZED_SOURCES := $(filter $(addprefix agent/cli/,csvrows% event_text% pam% transfer% u2fkeys% usbguard% usersoath% utf8lines%),$(CLI_SOURCES)) \
	agent/forward/acknowledged.c agent/forward/relp.c agent/mirror/audit_text.c
$(O)/fuzzed.a: $(call objects,$(FUZZED_SOURCES))
	@rm -f $@
	@ar rcs $@ $^

$(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(FUZZED_ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) -fsanitize=fuzzer $(WRAP_$(*F)) -o $@ $(filter %.o,$^) -Wl,--start-group $(FUZZED_ARCHIVES) -Wl,--end-group \
		$(LIBS_ENGINE) -lfido2 -lcsv -loath -laudit

# With the real authd and a software key.
TERMINAL := $(filter-out tests/auth/test_%.c tests/auth/softtoken.c tests/auth/replaytoken.c,$(wildcard tests/auth/*.c)) \
	tests/authenticator/softkey_io.c tests/authenticator/misbehave.c agent/engine/recent.c
$(O)/tests/pam/test_real $(O)/tests/pam/test_real_codes: $(call objects,$(TERMINAL))

PAM_TESTS := $(patsubst %.c,$(O)/%,$(wildcard tests/pam/test_*.c))
PAM_HELPERS := $(call objects,tests/pam/door.c tests/pam/lying_authd.c)
$(O)/tests/pam/%: $(O)/tests/pam/%.o $(PAM_HELPERS) $(ARCHIVES) $(MODULE)
	@mkdir -p $(@D)
	$(link) $(LIBS_TEST)

AUTH_TESTS := $(patsubst %.c,$(O)/%,$(wildcard tests/auth/test_*.c))
$(O)/tests/softtoken: $(call objects,tests/auth/softtoken.c tests/authenticator/softkey_io.c) $(O)/auth.a $(O)/lib.a
	$(link) $(LIBS_TOKEN)
$(O)/tests/replaytoken: $(call objects,tests/auth/replaytoken.c) $(O)/auth.a $(O)/lib.a
	$(link)
$(O)/tests/auth/%: $(O)/tests/auth/%.o $(call objects,$(TERMINAL)) $(O)/auth.a $(O)/lib.a
	@mkdir -p $(@D)
	$(link) $(LIBS_TEST)

# Programs that the scripts of tests/host and `make bench` run.
HOST_PROGRAMS := $(patsubst %.c,$(O)/%,$(wildcard tests/host/*.c tests/bench/*.c))
$(O)/tests/host/%: $(O)/tests/host/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(link) $(LIBS_TEST)
# The forwarder, but with so few transaction numbers that a test sees them begin again.
FORWARD_WRAPS := $(O)/tests/forward_wraps
$(O)/tests/relp_wraps.o: agent/forward/relp.c agent/forward/relp.h
	@mkdir -p $(@D)
	@echo "  CC    $@"; $(CC) $(CPPFLAGS) $(CFLAGS) -DRELP_TXNR_MAX=300u -MMD -MP -c -o $@ $<
$(FORWARD_WRAPS): $(O)/agent/forward/sekisho-forward.o $(O)/tests/relp_wraps.o $(O)/forward.a $(O)/lib.a
	$(link) $(LIBS_FORWARD)
$(O)/tests/bench/fleet: LIBS_TEST += -lcurl -lssl
$(O)/tests/bench/bench_assert: LIBS_TEST += -lfido2
$(O)/tests/bench/%: $(O)/tests/bench/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(link) $(LIBS_TEST)

# Loaded before a program, to play what a test must not do to the machine.
PRELOADS := $(patsubst tests/preload/%.c,$(O)/tests/%.so,$(wildcard tests/preload/*.c))
$(PRELOADS): $(O)/tests/%.so: $(O)/tests/preload/%.o
	@mkdir -p $(@D)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $^
$(O)/tests/stepped_clock.so $(O)/tests/cut_short.so $(O)/tests/no_memory.so: $(O)/lib/number.o
# Before the sanitizers' own allocator, which could not be there yet.
$(O)/tests/preload/no_memory.o: private CFLAGS := $(filter-out -fsanitize%,$(CFLAGS))
$(O)/tests/unit/test_session: | $(O)/tests/logind.so
$(O)/tests/auth/test_takeover $(O)/tests/auth/test_operator_command: | $(O)/tests/sessions.so
$(O)/tests/auth/test_no_memory: | $(O)/tests/no_memory.so

tests: all $(FORWARD_WRAPS) $(PRELOADS) $(HOST_PROGRAMS) $(UNIT_TESTS) $(PAM_TESTS) $(AUTH_TESTS) $(O)/tests/pam/rounds $(O)/tests/softtoken $(O)/tests/replaytoken $(SOFTKEY)
fuzzers: $(FUZZERS)

# The lab's tests, those that take longest first.
vm = $(foreach name,$(1),"env LAB_PROCESSORS=1 BUILD=$(BUILD) tests/vm/run $(name)")
VM_NAMES := $(basename $(notdir $(wildcard tests/vm/test_*.py)))
VM_LONG := test_install test_enable test_boot test_exits test_usb test_login test_luks test_bare test_removal test_otp
VM_ORDER := $(foreach name,$(VM_LONG),$(filter $(name),$(VM_NAMES))) $(filter-out $(VM_LONG),$(VM_NAMES))

# What `make check-fast` runs, and what takes longer.
ROUNDS ?= 10000
PAIRS ?= 2000
SLOW_TESTS += "tests/pam/module-rounds $(O)/tests/pam/rounds $(ROUNDS)"
SLOW_TESTS += "tests/packages $(BUILD)" "tests/host/sandboxes $(BUILD)" "tests/host/repository $(BUILD)" tests/host/journal-words tests/host/matrix-faults "tests/host/journal-cli $(O)" "tests/host/renderers $(O)" "tests/host/journal-kill $(O) 200" "tests/host/journal-powercut $(O) 10" "tests/host/journal-full $(O)" "tests/host/journal-retained $(O)" "tests/host/journal-full-verified $(O)"
SLOW_TESTS += "tests/host/policy-oracle $(O) $(PAIRS)" "tests/host/engine-events $(O)" "tests/host/record-restricted $(O)" "tests/host/refusals $(O)" "tests/host/explain-login $(O)" "tests/host/notify $(O)" "tests/host/import $(O)" "tests/host/setup $(O)" "tests/host/mirror-restored $(O)" "tests/host/presence $(O)" "tests/host/roster-cost $(O)"
SLOW_TESTS += "tests/host/rpm $(BUILD)" "tests/host/enable-authselect $(O)" "tests/host/selinux $(BUILD)"
SLOW_TESTS += "tests/host/forward-liar $(O)" "tests/host/forward-tls $(O)" "tests/host/forward-lost $(O)" "tests/host/forward-doctor $(O)" "tests/host/forward-oracle $(O)" "tests/host/collector-setup $(O)" "tests/host/collector-reseal $(O)" "tests/host/collector-silent $(O)" "tests/host/collector-expire $(O)" "tests/host/forward-https $(O)" "tests/host/forward-syslog $(O)" "tests/host/forward-letters $(O)" "tests/host/collector-writes $(O)" "tests/host/collector-siem $(O)" "tests/host/collector-postgresql $(O)" "tests/host/collector-opensearch $(O)" "tests/host/forward-powercut $(O) 10"
FAST_TESTS += $(UNIT_TESTS) $(PAM_TESTS) $(AUTH_TESTS)

check-fast: deps-check
	@$(MAKE) --no-print-directory tests
	@tests/run $(O)/logs $(FAST_TESTS) "tests/pam/module-shape $(MODULE)" tests/manual tests/host/ways-in

san = $(patsubst $(O)/%,$(BUILD)/san/%,$(1))

# The same tests once more under ASan and UBSan, but for the walk over every bit, which takes minutes there (fuzz_journal
# starts on damage as well), and beside them what takes longer (SLOW_TESTS) and the lab. The log-in's wait most of their time
# and have a list of their own, which whoever has no more takes part in. The lab's take longest: two machines run as soon as there
# are packages, and a third once another list has ended. All others give way to them: a machine that has to wait for its processor
# only asks more often whether it is through. What only later tests need is built in the time that is left; two lists wait for
# one of it, under names that differ for their logs. In a fresh tree the objects that are tested are those in the packages.
later = "+nice -n 10 flock $(BUILD)/.$(1) make --no-print-directory -j$(CORES) MODE=$(1) BUILD=$(BUILD) $(2)"
check: ANALYZER_NODES = 20000
check: lint lab-image
	@$(MAKE) --no-print-directory deb
	@test -e $(O)/lib.a || { mkdir -p $(O) && cp -a $(DEB)/src/build/release/. $(O)/; }
	@$(MAKE) --no-print-directory tests
	@MAKEFLAGS= TEST_TIMEOUT=1800 tests/run $(BUILD)/logs \
		--2+1 $(call vm,$(VM_ORDER)) --1n5 \
		$(filter-out $(AUTH_TESTS),$(FAST_TESTS)) "tests/pam/module-shape $(MODULE)" tests/manual tests/host/ways-in \
		$(call later,san,tests) $(call san,$(filter-out $(AUTH_TESTS) %/test_journal_exhaustive,$(FAST_TESTS))) \
		$(call later,fuzz,fuzzers) $(foreach fuzzer,$(FUZZ_SOURCES),"tests/fuzz/run $(BUILD) $(fuzzer) 3") --1n5 \
		$(SLOW_TESTS) --2+1n5 $(AUTH_TESTS) $(call later,san,all tests) $(call san,$(AUTH_TESTS))

# The main job, shown in a disposable terminal: the packages as built, a log-in, a stick, the journal.
demo: deps-check
	@$(MAKE) --no-print-directory all $(SOFTKEY)
	@$(MAKE) --no-print-directory deb
	@BUILD=$(BUILD) tests/vm/demo

# Sekisho beside USBGuard and pam_u2f in the lab's machine, then beside librelp and omrelp on this one; prints ratios, fails
# where one is missed. Some twenty-five minutes, and ten for the second half. The first alone: `make bench-machine`, parts of
# it with MACHINE='--only idle,boot'.
bench: deps-check
	@$(MAKE) --no-print-directory all tests
	@$(MAKE) --no-print-directory deb
	@BUILD=$(BUILD) tests/vm/bench $(MACHINE); machine=$$?; tests/bench/run $(O) --rounds 3 && exit $$machine

MACHINE ?=
bench-machine: deps-check lab-image
	@$(MAKE) --no-print-directory all tests
	@$(MAKE) --no-print-directory deb
	@BUILD=$(BUILD) tests/vm/bench $(MACHINE)

# Every way out tried by everybody in every state of the machine, beside USBGuard and beside nothing: docs/matrix.md. Half an
# hour; `make matrix MATRIX=Sekisho/resumed` tries a part again.
MATRIX ?=
matrix: lab-image
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory deb
	@BUILD=$(BUILD) tests/vm/matrix $(MATRIX)

# The second half alone: 3,000 terminals with `make bench-collection BENCH='--only fleet --terminals 3000'`.
BENCH ?=
bench-collection: deps-check
	@$(MAKE) --no-print-directory all tests
	@tests/bench/run $(O) $(BENCH)

# Ten minutes of each fuzzer, two at a time.
fuzz = $(foreach fuzzer,$(1),"tests/fuzz/run $(BUILD) $(fuzzer) $(FUZZ_SECONDS)")
FUZZ_SECONDS ?= 600
fuzz: deps-check
	@$(MAKE) --no-print-directory MODE=fuzz fuzzers
	@tests/run $(BUILD)/logs $(call fuzz,$(wordlist 1,8,$(FUZZ_SOURCES))) -- $(call fuzz,$(wordlist 9,99,$(FUZZ_SOURCES)))

# Random devices and rules, judged twice: in memory, then on the lab's kernel. SEED makes others. 100000 take some three hours (16 to
# 25 s for 224); it ends at the first that is judged otherwise. GADGETS_FROM=next goes on behind the last of the runs before, which
# build/gadgets.log lists and which are added up; two runs of different parts, GADGETS_FROM=0 and =50000, may go side by side.
GADGETS ?= 1000
GADGETS_FROM ?= 0
SEED ?= 1
gadgets: lab-image
	@$(MAKE) --no-print-directory tests
	@$(MAKE) --no-print-directory deb
	@tests/host/policy-oracle $(O) $(GADGETS) $(SEED)
	@BUILD=$(BUILD) GADGETS=$(GADGETS) GADGETS_FROM=$(GADGETS_FROM) GADGETS_LOG=$(BUILD)/gadgets.log SEED=$(SEED) \
		tests/vm/run test_random_gadgets

# The lab's root file system and disk: mostly waiting for packages.
lab-image: deps-check
	@tests/vm/image $(BUILD)

.PHONY: lab-image tests fuzzers check-fast check demo bench bench-machine bench-collection matrix fuzz gadgets
