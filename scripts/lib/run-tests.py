#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run test programs that speak TAP, and count every case.

usage: run-tests.py [--jobs N] [--suite NAME] [--without NAME] [--match TEXT]
                    [--except LIST] [--slow FACTOR] --counts FILE
                    BUILD_FOLDER
       run-tests.py [--timeout SECONDS] --counts FILE -- COMMAND...

The first form runs the tests that a meson build folder lists, each for at most
FACTOR times its timeout: all, or those of one suite, or all but those of one
suite, or but those in the file LIST, which has a name and a reason in each
line.  The second runs one command.  A case counts as passed only if its line
says "ok".  What hangs is killed at its timeout; what crashes, and what ends
before its plan does, counts as failed.  FILE gets a line with the three
numbers: passed, failed, skipped; then what the tests measured: their lines
"# measured: NUMBER WHAT", the numbers of the same WHAT added up.  Exit status
1 if anything failed or nothing ran.
"""
import argparse
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import time

CASE = re.compile(r'^(ok|not ok)\b\s*(\d+)?\s*(?:-\s*)?(.*)$')
MEASURED = re.compile(r'^# measured: (\d+(?:\.\d+)?) (.+?)\s*$')
PLAN = re.compile(r'^1\.\.(\d+)\s*(#\s*SKIP\b.*)?', re.I)


class Result:
    def __init__(self, name):
        self.name = name
        self.passed = self.failed = self.skipped = 0
        self.notes = []
        self.measured = []

    def parse(self, text):
        plan = None
        for line in text.splitlines():
            m = MEASURED.match(line)
            if m:
                self.measured.append((m.group(2), float(m.group(1))))
                continue
            m = PLAN.match(line)
            if m:
                plan = int(m.group(1))
                if m.group(2) and plan == 0:
                    self.skipped += 1
                    self.notes.append('skipped: ' + m.group(2))
                continue
            m = CASE.match(line)
            if m:
                self.count(m, line)
        seen = self.passed + self.failed + self.skipped
        if plan is None and seen == 0:
            self.fail('no case was run')
        elif plan is not None and seen < plan:
            self.fail('%d of %d cases did not run' % (plan - seen, plan),
                      plan - seen)

    def count(self, m, line):
        if m.group(1) == 'not ok':
            self.failed += 1
            self.notes.append(line)
        elif re.search(r'#\s*SKIP\b', m.group(3), re.I):
            self.skipped += 1
            self.notes.append(line)
        else:
            self.passed += 1

    def fail(self, why, n=1):
        self.failed += n
        self.notes.append('not ok - ' + why)


def run(name, cmd, env, cwd, timeout):
    """Run CMD in a process group of its own and judge what it printed."""
    result = Result(name)
    start = time.monotonic()
    proc = subprocess.Popen(cmd, env=env, cwd=cwd, text=True,
                            errors='replace', stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            start_new_session=True)
    late = False
    try:
        out, _ = proc.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        late = True
    try:
        os.killpg(proc.pid, signal.SIGKILL)     # also what it left behind
    except ProcessLookupError:
        pass
    if late:
        out, _ = proc.communicate()
    result.parse(out)
    if late:
        result.fail('killed after %d s' % timeout)
    elif proc.returncode != 0 and result.failed == 0:
        result.fail('ended with status %d' % proc.returncode)
    result.seconds = time.monotonic() - start
    result.output = out
    return result


def excerpt(output):
    """The lines that say what failed, those before them, and the last."""
    lines = [line for line in output.splitlines()
             if not line.startswith('# starting QEMU: ')]
    keep = set(range(max(0, len(lines) - 40), len(lines)))
    for n, line in enumerate(lines):
        if line.startswith('# random seed'):
            keep.add(n)
        elif re.match(r'not ok|ERROR|Bail out|# .*not one sentence', line):
            keep.update(range(max(0, n - 15), n + 1))
    return [lines[n] for n in sorted(keep)][:200]


def report(result):
    word = 'FAILED' if result.failed else 'ok'
    print('  %-6s %-40s %4d passed %3d failed %3d skipped %6.1f s' %
          (word, result.name, result.passed, result.failed, result.skipped,
           result.seconds), flush=True)
    if result.failed:
        for line in excerpt(result.output):
            print('    | ' + line[:300])
    for note in result.notes:
        print('    ' + note)


def names_in(path):
    """The first words of the lines that are no comment."""
    if not path:
        return []
    with open(path) as f:
        return [line.split()[0] for line in f
                if line.strip() and not line.startswith('#')]


def meson_tests(args):
    folder = args.what[0]
    excluded = names_in(args.excluded)
    with open(os.path.join(folder, 'meson-info/intro-tests.json')) as f:
        for t in json.load(f):
            suites = [s.split(':')[-1] for s in t['suite']]
            if args.suite and args.suite not in suites:
                continue
            if args.without and args.without in suites:
                continue
            if t['name'] in excluded:
                continue
            if args.match and args.match not in t['name']:
                continue
            env = dict(os.environ)
            env.update(t['env'])
            yield (t['name'], t['cmd'], env, t['workdir'] or folder,
                   t['timeout'] * args.slow)


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument('--jobs', type=int, default=1)
    p.add_argument('--suite')
    p.add_argument('--without')
    p.add_argument('--except', dest='excluded', metavar='LIST')
    p.add_argument('--slow', type=int, default=1)
    p.add_argument('--match')
    p.add_argument('--timeout', type=int, default=600)
    p.add_argument('--counts', required=True)
    p.add_argument('what', nargs='+')
    args = p.parse_args()
    if len(args.what) == 1 and os.path.isdir(args.what[0]):
        tests = list(meson_tests(args))
    else:
        tests = [(os.path.basename(args.what[0]), args.what, None, None,
                  args.timeout)]
    total = [0, 0, 0]
    measured = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for future in [pool.submit(run, *t) for t in tests]:
            result = future.result()
            report(result)
            total[0] += result.passed
            total[1] += result.failed
            total[2] += result.skipped
            for what, number in result.measured:
                measured[what] = measured.get(what, 0) + number
    with open(args.counts, 'w') as f:
        f.write('%d %d %d\n' % tuple(total))
        for what, number in measured.items():
            f.write('%.15g %s\n' % (number, what))
    sys.exit(1 if total[1] or not total[0] else 0)


if __name__ == '__main__':
    main()
