# Sekisho: `make` builds, `make check` tests everything, `make demo` shows it. See README.md.
#
# MODE is one of release, san, fuzz, cov; each has a tree of its own below build/.

CORES := $(shell nproc)
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(CORES)
endif

MODE ?= release
BUILD ?= build
PREFIX ?= /usr
DESTDIR ?=
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec/sekisho
# Asked when it is needed: on a fresh machine gcc comes with `make deps`.
MULTIARCH = $(shell gcc -print-multiarch 2>/dev/null)
PAMDIR ?= /lib/$(MULTIARCH)/security
LOCALEDIR ?= $(PREFIX)/share/locale
COLLECTORDIR ?= $(PREFIX)/share/sekisho-collector
UNITDIR ?= /lib/systemd/system
VERSION := $(shell cat VERSION)
O := $(BUILD)/$(MODE)

ifeq ($(MODE),fuzz)
CC := clang
endif
CC ?= gcc

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wpointer-arith -Wwrite-strings -Wold-style-definition -Wimplicit-fallthrough
ifdef CI
WARNINGS += -Werror
endif
FLAGS_release := -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection
# Traces name lines; what else a debugger would want costs a sixth of the build.
FLAGS_san := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAGS_cov := -O0 --coverage

CPPFLAGS += -D_GNU_SOURCE -DSEKISHO_VERSION='"$(VERSION)"' -DSEKISHO_LIBEXEC='"$(LIBEXECDIR)"' \
	-DSEKISHO_LOCALEDIR='"$(LOCALEDIR)"' -DSEKISHO_SHARE='"$(COLLECTORDIR)"' -Ilib -I. -include lib/banned.h
# Where tests look closest, an event with a field that its kind does not list ends the program.
CPPFLAGS += $(if $(filter release,$(MODE)),,-DSEKISHO_STRICT)
CFLAGS += -std=gnu11 -g -fPIC $(WARNINGS) $(FLAGS_$(MODE))
LDFLAGS += -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(filter release,$(MODE)),,$(FLAGS_$(MODE)))

# What `make deps` installs on Debian. The VM lab asks for its own at its first use.
BUILD_PACKAGES := build-essential libpam0g-dev libfido2-dev liboath-dev libqrencode-dev libcsv-dev libcbor-dev libssl-dev libinih-dev \
	libjansson-dev libbpf-dev clang libcurl4-openssl-dev libaudit-dev libkmod-dev libsystemd-dev libcmocka-dev gettext
CHECK_PACKAGES := libclang-rt-14-dev clang-format clang-tidy cppcheck valgrind mandoc \
	debhelper devscripts lintian fakeroot qemu-system-x86 qemu-utils mmdebstrap e2fsprogs python3 openssl iproute2 curl \
	dbus-daemon python3-dbus python3-gi apt-utils gnupg rpm rpmlint strace sudo

LIBS_JOURNAL := -ljansson -lcrypto -linih
LIBS_ENGINE := $(LIBS_JOURNAL)
LIBS_SESSION := -lfido2 -loath $(LIBS_JOURNAL)
LIBS_TOKEN := -lfido2 -lcrypto
LIBS_FORWARD := -lcurl -lssl $(LIBS_JOURNAL)
LIBS_CLI := $(LIBS_JOURNAL) -lsystemd -lcsv -loath -lqrencode -lkmod -lpam -lpam_misc

