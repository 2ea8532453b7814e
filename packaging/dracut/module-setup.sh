#!/bin/bash
# dracut module: USB is closed in the initrd, and a USB keyboard types the passphrase there. What
# packaging/initramfs/sekisho is for initramfs-tools.

check() {
	return 0
}

depends() {
	echo udev-rules
}

installkernel() {
	# The controllers that there are, usbhid, and whatever drives this machine's keyboards. Not by what is plugged in now, as
	# an initrd for this host alone would have it.
	local link module
	hostonly='' instmods xhci-pci ehci-pci ohci-pci uhci-hcd usbhid hid-generic
	for link in /sys/bus/hid/drivers/*/module; do
		[[ -e $link ]] || continue
		module=$(readlink "$link")
		hostonly='' instmods "${module##*/}"
	done
}

install() {
	# The administrator's version beside ours, which udev lets count, whomever the initrd is for.
	hostonly=1 inst_rules 72-sekisho-usb.rules
	inst_multiple -o /etc/modprobe.d/sekisho.conf /usr/lib/modprobe.d/sekisho.conf
}
