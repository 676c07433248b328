#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Wait until the drives in the guest of run-stress have come so far.

usage: watch.py NOTES PHASE BOOT COMMANDS SECONDS PID

NOTES is the memory of stress.h, PID QEMU.  Exit status 0: each drive is in the
boot BOOT and in PHASE or a later one, and they have COMMANDS acknowledged
commands together and, if that is not 0, 200 each.  1: a drive has failed, QEMU
has ended, or it took longer than SECONDS, which is said.
"""

import mmap
import os
import struct
import sys
import time

SLOT = 4 << 20
DRIVES = 4
FAILED = 3


def head(notes, drive):
    """phase, acked, acked_bytes, sent, ..., boots, mixed; see stress.h"""
    return struct.unpack_from("<9Q", notes, drive * SLOT)


def state(notes, phase, boot, commands):
    """None: go on waiting; else the exit status."""
    heads = [h for h in (head(notes, n) for n in range(DRIVES))
             if h[7] == boot]
    if any(h[0] == FAILED for h in heads):
        return 1
    there = all(h[0] >= phase and (not commands or h[1] >= 200)
                for h in heads)
    if there and len(heads) == DRIVES and sum(h[1] for h in heads) >= commands:
        return 0
    return None


def main():
    """Poll: the other side of the memory cannot wake anybody."""
    phase, boot, commands, seconds, pid = map(int, sys.argv[2:7])
    end = time.monotonic() + seconds
    with open(sys.argv[1], "rb") as file:
        notes = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    while time.monotonic() < end:
        status = state(notes, phase, boot, commands)
        if status is not None:
            return status
        if not os.path.exists(f"/proc/{pid}/exe"):
            print("# QEMU has ended")
            return 1
        time.sleep(0.002)
    print(f"# no end after {seconds} s")
    return 1


sys.exit(main())
