# `make install`, `make uninstall`, `make deb`.

# Which family's files: debian (initramfs-tools, grub.d, pam-auth-update) or fedora (dracut, authselect).
FAMILY ?= debian
# Where udev, modprobe and dracut have their own files: /usr/lib where /lib is no place to install to.
LIB ?= /lib
SBINDIR ?= $(PREFIX)/sbin
SHAREDIR := $(PREFIX)/share
USERUNITDIR := $(PREFIX)/lib/systemd/user
INITRAMFSDIR := /usr/share/initramfs-tools
PAMCONFIGDIR := /usr/share/pam-configs
DRACUTDIR := $(LIB)/dracut/modules.d/90sekisho
AUTHSELECTDIR := /usr/share/authselect/vendor/sekisho
LIBEXEC_PROGRAMS := $(filter-out sekisho sekisho-collector,$(notdir $(PROGRAMS)))
# English ones go below man/, those of docs/man/ja below man/ja.
MAN_PAGES = $(wildcard docs/man/*.[1578] docs/man/*/*.[1578])
manual = $(patsubst docs/man/%,$(SHAREDIR)/man/%,$(dir $(1)))man$(subst .,,$(suffix $(1)))/$(notdir $(1))

# $(call place,MODE,FILE,TARGET): units and scripts name programs below /usr, so PREFIX is put in.
place = install -d $(DESTDIR)$(dir $(3)) && sed -e 's|/usr/libexec/sekisho|$(LIBEXECDIR)|g' \
	-e 's|/usr/bin/sekisho|$(PREFIX)/bin/sekisho|g' $(2) >$(DESTDIR)$(3) && \
	chmod $(1) $(DESTDIR)$(3)

# Of what has hold of the machine: sekishod and `sekisho check exits` look whether it is as it was installed.
FILES_LIST := $(PREFIX)/share/sekisho/files.sha256
LISTED = $(filter-out $(UNITDIR)/sekisho-collector-%,$(filter $(UNITDIR)/% $(LIB)/% $(PREFIX)/lib/%,$(PLACED_FILES)))
# They are looked for by these names (agent/exits/ownfiles.c), which are the same files where /lib is a link.
listed_as = $(foreach d,udev systemd/system modprobe.d,-e 's|  /usr/lib/$d/|  /lib/$d/|')

