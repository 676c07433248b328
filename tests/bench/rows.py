# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of the benchmark: who runs what, and what is aimed at.

A target is (metric, opponent, limit): metrics are cpu and user (time of QEMU
per command, at most) and iops (at least), as ratios of ours over theirs."""

NVME = 0        # the first opponent of a row
FIO = 1

NULL = ['-blockdev', 'driver=null-co,node-name=d0,size=2147483648,'
        'read-zeroes=off']


def raw(image):
    return ['-blockdev', 'driver=file,node-name=d0,aio=native,'
            'cache.direct=on,filename={folder}/' + image]


def thread(poll, *names):
    return [a for n in names or ['t0'] for a in
            ('-object', f'iothread,id={n},poll-max-ns={poll}')]


THEIRS = 'nvme,drive=d0,serial=1'
OURS = 'ocp-nvme,drive=d0'
MEMORY = ['-object', 'memory-backend-file,id=m0,share=on,size=MEMSIZE,'
          'mem-path={folder}/mem.img']


def fio(rw, depth, block='4k'):
    return {'name': 'fio', 'fio': [f'--rw={rw}', f'--iodepth={depth}',
                                   f'--bs={block}']}


def side(device, qemu, work, depth, *more):
    return {'device': device, 'qemu': qemu,
            'host': ['--work', work, '--depth', str(depth), *more]}


ROWS = [
    {'name': '4 KiB random read, QD 128, null-co',
     'ours': side(OURS + ',mode=conventional,auto-format=on', NULL,
                  'randread', 128),
     'against': [side(THEIRS, NULL, 'randread', 128)],
     'targets': [('user', NVME, .5), ('cpu', NVME, .6),
                 ('iops', NVME, 1.5)]},
    {'name': '4 KiB random read, QD 128, raw file',
     'ours': side(OURS, raw('conv.img'), 'randread', 128),
     'against': [side(THEIRS, raw('plain.raw'), 'randread', 128),
                 fio('randread', 128)],
     'targets': [('cpu', NVME, .6), ('cpu', FIO, 1.4), ('iops', NVME, 1),
                 ('iops', FIO, .97)]},
    {'name': '4 KiB random read, QD 128, raw file, open-channel',
     'ours': side(OURS, raw('oc.img'), 'randread', 128, '--open-channel'),
     'against': [side(THEIRS, raw('plain.raw'), 'randread', 128)],
     'targets': [('cpu', NVME, .65), ('iops', NVME, 1)]},
    {'name': '4 KiB read, QD 1, raw file, polling',
     'ours': side(OURS + ',iothread=t0', raw('conv.img') + thread(200000),
                  'randread', 1, '--shadow', '--wait'),
     'against': [side(THEIRS, raw('plain.raw'), 'randread', 1, '--wait'),
                 fio('randread', 1)],
     'targets': [('iops', NVME, 2), ('iops', FIO, .8)]},
    {'name': '4 KiB random write, QD 32, raw file',
     'ours': side(OURS, raw('conv.img'), 'randwrite', 32),
     'against': [side(THEIRS, raw('plain.raw'), 'randwrite', 32)],
     'targets': [('cpu', NVME, 1), ('iops', NVME, .9)]},
    {'name': '4 KiB write, QD 32, open-channel / sequential',
     'ours': side(OURS + ',early-reset=on', raw('ocw.img'),
                  'write', 32, '--open-channel'),
     'against': [side(THEIRS, raw('plain.raw'), 'write', 32)],
     'targets': [('cpu', NVME, 1), ('iops', NVME, .9)]},
    {'name': '128 KiB sequential read, QD 16, raw file',
     'ours': side(OURS, raw('conv.img'), 'read', 16, '--block', '131072'),
     'against': [side(THEIRS, raw('plain.raw'), 'read', 16, '--block',
                      '131072')],
     'targets': [('cpu', NVME, .7), ('iops', NVME, 1)]},
    # A process maps each page of the file once: not what is measured.
    {'name': '4 KiB random read, QD 128, memdev, polling',
     'ours': side('ocp-nvme,memdev=m0,iothread=t0', MEMORY + thread(200000),
                  'randread', 128, '--shadow', '--warm-up', '4'),
     'against': [side(THEIRS, NULL, 'randread', 128)],
     'targets': [('cpu', NVME, .35), ('iops', NVME, 3.5)]},
    {'name': 'the same, 64 MiB of the drive in use',
     'ours': side('ocp-nvme,memdev=m0,iothread=t0', MEMORY + thread(200000),
                  'randread', 128, '--shadow', '--span', str(64 << 20)),
     'against': [side(THEIRS, NULL, 'randread', 128)],
     'targets': [('cpu', NVME, .35), ('iops', NVME, 3.5)]},
    {'name': '4 KiB read, QD 1, memdev, polling',
     'ours': side('ocp-nvme,memdev=m0,iothread=t0', MEMORY + thread(200000),
                  'randread', 1, '--shadow', '--wait'),
     'against': [side(THEIRS, NULL, 'randread', 1, '--wait')],
     'targets': [('iops', NVME, 60)]},
    {'name': '4 queues on 2 iothreads / 1 on 1, QD 128 in all',
     'ours': side('{"driver":"ocp-nvme","drive":"d0","iothread-vq-mapping":'
                  '[{"iothread":"t0"},{"iothread":"t1"}]}',
                  raw('conv.img') + thread(0, 't0', 't1'), 'randread', 32,
                  '--queues', '4'),
     'against': [side(OURS + ',iothread=t0', raw('conv.img') + thread(0),
                      'randread', 128)],
     'targets': [('cpu', NVME, 1.1)]},
    {'name': 'the first row, log pages 100 times a second / without',
     'ours': side(OURS + ',mode=conventional,auto-format=on', NULL,
                  'randread', 128, '--pages', '100'),
     'against': [side(OURS + ',mode=conventional,auto-format=on', NULL,
                      'randread', 128)],
     'targets': [('iops', NVME, .95)]},
]
