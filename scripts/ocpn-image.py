#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print an ocp-nvme image, as "name value" lines.

Written from docs/image-format.rst and from nothing else: where this program
and ocp-nvme-img disagree, one of them does not do what the page says.

Usage: ocpn-image.py [--chunks] [--maps] IMAGE
Exit status: 0 printed; 1 no valid image; 2 not run.
"""
import struct
import sys

BLOCK = 4096
REGIONS = {1: 'state', 2: 'chunks', 3: 'meta', 4: 'data', 5: 'maps'}
STATES = {1: 'free', 2: 'closed', 4: 'open', 8: 'offline'}
GEOMETRY = ('num_grp num_pu num_chk clba ws_min ws_opt mw_cunits maxoc '
            'maxocpu pe_cycles wit trdt trdm twrt twrm tcrst tcrsm').split()
COUNTERS = ('power_cycles unsafe_shutdowns power_on_seconds read_sectors '
            'written_sectors read_commands write_commands busy_ns '
            'media_errors error_count notifications').split()


class Damaged(Exception):
    """The image breaks the format; the text says where."""


def make_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = make_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def sealed(block, at):
    """Whether the checksum at byte AT of a block is right."""
    stored, = struct.unpack_from('<I', block, at)
    return crc32c(block[:at] + bytes(4) + block[at + 4:]) == stored


def read_superblock(image):
    """The copy in force."""
    best, highest, ours = None, 0, False
    for place in (0, 65536):
        image.seek(place)
        block = image.read(BLOCK)
        if len(block) < BLOCK or block[:8] != b'OCPNVME\0':
            continue
        ours = True
        sequence, = struct.unpack_from('<Q', block, 24)
        belongs = 0 if sequence & 1 else 65536
        if sealed(block, 20) and place == belongs and sequence > highest:
            best, highest = block, sequence
    if best is None:
        raise Damaged('no valid superblock' if ours else 'not an image')
    version, incompat = struct.unpack_from('<II', best, 8)
    if version != 1 or incompat != 0:
        raise Damaged('unknown version or feature')
    return best


def read_regions(block):
    regions = {}
    for entry in range(16):
        kind, _, offset, length, _ = struct.unpack_from('<IIQQQ', block,
                                                        256 + 32 * entry)
        if kind:
            regions[REGIONS[kind]] = (kind, offset, length)
    return regions


def read_page(image, region, index, uuid):
    """The payload of the valid slot with the higher sequence number."""
    kind, offset, _ = region
    best, highest = None, 0
    for slot in (0, 1):
        image.seek(offset + 8192 * index + 4096 * slot)
        block = image.read(BLOCK)
        sequence, = struct.unpack_from('<Q', block, 16)
        if (block[:4] == b'OCPG' and sealed(block, 12) and
                struct.unpack_from('<II', block, 4) == (kind, index) and
                block[24:32] == uuid[:8] and highest < sequence < 1 << 63):
            best, highest = block, sequence
    if best is None:
        raise Damaged('page %d of region %d' % (index, kind))
    return best[32:]


def print_superblock(block):
    mode, lbads, ms, extended = struct.unpack_from('<BBHB', block, 48)
    nsze, length = struct.unpack_from('<QQ', block, 56)
    uuid = block[32:48].hex()
    print('sequence %d' % struct.unpack_from('<Q', block, 24))
    print('uuid', '-'.join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20],
                            uuid[20:])))
    print('mode', {1: 'open-channel', 2: 'conventional'}[mode])
    print('lba_size', 1 << lbads)
    print('ms', ms)
    print('extended', extended)
    print('blocks', nsze)
    print('length', length)
    if mode == 1:
        values = struct.unpack_from('<HH15I', block, 128)
        for name, value in zip(GEOMETRY, values):
            print(name, value)


def read_chunks(image, block, regions):
    """Entries of the chunk table: state, type, flags, wear, wp, cnlb, resets.
    """
    num_grp, num_pu, num_chk = struct.unpack_from('<HHI', block, 128)
    total = num_grp * num_pu * num_chk
    chunks = []
    for first in range(0, total, 254):
        payload = read_page(image, regions['chunks'], first // 254,
                            block[32:48])
        for entry in range(min(254, total - first)):
            chunks.append(struct.unpack_from('<BBBBIII', payload, 16 * entry))
    return chunks


def print_chunks(chunks, each):
    count = dict.fromkeys(STATES.values(), 0)
    for number, (state, kind, flags, wear, wp, cnlb,
                 resets) in enumerate(chunks):
        count[STATES[state]] += 1
        if each:
            print('chunk', number, STATES[state], '0x%02x' % kind, wp, cnlb,
                  resets, hex(flags), wear)
    for name in ('free', 'open', 'closed', 'offline'):
        print(name, count[name])


def read_maps(image, block, regions, chunks):
    """Of each page of the block maps that belongs to a chunk: its number, the
    chunk, the part, and the logical blocks of the chunk whose bits count and
    are set."""
    kind, _, length = regions['maps']
    if length % 8192 or not 0 < length // 8192 <= 65534:
        raise Damaged('length %d of region %d' % (length, kind))
    owned = {}
    for index in range(length // 8192):
        payload = read_page(image, regions['maps'], index, block[32:48])
        used, number, part, age = struct.unpack_from('<B3xIII', payload)
        if used > 1:
            raise Damaged('used is %d in page %d of region %d' % (used, index,
                                                                  kind))
        if not used or number >= len(chunks):
            continue
        state, allowed, _, _, wp, cnlb, resets = chunks[number]
        if (STATES[state] == 'offline' or cnlb <= 32384 * part or
                resets != age):
            continue
        if (number, part) in owned:
            raise Damaged('pages %d and %d of region %d, both for part %d of '
                          'chunk %d' % (owned[number, part], index, kind,
                                        part, number))
        owned[number, part] = index
        end = wp if allowed & 1 else cnlb
        end = 0 if STATES[state] == 'free' else end - 32384 * part
        yield index, number, part, [
            32384 * part + bit for bit in range(min(end, 32384))
            if payload[16 + bit // 8] >> bit % 8 & 1]


def print_maps(maps, each):
    for index, number, part, blocks in maps:
        if each:
            print('map', index, number, part, *blocks)


def print_image(image, options):
    block = read_superblock(image)
    regions = read_regions(block)
    print_superblock(block)
    for name, (_, offset, length) in sorted(regions.items(),
                                            key=lambda r: r[1]):
        print('region', name, offset, length)
    payload = read_page(image, regions['state'], 0, block[32:48])
    for name, value in zip(COUNTERS, struct.unpack_from('<11Q', payload)):
        print(name, value)
    if 'chunks' in regions:
        chunks = read_chunks(image, block, regions)
        print_chunks(chunks, '--chunks' in options)
        if 'maps' in regions:
            print_maps(read_maps(image, block, regions, chunks),
                       '--maps' in options)
    elif 'maps' in regions:
        for index in range(regions['maps'][2] // (2 * 4096)):
            read_page(image, regions['maps'], index, block[32:48])


def main(args):
    options = [arg for arg in args if arg in ('--chunks', '--maps')]
    files = [arg for arg in args if arg not in options]
    if len(files) != 1 or files[0].startswith('-'):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        with open(files[0], 'rb') as image:
            print_image(image, options)
    except OSError as error:
        print('ocpn-image: %s' % error, file=sys.stderr)
        return 2
    except (Damaged, KeyError, struct.error) as error:
        print('ocpn-image: %s: %s' % (files[0], error), file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
