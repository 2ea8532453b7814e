/* guard.bpf.c's programs, as clang made them, within sekisho-lsm: no file that could be exchanged, and no
 * program for another machine in the package. guard_object_size: their bytes, 64 bits. */
	.section .rodata
	.balign 8
	.globl guard_object
	.globl guard_object_size
guard_object:
	.incbin "guard.bpf.o"
end:
	.balign 8
guard_object_size:
	.quad end - guard_object
	.section .note.GNU-stack, "", %progbits
