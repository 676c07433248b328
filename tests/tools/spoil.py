#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Change an image by docs/image-format.rst, for tests of ocp-nvme-img.

Usage: spoil.py IMAGE chunk NUMBER STATE WP [RESETS]   write an entry, sealed
       spoil.py IMAGE map PAGE USED CHUNK PART RESETS [BIT...]
       spoil.py IMAGE sequence PAGE NUMBER             of the chunk table
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


def put_page(image, region, index, change, newest=3):
    """Both slots get the page, so that either may be spoiled afterwards."""
    superblock = ocpn_image.read_superblock(image)
    kind, offset, _ = ocpn_image.read_regions(superblock)[region]
    payload = bytearray(ocpn_image.read_page(image, (kind, offset, 0), index,
                                             superblock[32:48]))
    change(payload)
    for slot, sequence in ((0, newest), (1, newest - 1)):
        block = bytearray(b'OCPG' + struct.pack('<III', kind, index, 0) +
                          struct.pack('<Q', sequence) + superblock[32:40] +
                          payload)
        seal(block, 12)
        image.seek(offset + 8192 * index + 4096 * slot)
        image.write(block)


def put_chunk(image, number, state, wp, resets=0):
    def change(payload):
        entry = 16 * (number % 254)
        payload[entry] = state
        struct.pack_into('<I', payload, entry + 4, wp)
        struct.pack_into('<I', payload, entry + 12, resets)

    put_page(image, 'chunks', number // 254, change)


def put_map(image, page, used, chunk, part, resets, *bits):
    def change(payload):
        payload[:] = bytes(len(payload))
        struct.pack_into('<B3xIII', payload, 0, used, chunk, part, resets)
        for bit in bits:
            payload[16 + bit // 8] |= 1 << bit % 8

    put_page(image, 'maps', page, change)


def put_sequence(image, page, number):
    put_page(image, 'chunks', page, lambda payload: None, number)


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


WHAT = {'chunk': put_chunk, 'map': put_map, 'sequence': put_sequence,
        'byte': flip, 'super': put_super}


def main(name, what, *words):
    with open(name, 'r+b') as image:
        WHAT[what](image, *(int(word, 0) for word in words))


main(*sys.argv[1:])
