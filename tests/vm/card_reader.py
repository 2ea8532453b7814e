"""A reader for SD cards on PCI, and a card that is put into its slot. device_add knows no card: the drive is there, its medium comes."""

READER = ("-device", "sdhci-pci,id=reader", "-drive", "if=none,id=slot", "-device", "sd-card,id=card,drive=slot")


def insert(vm, name, **medium):
    """A card with that medium; its size is a power of two."""
    vm.qmp("blockdev-add", node_name=name, **medium)
    vm.qmp("blockdev-insert-medium", id="card", node_name=name)


# QEMU forgets over a warm start where the reader's registers were: it goes and is found again, which a slot's card may.
AGAIN = """cd /sys/bus/pci/devices; for one in *; do grep -qx 0x080501 $one/class && echo 1 >$one/remove; done
echo 1 >/sys/bus/pci/rescan; modprobe sdhci_pci"""


def again(vm):
    """After a warm start: the reader works, its slot is empty. Its driver was not there before."""
    vm.run(AGAIN)
    vm.until("ls -d /sys/class/mmc_host/mmc0 && ! ls -d /sys/bus/mmc/devices/mmc*")


def put_in_card(vm):
    """An empty one, into the slot that is empty and watched. Not after a warm start, but for again()."""
    vm.until("ls -d /sys/class/mmc_host/mmc0 && ! ls -d /sys/bus/mmc/devices/mmc*")
    insert(vm, "medium", driver="null-co", size=64 << 20, read_zeroes=True)
    vm.until("ls -d /sys/bus/mmc/devices/mmc*")
