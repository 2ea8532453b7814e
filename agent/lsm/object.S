/* guard.bpf.c's programs, as clang made them, within sekisho-lsm: no file that could be exchanged, and no
 * program for another machine in the package. */
	.section .rodata
	.balign 8
	.globl guard_object
	.globl guard_object_end
guard_object:
	.incbin "guard.bpf.o"
guard_object_end:
	.section .note.GNU-stack, "", %progbits
