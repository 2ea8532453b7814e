# The manuals in Japanese, docs/ja, as HTML and PDF in build/docs: `make docs`.

DOCS_PACKAGES := python3-markdown python3-pymdownx weasyprint fonts-noto-cjk poppler-utils
DOCS := $(BUILD)/docs

leaflet_TITLE := 認証キーの使い方（職員用）
leaflet_SOURCES := docs/ja/leaflet.md
runbook_TITLE := 関所（Sekisho）運用手順書
runbook_SOURCES := $(addprefix docs/ja/,runbook.md runbook-people.md runbook-april.md runbook-trouble.md runbook-messages.md)
auditor_TITLE := 関所（Sekisho）監査の手引き
auditor_SOURCES := docs/ja/auditor.md
MANUALS := leaflet runbook auditor

deps-docs: $(BUILD)/.deps-docs
$(BUILD)/.deps-docs: docs/docs.mk
	@mkdir -p $(BUILD)
	@packaging/dependencies $(DOCS_PACKAGES)
	@touch $@

define book
$(DOCS)/$(1).html: $($(1)_SOURCES) docs/ja/style.css docs/render docs/docs.mk | deps-docs
	@mkdir -p $(DOCS)
	@echo "  HTML  $$@"
	@docs/render $$@ docs/ja/style.css '$($(1)_TITLE)' $($(1)_SOURCES)
endef
$(foreach name,$(MANUALS),$(eval $(call book,$(name))))

# Without the font people would get boxes: that is no manual.
$(DOCS)/%.pdf: $(DOCS)/%.html
	@echo "  PDF   $@"
	@weasyprint -q $< $@
	@pdffonts $@ | grep -Eq "Noto-?Sans-?CJK-?JP"

# What is pinned up beside the terminal is one sheet.
docs: $(foreach name,$(MANUALS),$(DOCS)/$(name).pdf)
	@pdfinfo $(DOCS)/leaflet.pdf | grep -Eq '^Pages: +1$$' || { echo "docs/ja/leaflet.md: not one page any more" >&2; exit 1; }
	@pdfinfo $(DOCS)/leaflet.pdf | grep -q '^Page size:.*A4'

.PHONY: docs deps-docs

# The manuals against the tables of the code, and what they quote against what is printed.
$(O)/tests/unit/test_handbook: $(call objects,pam_module/result.c)
SLOW_TESTS += "tests/handbook $(O)"
