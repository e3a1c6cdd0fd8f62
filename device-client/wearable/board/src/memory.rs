//! Copying, filling and comparing of memory in 120 bytes. The compiler's own are made for speed and
//! take 3 KiB, more than a third of a small boot loader.
#![expect(unsafe_code, reason = "the compiler calls these by name")]

use core::arch::global_asm;

// Run-time ABI for the Arm architecture, 4.3.4: `memset` of C has value and length the other way
// round; results are those of C, where there are any.
global_asm!(
    ".macro entry name:vararg",
    ".irp each, \\name",
    ".global \\each",
    ".type \\each, %function",
    ".thumb_func",
    "\\each:",
    ".endr",
    ".endm",
    ".syntax unified",
    ".thumb",
    ".section .text.memory, \"ax\", %progbits",
    ".align 1",
    // Up from the first byte, where the target lies below the source.
    "entry memmove, __aeabi_memmove, __aeabi_memmove4, __aeabi_memmove8",
    "cmp r0, r1",
    "bhs memcpy",
    "push {{r0, r4}}",
    "b 2f",
    "1: ldrb r4, [r1]",
    "strb r4, [r0]",
    "adds r0, #1",
    "adds r1, #1",
    "2: subs r2, #1",
    "bpl 1b",
    "pop {{r0, r4}}",
    "bx lr",
    // Down from the last byte.
    "entry memcpy, __aeabi_memcpy, __aeabi_memcpy4, __aeabi_memcpy8",
    "push {{r4, lr}}",
    // Words, where everything is a multiple of one.
    "mov r3, r0",
    "orrs r3, r1",
    "orrs r3, r2",
    "lsls r3, r3, #30",
    "bne 4f",
    "b 8f",
    "7: ldr r4, [r1, r2]",
    "str r4, [r0, r2]",
    "8: subs r2, #4",
    "bpl 7b",
    "pop {{r4, pc}}",
    "3: ldrb r4, [r1, r2]",
    "strb r4, [r0, r2]",
    "4: subs r2, #1",
    "bpl 3b",
    "pop {{r4, pc}}",
    // Target, length, value.
    "entry __aeabi_memclr, __aeabi_memclr4, __aeabi_memclr8",
    "movs r2, #0",
    "mov r3, r0",
    "orrs r3, r1",
    "lsls r3, r3, #30",
    "bne __aeabi_memset",
    "b 10f",
    "9: str r2, [r0, r1]",
    "10: subs r1, #4",
    "bpl 9b",
    "bx lr",
    "entry __aeabi_memset, __aeabi_memset4, __aeabi_memset8",
    "b 6f",
    "5: strb r2, [r0, r1]",
    "6: subs r1, #1",
    "bpl 5b",
    "bx lr",
    // Target, value, length.
    "entry memset",
    "mov r3, r1",
    "mov r1, r2",
    "mov r2, r3",
    "b __aeabi_memset",
    "entry memcmp",
    "push {{r4, lr}}",
    "b 12f",
    "11: ldrb r3, [r0]",
    "ldrb r4, [r1]",
    "adds r0, #1",
    "adds r1, #1",
    "subs r3, r4",
    "bne 13f",
    "12: subs r2, #1",
    "bpl 11b",
    "movs r3, #0",
    "13: mov r0, r3",
    "pop {{r4, pc}}",
);

/// The one entry behind those of the core.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [usize; 1] = [0];