# Each folder is an archive; a program is its main file and what it pulls out of them.
LIB_SOURCES := $(wildcard lib/*.c)
ENGINE_SOURCES := $(filter-out agent/engine/sekishod.c,$(wildcard agent/engine/*.c))
CHALLENGE_SOURCES := $(filter-out agent/challenge/sekisho-challenge.c,$(wildcard agent/challenge/*.c))
PRIV_SOURCES := $(filter-out agent/priv/sekisho-priv.c,$(wildcard agent/priv/*.c))
AUTH_MAINS := agent/auth/sekisho-authd.c agent/auth/sekisho-session.c agent/auth/sekisho-token.c
AUTH_SOURCES := $(filter-out $(AUTH_MAINS),$(wildcard agent/auth/*.c))
FORWARD_SOURCES := $(filter-out agent/forward/sekisho-forward.c,$(wildcard agent/forward/*.c))
COLLECTOR_MAINS := agent/collector/sekisho-collector.c agent/collector/sekisho-collect.c
COLLECTOR_SOURCES := $(filter-out $(COLLECTOR_MAINS),$(wildcard agent/collector/*.c))
MIRROR_SOURCES := $(filter-out agent/mirror/sekisho-mirror.c,$(wildcard agent/mirror/*.c))
NOTIFY_SOURCES := $(filter-out agent/notify/sekisho-notify.c,$(wildcard agent/notify/*.c))
PRESENCE_SOURCES := $(filter-out agent/presence/sekisho-presence.c,$(wildcard agent/presence/*.c))
LSM_SOURCES := $(filter-out agent/lsm/sekisho-lsm.c %.bpf.c,$(wildcard agent/lsm/*.c))
EXITS_SOURCES := $(wildcard agent/exits/*.c)
CLI_SOURCES := $(filter-out agent/cli/sekisho.c,$(wildcard agent/cli/*.c))
PAM_SOURCES := $(wildcard pam_module/*.c)

objects = $(patsubst %.c,$(O)/%.o,$(1))
ARCHIVES := $(O)/lib.a $(O)/engine.a $(O)/challenge.a $(O)/priv.a $(O)/auth.a $(O)/forward.a $(O)/collector.a $(O)/mirror.a $(O)/exits.a $(O)/lsm.a $(O)/notify.a $(O)/presence.a $(O)/cli.a
have = $(if $(wildcard $(1)),$(2))

PROGRAMS := $(call have,agent/engine/sekishod.c,$(O)/sekishod) \
	$(call have,agent/priv/sekisho-priv.c,$(O)/sekisho-priv) \
	$(call have,agent/challenge/sekisho-challenge.c,$(O)/sekisho-challenge) \
	$(call have,agent/disk/sekisho-disk.c,$(O)/sekisho-disk) \
	$(call have,agent/auth/sekisho-authd.c,$(O)/sekisho-authd) \
	$(call have,agent/auth/sekisho-session.c,$(O)/sekisho-session) \
	$(call have,agent/auth/sekisho-token.c,$(O)/sekisho-token) \
	$(call have,agent/forward/sekisho-forward.c,$(O)/sekisho-forward) \
	$(call have,agent/collector/sekisho-collector.c,$(O)/sekisho-collector) \
	$(call have,agent/collector/sekisho-collect.c,$(O)/sekisho-collect) \
	$(call have,agent/mirror/sekisho-mirror.c,$(O)/sekisho-mirror) \
	$(call have,agent/lsm/sekisho-lsm.c,$(O)/sekisho-lsm) \
	$(call have,agent/optical/sekisho-readonly.c,$(O)/sekisho-readonly) \
	$(call have,agent/notify/sekisho-notify.c,$(O)/sekisho-notify) \
	$(call have,agent/presence/sekisho-presence.c,$(O)/sekisho-presence) \
	$(call have,agent/lock/sekisho-lock.c,$(O)/sekisho-lock) \
	$(call have,agent/cli/sekisho.c,$(O)/sekisho)
MODULE := $(call have,pam_module/pam_sekisho.c,$(O)/pam_sekisho.so)
# One catalogue under two names: terminals and the collector have packages of their own.
LANGUAGES := $(patsubst lib/po/%.po,%,$(wildcard lib/po/*.po))
CATALOGUES := $(foreach l,$(LANGUAGES),$(addprefix $(O)/locale/$l/LC_MESSAGES/,sekisho.mo sekisho-collector.mo))

all: $(PROGRAMS) $(MODULE) $(CATALOGUES)

$(O)/%.o: %.c | deps
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

GOLD := $(if $(shell command -v ld.gold),-fuse-ld=gold)
# What looks at the product needn't be fast itself, and compiles in a third of the time.
$(O)/tests/unit/%.o $(O)/tests/auth/%.o $(O)/tests/pam/%.o: CFLAGS += -O0 -U_FORTIFY_SOURCE
$(O)/tests/unit/% $(O)/tests/auth/% $(O)/tests/pam/%: private LDFLAGS += $(GOLD)

$(O)/lib.a: $(call objects,$(LIB_SOURCES))
$(O)/engine.a: $(call objects,$(ENGINE_SOURCES))
$(O)/challenge.a: $(call objects,$(CHALLENGE_SOURCES))
$(O)/priv.a: $(call objects,$(PRIV_SOURCES))
$(O)/auth.a: $(call objects,$(AUTH_SOURCES))
$(O)/forward.a: $(call objects,$(FORWARD_SOURCES))
$(O)/collector.a: $(call objects,$(COLLECTOR_SOURCES))
$(O)/mirror.a: $(call objects,$(MIRROR_SOURCES))
$(O)/notify.a: $(call objects,$(NOTIFY_SOURCES))
$(O)/presence.a: $(call objects,$(PRESENCE_SOURCES))
$(O)/lsm.a: $(call objects,$(LSM_SOURCES))
$(O)/exits.a: $(call objects,$(EXITS_SOURCES))
$(O)/cli.a: $(call objects,$(CLI_SOURCES))
$(ARCHIVES):
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^

link = @echo "  LINK  $@"; $(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group
$(O)/sekishod: $(O)/agent/engine/sekishod.o $(O)/engine.a $(O)/exits.a $(O)/lsm.a $(O)/forward.a $(O)/lib.a
	$(link) $(LIBS_ENGINE)
$(O)/sekisho-priv: $(O)/agent/priv/sekisho-priv.o $(O)/priv.a $(O)/lib.a
	$(link)
$(O)/sekisho-challenge: $(O)/agent/challenge/sekisho-challenge.o $(O)/challenge.a $(O)/lib.a
	$(link)
$(O)/sekisho-disk: $(O)/agent/disk/sekisho-disk.o $(O)/lib.a
	$(link) -linih
$(O)/sekisho-lsm: $(O)/agent/lsm/sekisho-lsm.o $(O)/agent/lsm/object.o $(O)/lsm.a $(O)/lib.a
	$(link) -lbpf -linih
$(O)/sekisho-readonly: $(O)/agent/optical/sekisho-readonly.o
	$(link)
$(O)/sekisho-authd: $(O)/agent/auth/sekisho-authd.o $(O)/auth.a $(O)/lib.a
	$(link) -linih
$(O)/sekisho-session: $(O)/agent/auth/sekisho-session.o $(O)/auth.a $(O)/lib.a
	$(link) $(LIBS_SESSION)
$(O)/sekisho-token: $(O)/agent/auth/sekisho-token.o $(O)/auth.a $(O)/lib.a
	$(link) $(LIBS_TOKEN)
$(O)/sekisho-forward: $(O)/agent/forward/sekisho-forward.o $(O)/forward.a $(O)/lib.a
	$(link) $(LIBS_FORWARD)
$(O)/sekisho-collector: $(O)/agent/collector/sekisho-collector.o $(O)/collector.a $(O)/lib.a
	$(link) $(LIBS_JOURNAL)
$(O)/sekisho-collect: $(O)/agent/collector/sekisho-collect.o $(O)/collector.a $(O)/lib.a
	$(link) $(LIBS_JOURNAL)
$(O)/sekisho-mirror: $(O)/agent/mirror/sekisho-mirror.o $(O)/mirror.a $(O)/cli.a $(O)/engine.a $(O)/lib.a
	$(link) -laudit $(LIBS_JOURNAL)
$(O)/sekisho-notify: $(O)/agent/notify/sekisho-notify.o $(O)/notify.a $(O)/cli.a $(O)/auth.a $(O)/lib.a
	$(link) -lsystemd $(LIBS_JOURNAL)
$(O)/sekisho-presence: $(O)/agent/presence/sekisho-presence.o $(O)/presence.a $(O)/auth.a $(O)/lib.a
	$(link) -lsystemd $(LIBS_JOURNAL)
$(O)/sekisho-lock: $(O)/agent/lock/sekisho-lock.o $(O)/lib.a
	$(link) -lsystemd
$(O)/sekisho: $(O)/agent/cli/sekisho.o $(O)/cli.a $(O)/exits.a $(O)/lsm.a $(O)/auth.a $(O)/engine.a $(O)/forward.a $(O)/lib.a
	$(link) $(LIBS_CLI)

# For the kernel's machine, whose every member of a structure is found where it runs (BTF).
BPF_ARCH = $(patsubst x86_64%,x86,$(patsubst aarch64%,arm64,$(MULTIARCH:%-linux-gnu=%)))
BPF_FLAGS = -target bpf -mcpu=v3 -O2 -g -std=gnu11 -D__TARGET_ARCH_$(BPF_ARCH) -I/usr/include/$(MULTIARCH) \
	-fdebug-compilation-dir=. -Wall -Wextra -Wno-unused-parameter
$(O)/%.bpf.o: agent/lsm/%.bpf.c $(wildcard agent/lsm/*.h) | deps
	@mkdir -p $(@D)
	@echo "  BPF   $@"
	@clang $(BPF_FLAGS) -c -o $@ $<
$(O)/agent/lsm/object.o: agent/lsm/object.S $(O)/guard.bpf.o
	@mkdir -p $(@D)
	@$(CC) -c -Wa,-I$(O) -o $@ $<

# Links libc and libpam only; exports pam_sm_* alone; stays loadable by dlopen.
$(O)/pam_sekisho.so: $(call objects,$(PAM_SOURCES)) $(O)/lib.a pam_module/pam_sekisho.map
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) -shared $(LDFLAGS) -Wl,--version-script=pam_module/pam_sekisho.map \
		-Wl,--exclude-libs,ALL -Wl,-z,defs -o $@ $(filter %.o,$^) $(O)/lib.a -lpam

$(O)/locale/%/LC_MESSAGES/sekisho.mo: lib/po/%.po | deps
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<
$(O)/locale/%/LC_MESSAGES/sekisho-collector.mo: $(O)/locale/%/LC_MESSAGES/sekisho.mo
	@cp $< $@

include tests/tests.mk
-include docs/docs.mk

# Installs what the build needs, once, on Debian; elsewhere says what is missing.
deps: $(BUILD)/.deps
$(BUILD)/.deps: Makefile
	@mkdir -p $(BUILD)
	@packaging/dependencies $(BUILD_PACKAGES)
	@touch $@

# Formatting, static analysis, and clang's warnings on all that gcc compiles; clang-tidy tells those of what it reads. Every
# check runs to its end. How far the analyzer follows a function: clang's own limit here, about a tenth of it in
# `make check`, for its time grows with it.
ANALYZER_NODES ?= 225000
lint: | deps-check
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
	cppcheck --quiet -j$(CORES) --error-exitcode=1 --enable=warning,portability --inline-suppr \
		--suppress=missingInclude -i agent/lsm/guard.bpf.c -Ilib -I. lib agent pam_module
	@echo "  CLANG"
	@git ls-files 'tests/*.c' | xargs -P$(CORES) -n20 \
		clang -fsyntax-only $(CPPFLAGS) -std=gnu11 $(WARNINGS) -Werror
	@clang -fsyntax-only $(BPF_FLAGS) -Wshadow -Wvla -Werror $$(git ls-files '*.bpf.c')
	@echo "  TIDY"
	@git ls-files 'lib/*.c' 'agent/*.c' 'pam_module/*.c' ':!*.bpf.c' | xargs -P$(CORES) -I{} \
		clang-tidy --quiet {} -- $(CPPFLAGS) -std=gnu11 \
			$(WARNINGS) -Xclang -analyzer-config -Xclang max-nodes=$(ANALYZER_NODES) 2>/dev/null

deps-check: $(BUILD)/.deps-check
$(BUILD)/.deps-check: Makefile
	@mkdir -p $(BUILD)
	@packaging/dependencies $(BUILD_PACKAGES) $(CHECK_PACKAGES)
	@touch $@ $(BUILD)/.deps

-include packaging/install.mk

dist:
	@mkdir -p $(BUILD)
	git archive --prefix=sekisho-$(VERSION)/ -o $(BUILD)/sekisho-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD)/release $(BUILD)/san $(BUILD)/fuzz $(BUILD)/cov

.PHONY: all deps deps-check lint dist clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(O) -name '*.d' 2>/dev/null)