PLACED_debian := \
	$(foreach f,$(wildcard packaging/apparmor/sekisho* packaging/apparmor/*/*),$(SYSCONFDIR)/apparmor.d/$(f:packaging/apparmor/%=%):644:$f) \
	$(SYSCONFDIR)/default/grub.d/sekisho.cfg:644:packaging/grub/sekisho.cfg \
	$(INITRAMFSDIR)/hooks/sekisho:755:packaging/initramfs/sekisho \
	$(PAMCONFIGDIR)/sekisho:644:packaging/pam-configs/sekisho
PLACED_fedora := \
	$(DRACUTDIR)/module-setup.sh:755:packaging/dracut/module-setup.sh \
	$(foreach f,README REQUIREMENTS dconf-db dconf-locks nsswitch.conf postlogin system-auth,$(AUTHSELECTDIR)/$f:644:packaging/authselect/$f) \
	$(AUTHSELECTDIR)/password-auth:644:packaging/authselect/system-auth \
	$(foreach f,fingerprint-auth smartcard-auth,$(AUTHSELECTDIR)/$f:644:packaging/authselect/other-auth)

# TARGET:MODE:SOURCE of everything that isn't compiled.
PLACED := \
	$(foreach f,$(wildcard packaging/systemd/*.service packaging/systemd/*.socket packaging/systemd/*.path),$(UNITDIR)/$(notdir $f):644:$f) \
	$(foreach f,$(wildcard packaging/systemd-user/*.service),$(USERUNITDIR)/$(notdir $f):644:$f) \
	$(foreach f,$(wildcard packaging/systemd/user.slice.d-sekisho.conf),$(UNITDIR)/user.slice.d/sekisho.conf:644:$f) \
	$(foreach s,cron crond atd,$(UNITDIR)/$s.service.d/sekisho.conf:644:packaging/systemd/jobs.service.d-sekisho.conf) \
	$(foreach f,$(wildcard udev-rules/*.rules),$(LIB)/udev/rules.d/$(notdir $f):644:$f) \
	$(PREFIX)/lib/sysusers.d/sekisho.conf:644:packaging/sysusers/sekisho.conf \
	$(PREFIX)/lib/tmpfiles.d/sekisho.conf:644:packaging/tmpfiles/sekisho.conf \
	$(SHAREDIR)/polkit-1/rules.d/40-sekisho.rules:644:packaging/polkit/40-sekisho.rules \
	$(PREFIX)/lib/modules-load.d/sekisho.conf:644:packaging/modules-load/sekisho.conf \
	$(foreach f,$(wildcard packaging/modprobe/*.conf),$(LIB)/modprobe.d/$(notdir $f):644:$f) \
	$(LIBEXECDIR)/release:755:packaging/release \
	$(LIBEXECDIR)/buses:755:packaging/buses \
	$(SYSCONFDIR)/pam.d/sekisho-try:644:packaging/pam.d/sekisho-try \
	$(foreach f,$(wildcard packaging/collector/*.service packaging/collector/*.timer),$(UNITDIR)/$(notdir $f):644:$f) \
	$(COLLECTORDIR)/50-sekisho-collector.conf:644:packaging/collector/50-sekisho-collector.conf \
	$(foreach file,siem.conf sekisho-letters.conf postgresql.conf postgresql.sql postgresql.sed opensearch.conf kafka.conf,$(COLLECTORDIR)/$(file):644:packaging/collector/$(file)) \
	$(PLACED_$(FAMILY))
# TARGET/UNIT: what the machine starts by itself. The links lie beside the units, so that nothing has to be enabled and nothing but
# a mask keeps one off; sekisho-mirror.service is the administrator's to enable.
WANTED := $(foreach u,sekisho-attempts sekisho-auth sekisho-challenge sekisho-lock sekisho-priv sekishod-control sekishod-record \
		sekishod-record-restricted sekishod-refusals,sockets.target/$u.socket) \
	$(foreach u,sekisho-disks sekisho-lsm sekishod,sysinit.target/$u.service) \
	$(foreach u,sekisho-buses sekisho-lsm,rescue.target/$u.service) \
	$(foreach u,sekisho-authd sekisho-buses sekisho-buses-late sekisho-forward sekisho-rollback,multi-user.target/$u.service) \
	paths.target/sekisho-presence.path sleep.target/sekisho-sleep.service
WANTED_USER := default.target/sekisho-notify-console.service graphical-session.target/sekisho-notify.service
LINKS := $(foreach w,$(WANTED),$(UNITDIR)/$(subst /,.wants/,$w)) $(foreach w,$(WANTED_USER),$(USERUNITDIR)/$(subst /,.wants/,$w))
CONFIGURATION := $(wildcard packaging/sekisho.conf packaging/devices.conf packaging/journal.conf packaging/collector.conf \
	packaging/buses.conf packaging/lsm.conf)
PLACED_FILES := $(foreach p,$(PLACED),$(firstword $(subst :, ,$(p))))
COMPILED_FILES := $(PREFIX)/bin/sekisho $(SBINDIR)/sekisho-collector $(addprefix $(LIBEXECDIR)/,$(LIBEXEC_PROGRAMS)) \
	$(PAMDIR)/pam_sekisho.so

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PAMDIR)
	install -m 755 $(O)/sekisho $(DESTDIR)$(PREFIX)/bin/sekisho
	install -m 755 $(O)/sekisho-collector $(DESTDIR)$(SBINDIR)/sekisho-collector
	@for p in $(LIBEXEC_PROGRAMS); do \
		install -m 755 $(O)/$$p $(DESTDIR)$(LIBEXECDIR)/$$p || exit 1; done
	install -m 644 $(O)/pam_sekisho.so $(DESTDIR)$(PAMDIR)/
	@$(foreach p,$(PLACED),$(call place,$(word 2,$(subst :, ,$(p))),$(word 3,$(subst :, ,$(p))),$(firstword $(subst :, ,$(p)))) &&) :
	@for l in $(LINKS); do install -d $(DESTDIR)$${l%/*} && ln -sf ../$${l##*/} $(DESTDIR)$$l || exit 1; done
	@install -d $(DESTDIR)$(dir $(FILES_LIST)) && for f in $(LISTED); do \
		sha256sum <$(DESTDIR)$$f | sed -e "s|-$$|$$f|" $(listed_as) || exit 1; done >$(DESTDIR)$(FILES_LIST) && \
		chmod 644 $(DESTDIR)$(FILES_LIST)
	@for c in $(CONFIGURATION); do to=$(DESTDIR)$(SYSCONFDIR)/sekisho/$${c##*/}; \
		[ -e $$to ] || install -D -m 644 $$c $$to || exit 1; done
	@$(foreach m,$(MAN_PAGES),$(call place,644,$(m),$(call manual,$(m))) &&) :
	@for c in $(CATALOGUES); do \
		install -D -m 644 $$c $(DESTDIR)$(LOCALEDIR)/$${c#$(O)/locale/} || exit 1; done
	@echo "installed; as root on a live system: systemd-sysusers && systemd-tmpfiles --create &&" \
		"udevadm control --reload && systemctl daemon-reload; then restart"

# Stop the agent first. Configuration below /etc/sekisho and the state below /var/lib/sekisho are left alone.
uninstall:
	@if grep -qs pam_sekisho $(DESTDIR)/etc/pam.d/common-auth; then \
		echo "run 'sekisho disable' first, or nobody can log in" >&2; exit 1; fi
	@[ -n "$(DESTDIR)" ] || [ ! -x $(LIBEXECDIR)/release ] || $(LIBEXECDIR)/release
	rm -f $(addprefix $(DESTDIR),$(COMPILED_FILES) $(PLACED_FILES) $(LINKS) $(FILES_LIST) /run/udev/rules.d/72-sekisho-radio.rules)
	rm -f $(foreach m,$(MAN_PAGES),$(DESTDIR)$(call manual,$(m)))
	rm -f $(patsubst $(O)/locale/%,$(DESTDIR)$(LOCALEDIR)/%,$(CATALOGUES))

# The packages are built from a copy of the tracked files, where packaging/deb is debian/.
DEB := $(BUILD)/deb
DEB_TREE := agent lib pam_module packaging udev-rules docs/man Makefile VERSION LICENSE CHANGELOG
DEB_SOURCES := $(or $(shell git ls-files --cached --others --exclude-standard -- $(DEB_TREE) \
	2>/dev/null),$(shell find $(wildcard $(DEB_TREE)) -type f))
deb: $(DEB)/.built
$(DEB)/.built: $(wildcard $(DEB_SOURCES))
	@packaging/dependencies $(BUILD_PACKAGES) debhelper dpkg-dev fakeroot python3
	@rm -rf $(DEB)
	@mkdir -p $(DEB)/src
	@tar -cf - $(wildcard $(DEB_SOURCES) tests/tests.mk) | tar -C $(DEB)/src -xf -
	@cp -r $(DEB)/src/packaging/deb $(DEB)/src/debian
	@packaging/changelog >$(DEB)/src/debian/changelog
	@find $(DEB)/src -type f -exec touch -d "$$(dpkg-parsechangelog -l $(DEB)/src/debian/changelog -S Date)" {} +
	@echo "  DEB   $(DEB)"
	@cd $(DEB)/src && MAKEFLAGS= DEB_BUILD_OPTIONS="noautodbgsym parallel=$(CORES)" dpkg-buildpackage -us -uc -b >../build.log 2>&1 || { tail -40 ../build.log; exit 1; }
	@cd $(DEB) && for d in *.deb; do src/packaging/sbom $$d src/debian/$${d%%_*}.substvars *.buildinfo >$${d%.deb}.spdx.json || exit 1; done
	@touch $@
	@ls $(DEB)/*.deb $(DEB)/*.spdx.json

.PHONY: install uninstall deb

include packaging/repo.mk packaging/rpm/rpm.mk
