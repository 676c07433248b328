# SPDX-License-Identifier: GPL-2.0-or-later
"""A host outside the VM: QEMU with -accel qtest, guest RAM in a file that this
program maps too.  Commands and completions are memory; only doorbells go
through the qtest socket.  Good for measuring what QEMU spends on a command."""
import atexit
import glob
import mmap
import os
import socket
import struct
import subprocess
import tempfile
import time

BAR = 0xe0000000
RAM = 256 << 20
ASQ, ACQ, SQ, CQ, LIST, BUF = (0x100000, 0x110000, 0x200000, 0x210000,
                               0x300000, 0x1000000)
ENTRIES = 256


class Drive:
    """One controller with an I/O queue pair; commands complete in order."""

    def __init__(self, qemu, image, device='ocp-nvme'):
        self.dir = tempfile.TemporaryDirectory(prefix='ocpn-bench')
        ram, path = self.dir.name + '/ram', self.dir.name + '/qtest'
        with open(ram, 'wb') as f:
            f.truncate(RAM)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(60)
        self.qemu = subprocess.Popen([
            qemu, '-nodefaults', '-display', 'none', '-accel', 'qtest',
            '-machine', 'q35,memory-backend=m', '-m', f'{RAM >> 20}M',
            '-object', f'memory-backend-file,id=m,size={RAM >> 20}M,'
            f'mem-path={ram},share=on', '-qtest', f'unix:{path}',
            '-qtest-log', '/dev/null', '-blockdev',
            f'driver=file,filename={image},node-name=d0,aio=native,'
            'cache.direct=on', '-device', f'{device},drive=d0,serial=bench,addr=4'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        atexit.register(self.qemu.kill)
        self.sock, _ = listener.accept()
        self.sock.settimeout(60)
        self.answers = self.sock.makefile('rb')
        with open(ram, 'r+b') as f:
            self.mem = mmap.mmap(f.fileno(), RAM)
        self.place = {0: [0, 0, 1], 1: [0, 0, 1]}       # tail, head, phase
        self.start()

    def say(self, text):
        self.sock.sendall((text + '\n').encode())
        answer = self.answers.readline()
        while answer and not answer.startswith(b'OK'):
            answer = self.answers.readline()
        if not answer:
            raise SystemExit('QEMU has gone')
        return answer.split()

    def start(self):
        config = 0x80002000     # bus 0, device 4
        for off, value in (0x10, BAR), (0x14, 0), (4, 6):
            self.say(f'outl 0xcf8 {config | off:#x}')
            self.say(f'outl 0xcfc {value:#x}')
        self.say(f'writel {BAR + 0x24:#x} 0x1f001f')
        self.say(f'writeq {BAR + 0x28:#x} {ASQ:#x}')
        self.say(f'writeq {BAR + 0x30:#x} {ACQ:#x}')
        self.say(f'writel {BAR + 0x14:#x} 0x460001')
        while not int(self.say(f'readl {BAR + 0x1c:#x}')[1], 16) & 1:
            pass
        last = ENTRIES - 1 << 16 | 1
        self.run(self.command(5, prp1=CQ, cdw10=last, cdw11=1), queue=0)
        self.run(self.command(1, prp1=SQ, cdw10=last, cdw11=1 << 16 | 1),
                 queue=0)

    @staticmethod
    def command(opcode, nsid=0, prp1=0, prp2=0, cdw10=0, cdw11=0, cdw12=0):
        return struct.pack('<BBHIQQQQ6I', opcode, 0, 0, nsid, 0, 0, prp1,
                           prp2, cdw10, cdw11, cdw12, 0, 0, 0)

    def post(self, commands, queue=1):
        ring, size = (SQ, ENTRIES) if queue else (ASQ, 32)
        place = self.place[queue]
        for c in commands:
            at = ring + place[0] * 64
            self.mem[at:at + 64] = c
            place[0] = (place[0] + 1) % size
        self.say(f'writel {BAR + 0x1000 + queue * 8:#x} {place[0]:#x}')

    def reap(self, count, queue=1):
        ring, size = (CQ, ENTRIES) if queue else (ACQ, 32)
        place = self.place[queue]
        for _ in range(count):
            at = ring + place[1] * 16 + 14
            late = time.monotonic() + 60
            status, = struct.unpack_from('<H', self.mem, at)
            while status & 1 != place[2]:
                if time.monotonic() > late or self.qemu.poll() is not None:
                    raise SystemExit('QEMU does not answer')
                status, = struct.unpack_from('<H', self.mem, at)
            if status >> 1:
                raise SystemExit(f'a command failed: status {status >> 1:#x}')
            place[1] = (place[1] + 1) % size
            place[2] ^= place[1] == 0
        self.say(f'writel {BAR + 0x1004 + queue * 8:#x} {place[1]:#x}')

    def run(self, command, queue=1):
        self.post([command], queue)
        self.reap(1, queue)

    def cpu(self):
        """Nanoseconds that QEMU's threads have run."""
        return sum(int(open(f).read().split()[0]) for f in
                   glob.glob(f'/proc/{self.qemu.pid}/task/*/schedstat'))

    def close(self):
        self.qemu.kill()
        self.qemu.wait()
        self.mem.close()
        self.dir.cleanup()


def prps(opcode, lba, blocks, at=BUF, **more):
    """A Read or Write of BLOCKS blocks of 4 KiB, its PRP list behind AT."""
    return Drive.command(opcode, 1, at, prp2_of(blocks, at), lba & 0xffffffff,
                         lba >> 32, blocks - 1, **more)


def prp2_of(blocks, at):
    return 0 if blocks == 1 else at + 4096 if blocks == 2 else LIST + 0x1000


def put_prp_list(drive, at=BUF, blocks=128):
    drive.mem[LIST + 0x1000:LIST + 0x1000 + 8 * (blocks - 1)] = struct.pack(
        f'<{blocks - 1}Q', *(at + 4096 * i for i in range(1, blocks)))
