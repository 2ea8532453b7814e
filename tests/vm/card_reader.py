"""A reader for SD cards on PCI, and a card that is put into its slot. device_add knows no card: the drive is there, its medium comes."""

READER = ("-device", "sdhci-pci,id=reader", "-drive", "if=none,id=slot", "-device", "sd-card,id=card,drive=slot")


def put_in_card(vm):
    """An empty one, into the slot that is empty and watched. Not after a warm start: the driver does not find the reader again."""
    vm.until("ls -d /sys/class/mmc_host/mmc0 && ! ls -d /sys/bus/mmc/devices/mmc*")
    vm.qmp("blockdev-add", driver="null-co", node_name="medium", size=64 << 20, read_zeroes=True)
    vm.qmp("blockdev-insert-medium", id="card", node_name="medium")
    vm.until("ls -d /sys/bus/mmc/devices/mmc*")
