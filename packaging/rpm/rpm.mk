# `make policy`: the SELinux module, in build/selinux.
# `make rpm`: the packages for Fedora and RHEL 9, from the sources here and what make compiled of them, in build/rpm. They are
# linked with this machine's libraries; see docs/rpm.md for what is to be installed.

RPM ?= $(BUILD)/rpm
RPM_RELEASE ?= 1
RPM_DEFINES = --define "_topdir $(abspath $(RPM))/top" --define "_rpmdir $(abspath $(RPM))" \
	--define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" --define "sekisho_build $(BUILD)" \
	--define "sekisho_release $(RPM_RELEASE)" --define "sekisho_compiled 1" --define "debug_package %{nil}" \
	--define "__os_install_post %{nil}" --define "_build_id_links none"
# Its tools are unpacked, not installed: what a machine's own policy is stays as it is.
SELINUX_TOOLS := $(BUILD)/selinux-tools
SELINUX_UNPACKED := $(abspath $(SELINUX_TOOLS))/usr
SELINUX_DEBIAN := TYPE=mcs NAME=default AWK=awk SHAREDIR=$(SELINUX_UNPACKED)/share/selinux \
	HEADERDIR=$(SELINUX_UNPACKED)/share/selinux/devel/include SEMOD_PKG=$(SELINUX_UNPACKED)/bin/semodule_package \
	CHECKMODULE=\"$(SELINUX_UNPACKED)/bin/checkmodule -M\"
policy:
	@packaging/dependencies m4 bzip2
	@tests/host/unpacked $(SELINUX_TOOLS) selinux-policy-dev selinux-policy-default checkpolicy semodule-utils setools \
		python3-setools python3-networkx selinux-utils >/dev/null
	@flock $(BUILD)/.policy $(MAKE) --no-print-directory -f packaging/selinux/selinux.mk POLICY=$(BUILD)/selinux \
		SELINUX_DEVEL=$(SELINUX_UNPACKED)/share/selinux/devel SELINUX_MORE="$(SELINUX_DEBIAN)" >$(BUILD)/selinux.log || { \
		cat $(BUILD)/selinux.log; exit 1; }

rpm: all policy
	@packaging/dependencies rpm
	@mkdir -p $(RPM)
	@rm -f $(RPM)/*.rpm
	@echo "  RPM   $(RPM)"
	@MAKEFLAGS= rpmbuild -bb --build-in-place --nodeps $(RPM_DEFINES) packaging/rpm/sekisho.spec >$(RPM)/build.log 2>&1 || { \
		tail -40 $(RPM)/build.log; exit 1; }
	@ls $(RPM)/*.rpm

.PHONY: rpm policy
