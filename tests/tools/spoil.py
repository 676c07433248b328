#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Change an image by docs/image-format.rst, for tests of ocp-nvme-img.

Usage: spoil.py IMAGE chunk NUMBER STATE WP [RESETS]   write an entry, sealed
       spoil.py IMAGE byte OFFSET                      flip the bits of a byte
       spoil.py IMAGE super OFFSET WIDTH VALUE         a field of copy B, sealed
"""
import importlib.util
import os
import struct
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
spec = importlib.util.spec_from_file_location(
    'ocpn_image', os.path.join(HERE, '..', '..', 'scripts', 'ocpn-image.py'))
sys.dont_write_bytecode = True
ocpn_image = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ocpn_image)


def seal(block, at):
    block[at:at + 4] = bytes(4)
    block[at:at + 4] = struct.pack('<I', ocpn_image.crc32c(bytes(block)))


def put_chunk(image, number, state, wp, resets):
    """Both slots get the page, so that either may be spoiled afterwards."""
    superblock = ocpn_image.read_superblock(image)
    kind, offset, _ = ocpn_image.read_regions(superblock)['chunks']
    index, entry = divmod(number, 254)
    payload = bytearray(ocpn_image.read_page(image, (kind, offset, 0), index,
                                             superblock[32:48]))
    payload[16 * entry] = state
    struct.pack_into('<I', payload, 16 * entry + 4, wp)
    struct.pack_into('<I', payload, 16 * entry + 12, resets)
    for slot, sequence in ((0, 3), (1, 2)):
        block = bytearray(b'OCPG' + struct.pack('<III', kind, index, 0) +
                          struct.pack('<Q', sequence) + superblock[32:40] +
                          payload)
        seal(block, 12)
        image.seek(offset + 8192 * index + 4096 * slot)
        image.write(block)


def flip(image, offset):
    image.seek(offset)
    byte = image.read(1)[0]
    image.seek(offset)
    image.write(bytes([byte ^ 255]))


def put_super(image, offset, width, value):
    image.seek(65536)
    block = bytearray(image.read(4096))
    block[offset:offset + width] = value.to_bytes(width, 'little')
    seal(block, 20)
    image.seek(65536)
    image.write(block)


def main(name, what, *words):
    numbers = [int(word, 0) for word in words]
    with open(name, 'r+b') as image:
        if what == 'chunk':
            put_chunk(image, *(numbers + [0])[:4])
        elif what == 'byte':
            flip(image, *numbers)
        else:
            put_super(image, *numbers)


main(*sys.argv[1:])
