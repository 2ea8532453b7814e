# A file system on a loop device, for the tests that cut its power or fill it up. Sourced.

# mount_image IMAGE DIRECTORY: umount gives the device back. Whoever had it before may have left it read-only
# (BLKROSET outlives what the device was attached to), and mount(8) would be content with that.
mount_image() {
	local device status
	device=$(losetup --find --show "$1") || return 1
	blockdev --setrw "$device" && mount "$device" "$2"
	status=$?
	losetup --detach "$device" # once nobody has it mounted
	return $status
}
