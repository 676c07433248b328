# SPDX-License-Identifier: GPL-2.0-or-later
"""Ratios of a benchmark as a table and as a picture."""
import statistics

UNITS = {'cpu': 'CPU per command', 'user': 'user CPU per command',
         'iops': 'IOPS'}


def ratios(rounds, metric, opponent):
    return [ours[metric] / others[opponent][metric]
            for ours, others in rounds if others[opponent][metric]]


def is_met(metric, value, limit):
    return value >= limit if metric == 'iops' else value <= limit


def each(results):
    """(row, metric, opponent's name, ratios, limit) of every target."""
    for row, rounds in results:
        for metric, opponent, limit in row['targets']:
            name = row['against'][opponent].get('name', 'nvme')
            if row['against'][opponent].get('device', '').startswith('ocp'):
                name = '1 queue'
            yield (row['name'], metric, name,
                   ratios(rounds, metric, opponent), limit)


def absolute(results):
    """Medians of every side, which say something about one machine only."""
    lines = []
    for row, rounds in results:
        sides = [('ocp-nvme', [ours for ours, _ in rounds])]
        for i, side in enumerate(row['against']):
            sides.append((side.get('name', side.get('device', '')
                                   .split(',')[0]),
                          [others[i] for _, others in rounds]))
        for name, runs in sides:
            iops = statistics.median(r['iops'] for r in runs)
            cpu = statistics.median(r['cpu'] for r in runs)
            user = statistics.median(r['user'] for r in runs)
            text = ''
            if 'p50' in runs[0]:
                text = '  latency us ' + ' '.join(
                    f'{k} {statistics.median(r[k] for r in runs) / 1e3:.0f}'
                    for k in ('p50', 'p99', 'p999'))
            lines.append(f'{row["name"][:50]:50} {name:9} {iops:10,.0f} IOPS '
                         f'{cpu / 1e3:7.2f} us ({user / 1e3:.2f} user){text}')
    return lines


def table(results):
    lines = [f'{"":50} {"ours over":9} {"what":21} {"min":>7} {"median":>7} '
             f'{"max":>7}   target']
    for name, metric, other, r, limit in each(results):
        sign = '>=' if metric == 'iops' else '<='
        median = statistics.median(r)
        lines.append(f'{name:50} {other:9} {UNITS[metric]:21} {min(r):7.2f} '
                     f'{median:7.2f} {max(r):7.2f}   {sign} {limit:<5} '
                     f'{"met" if is_met(metric, median, limit) else "MISSED"}')
    return lines + [''] + absolute(results)


def picture(results, path):
    try:
        import matplotlib
        matplotlib.use('svg')
        import matplotlib.pyplot as plt
    except ImportError:
        print('\nNo picture: for one, install the package '
              'python3-matplotlib.')
        return
    rows = list(each(results))[::-1]
    plt.rcParams['svg.hashsalt'] = 'ocp-nvme'
    figure, axes = plt.subplots(figsize=(10, .42 * len(rows) + 1))
    for y, (_, metric, _, r, limit) in enumerate(rows):
        median = statistics.median(r)
        color = ('tab:green' if is_met(metric, median, limit)
                 else 'tab:red')
        axes.plot([min(r), max(r)], [y, y], color=color, linewidth=2)
        axes.plot(median, y, 'o', color=color)
        axes.plot(limit, y, '>' if metric == 'iops' else '<',
                  color='black', markersize=7)
    axes.set_xscale('log')
    axes.axvline(1, color='grey', linewidth=.8)
    axes.set_yticks(range(len(rows)), [
        f'{name}: {UNITS[metric]}, over {other}'
        for name, metric, other, _, _ in rows], fontsize=8)
    axes.xaxis.set_major_formatter('{x:g}')
    figure.supxlabel('ocp-nvme over the other.  Dot: median; line: least to '
                     'largest; triangle: the target, pointing to the good '
                     'side; green: met', fontsize=8)
    axes.grid(axis='x', which='both', alpha=.3)
    figure.tight_layout()
    figure.savefig(path, metadata={'Date': None})
    print(f'\nThe ratios as a picture: {path}')
