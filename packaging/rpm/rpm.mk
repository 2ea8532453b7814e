# `make rpm`: the packages for Fedora and RHEL 9, from the sources here and what make compiled of them, in build/rpm. They are
# linked with this machine's libraries; see docs/rpm.md for what is to be installed.

RPM ?= $(BUILD)/rpm
RPM_RELEASE ?= 1
RPM_DEFINES = --define "_topdir $(abspath $(RPM))/top" --define "_rpmdir $(abspath $(RPM))" \
	--define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" --define "sekisho_build $(BUILD)" \
	--define "sekisho_release $(RPM_RELEASE)" --define "sekisho_compiled 1" --define "debug_package %{nil}" \
	--define "__os_install_post %{nil}" --define "_build_id_links none"
rpm: all
	@packaging/dependencies rpm
	@mkdir -p $(RPM)
	@rm -f $(RPM)/*.rpm
	@echo "  RPM   $(RPM)"
	@MAKEFLAGS= rpmbuild -bb --build-in-place --nodeps $(RPM_DEFINES) $(RPM_MORE) packaging/rpm/sekisho.spec >$(RPM)/build.log 2>&1 || { \
		tail -40 $(RPM)/build.log; exit 1; }
	@ls $(RPM)/*.rpm

.PHONY: rpm
