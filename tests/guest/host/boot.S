/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A boot sector: reads block 1000 of the disk it came from with INT 13h,
 * function 42h, prints the text in it on COM1, and ends QEMU through
 * isa-debug-exit with 21h (or 22h if the BIOS could not read).
 */
        .code16
        .globl  _start
_start:
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp

        movw    $packet, %si
        movb    $0x42, %ah              /* DL: the disk, from the BIOS */
        int     $0x13
        movb    $0x22, %bl
        jc      quit

        movw    $0x7e00, %si
next:
        lodsb
        testb   %al, %al
        jz      done
        movb    %al, %ah
        movw    $0x3fd, %dx             /* wait for room in the transmitter */
wait:
        inb     %dx, %al
        testb   $0x20, %al
        jz      wait
        movb    %ah, %al
        movw    $0x3f8, %dx
        outb    %al, %dx
        jmp     next
done:
        movb    $0x21, %bl
quit:
        movb    %bl, %al
        movw    $0xf4, %dx
        outb    %al, %dx
        hlt
        jmp     quit

        .balign 4
packet:
        .byte   16, 0
        .word   1                       /* blocks */
        .word   0x7e00, 0               /* to: offset, segment */
        .quad   1000                    /* from: block */

        .org    510
        .word   0xaa55
