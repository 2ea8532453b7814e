# `make repo`, `make reproducible`: what a site gets, and how it can know that it is what is written here. See docs/SECURITY.md.

REPO ?= $(BUILD)/repo
REPO_KEY ?=
REPO_URI ?= file:/srv/sekisho

# A folder to copy into a closed network. The key is asked for before anything is built.
repo:
	@packaging/dependencies apt-utils gnupg xz-utils
	@packaging/repo "$(REPO_KEY)"
	@$(MAKE) --no-print-directory deb
	@packaging/repo "$(REPO_KEY)" $(DEB) $(REPO) "$(REPO_URI)"

# Two builds from nothing, which is why `make check` has no time for it.
reproducible:
	@packaging/dependencies locales
	@packaging/reproducible $(wildcard $(DEB_SOURCES) tests/tests.mk)

.PHONY: repo reproducible
