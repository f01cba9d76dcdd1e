// SPDX-License-Identifier: Apache-2.0
'use strict';
(function () {
  const { manifest, summary, rate, table } = data;
  const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
  const cell = (text, right) => make('td', { class: right ? 'number' : null }, String(text));
  const heads = (names) => make('tr', {}, names.map(([name, right]) =>
    make('th', { scope: 'col', class: right ? 'number' : null }, name)));

  function facts() {
    const bad = summary.failed > 0;
    const seeds = manifest.seeds ? `seeds ${manifest.seeds.first} to ${manifest.seeds.last}` : 'the scenarios’ own seeds';
    document.body.append(
      make('header', {},
        make('h1', {}, 'Campaign'),
        make('span', { class: 'verdict ' + (bad ? 'bad' : 'good') },
          bad ? `✗ ${number(summary.failed)} of ${number(summary.runs)} runs failed` : `✓ none of ${number(summary.runs)} runs failed`),
        make('p', { class: 'facts' },
          `${manifest.scenarios.length} scenarios, ${seeds}; ${number(summary.events)} events, ` +
          `${number(Math.round(summary.virtual_ms / 1000))} s of virtual time; ${number(summary.impossible)} impossible, ` +
          `${number(summary.clocked_out)} ended by the wall clock; ${summary.complete ? 'all of it' : 'not all of it'}; ` +
          `framesim ${summary.commit}, ${summary.crypto}`)));
  }

  function failures() {
    const planted = / with (\w+)$/.exec(summary.commit);
    const replay = planted ? `framesim-planted replay --planted-bug ${planted[1]}` : 'framesim replay';
    const crypto = summary.crypto.startsWith('ideal signatures') ? ' --crypto ideal' : '';
    document.body.append(make('h2', {}, 'Failures by signature'));
    if (summary.failures.length === 0) {
      document.body.append(make('p', {}, 'None.'));
      return;
    }
    document.body.append(make('table', {}, heads([['runs', true], ['check or verdict'], ['where and why; the cheapest run'], ['its events', true]]),
      summary.failures.map((failure) => {
        const first = failure.cheapest;
        const { check, place, cause } = failure.signature;
        return make('tr', {}, cell(number(failure.count), true), cell(check || failure.verdict),
          make('td', { class: 'words' }, plain([place, cause].filter((part) => part).join(': ')), make('br'),
            make('span', { class: 'mono' }, plain(`${replay} ${first.scenario} --seed ${first.seed}${crypto}`))),
          cell(number(first.events), true));
      })));
  }

  // How many runs were done, by the clock on the wall.
  function plot() {
    if (rate.length < 2) return;
    const width = 900, height = 240, left = 70, top = 14, bottom = 34;
    const last = rate[rate.length - 1];
    const most = Math.max(1, last.runs), long = Math.max(1, last.wall_ms);
    const x = (ms) => left + (width - left - 20) * ms / long;
    const y = (runs) => height - bottom - (height - bottom - top) * runs / most;
    const svg = make('svg', { class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'runs done over time' });
    const speed = (i) => 1000 * (rate[i].runs - rate[i - 1].runs) / Math.max(1, rate[i].wall_ms - rate[i - 1].wall_ms);
    const fastest = Math.max(0.001, ...rate.slice(1).map((_, i) => speed(i + 1)));
    rate.slice(1).forEach((point, k) => {
      const from = x(rate[k].wall_ms), high = (height - bottom - top) * speed(k + 1) / fastest;
      svg.append(make('rect', { class: 'rate', x: from.toFixed(1), width: Math.max(0.5, x(point.wall_ms) - from).toFixed(1), y: (height - bottom - high).toFixed(1), height: high.toFixed(1) },
        make('title', {}, `${speed(k + 1).toFixed(2)} runs a second`)));
    });
    svg.append(
      make('polyline', { points: rate.map((p) => `${x(p.wall_ms).toFixed(1)},${y(p.runs).toFixed(1)}`).join(' ') }),
      make('text', { x: left - 8, y: top + 10, 'text-anchor': 'end' }, number(most)),
      make('text', { x: left - 8, y: height - bottom, 'text-anchor': 'end' }, '0'),
      make('text', { x: left, y: height - 12 }, '0 s'),
      make('text', { x: width - 20, y: height - 12, 'text-anchor': 'end' }, seconds(long * 1000)),
      make('text', { x: (left + width) / 2, y: height - 12, 'text-anchor': 'middle', class: 'faint' }, 'wall clock; line: runs done, up to ' + number(most) + '; bars: runs a second, up to ' + fastest.toFixed(1)));
    let failed = 0;
    for (const point of rate) {
      if (point.failed > failed)
        svg.append(make('text', { x: x(point.wall_ms), y: y(point.runs) - 6, 'text-anchor': 'middle', class: 'struck' }, '✗'));
      failed = point.failed;
    }
    document.body.append(make('h2', {}, 'Rate'), svg,
      make('p', { class: 'facts' }, `${(most / (long / 1000)).toFixed(2)} runs a second, ` +
        `${Math.round(last.virtual_ms / long)} s simulated in one; a ✗ where a run had failed.`));
  }

  function faults() {
    const most = Math.max(1, ...summary.faults.map((f) => f.fine + f.failed));
    document.body.append(make('h2', {}, 'Faults and outcomes'),
      make('p', { class: 'facts' }, 'In how many runs each fault struck, and how those ended.'),
      make('table', {}, heads([['fault'], ['times', true], ['runs fine', true], ['runs failed', true], ['']]),
        summary.faults.map((f) => make('tr', {}, make('th', { scope: 'row' }, f.name), cell(number(f.times), true),
          cell(number(f.fine), true), make('td', { class: f.failed > 0 ? 'number bad' : 'number' }, number(f.failed)),
          make('td', {}, make('span', { class: 'meter', style: `width:${Math.round(160 * (f.fine + f.failed) / most)}px` }))))));
  }

  function probes() {
    const rows = table.split('\n').slice(1).filter((line) => line !== '').map((line) => line.split(','));
    if (rows.length === 0) return;
    const never = rows.filter((row) => row[1] === '0').length;
    document.body.append(make('h2', {}, 'Probes'),
      make('p', { class: never > 0 ? 'facts bad' : 'facts' }, `${rows.length - never} of ${rows.length} places were reached; how often, and in how many runs.`),
      make('ul', { class: 'probes' }, rows.map((row) => make('li', {}, make('span', {}, row[0]),
        row[1] === '0' ? make('span', { class: 'never' }, 'never') : make('span', {}, `${number(row[1])} in ${number(row[2])} runs`)))));
  }

  facts();
  failures();
  plot();
  faults();
  probes();
  document.title = 'framesim campaign';
})();
