# The policy module, by the headers of selinux-policy-devel (Debian: selinux-policy-dev): make -f packaging/selinux/selinux.mk
# POLICY=DIRECTORY. SELINUX_MORE is what the headers' own Makefile is told beside that.

POLICY ?= build/selinux
SELINUX_DEVEL ?= /usr/share/selinux/devel
SELINUX_MORE ?= NAME=targeted

$(POLICY)/sekisho.pp.bz2: $(foreach e,te if fc,$(POLICY)/sekisho.$e)
	$(MAKE) -C $(POLICY) -f $(SELINUX_DEVEL)/Makefile $(SELINUX_MORE) sekisho.pp
	bzip2 -9 -k -f $(POLICY)/sekisho.pp

$(POLICY)/sekisho.%: packaging/selinux/sekisho.%
	mkdir -p $(POLICY)
	cp $< $@
