// SPDX-License-Identifier: Apache-2.0
'use strict';
(function () {
  const [TIME, STEP, KIND, PEER, OTHER, MESSAGE, CAUSE, TEXT] = [0, 1, 2, 3, 4, 5, 6, 7];
  const { events, peers, receipts, kinds } = data;
  // Words stand right of few lifelines, and left of many, where they are in sight.
  const CROWD = peers.length > 16;
  const ROW = 20, NUMBERS = 132, WORDS = CROWD ? 46 : 110, WORDS_WIDTH = 7.3 * WORDS + 20, TOP = 26, BUCKET = 64;
  const GUTTER = NUMBERS + (CROWD ? WORDS_WIDTH : 0);
  const COLUMN = peers.length <= 8 ? 96 : CROWD ? 34 : 64;
  const NAME_MAX = Math.floor(COLUMN / 8);
  const kindOf = (i) => kinds[events[i][KIND]];

  // Groups of kinds that one can hide; whatever is in none of them counts as "other".
  const GROUPS = [
    ['messages', ['send', 'deliver']], ['lost', ['lost']], ['users', ['intent', 'executed', 'acknowledged']],
    ['faults', ['crash', 'restart', 'halt', 'safe_mode', 'clock', 'link', 'join', 'leave']], ['settings', []],
    ['disks', ['append', 'durable']], ['forgeries', ['forgery']], ['notes', ['note', 'refused']],
    ['checks', ['check']], ['lines', ['line']], ['other', []]];
  const groupOfKind = new Map();
  for (const [group, names] of GROUPS) for (const name of names) groupOfKind.set(name, group);
  const settles = (i) => kindOf(i) === 'link' && !/^(partition|blocked|open again|clogged|free again|a message)/.test(events[i][TEXT]);
  const groupOf = (i) => (settles(i) ? 'settings' : groupOfKind.get(kindOf(i)) || 'other');
  const isMessage = (i) => ['send', 'deliver', 'lost'].includes(kindOf(i));
  const isFault = (i) => !settles(i) && ['crash', 'halt', 'link', 'clock', 'lost', 'forgery', 'check', 'safe_mode'].includes(kindOf(i));

  // The first plain word of a message says its type.
  function typeOf(i) {
    const words = events[i][TEXT].replace(/^(?:[a-z ]+: )+/, '');
    return words.split(/[ ,]/, 1)[0];
  }
  const types = [...new Set(events.map((_, i) => (isMessage(i) ? typeOf(i) : null)).filter(Boolean))].sort();

  // Links name the event, as `replay --trace` and `explain` count them, and which of its records: #event-67 is the first
  // record of event 67, #event-67.2 the third.
  const firstOf = (i) => { while (i > 0 && events[i - 1][STEP] === events[i][STEP]) i--; return i; };
  const linkOf = (i) => `#event-${events[i][STEP]}` + (firstOf(i) < i ? `.${i - firstOf(i)}` : '');
  function recordOf(link) {
    const match = /^#event-(\d+)(?:\.(\d+))?$/.exec(link);
    if (!match) return null;
    const i = events.findIndex((event) => event[STEP] >= Number(match[1]));
    return i < 0 ? events.length - 1 : Math.min(events.length - 1, i + Number(match[2] || 0));
  }

  // ---- What follows from what ----
  const effects = events.map(() => []);
  events.forEach((event, i) => { if (event[CAUSE] >= 0) effects[event[CAUSE]].push(i); });

  // ---- What peers hold: for each peer its states and arrivals, in order ----
  const statesOf = peers.map(() => []), arrivalsOf = peers.map(() => []);
  for (const s of data.states) statesOf[s[1]].push({ at: s[0], up: s[2], safe: s[3], anew: s[4], receipts: s[5], heads: s[6], fates: s[7], root: s[8] });
  for (const [at, peer, receipt] of data.arrivals) arrivalsOf[peer].push({ at, receipt });
  const roots = new Map();
  for (const s of data.states) if (s[8] && !roots.has(s[8])) roots.set(s[8], roots.size);

  function stateAt(peer, cursor) {
    const list = statesOf[peer];
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].at <= cursor + 1) low = middle + 1; else high = middle;
    }
    return low > 0 ? list[low - 1] : null;
  }
  function heldAt(peer, cursor) {
    let since = 0;
    for (const s of statesOf[peer]) {
      if (s.at > cursor + 1) break;
      if (s.anew) since = s.at;
    }
    const held = new Set();
    for (const a of arrivalsOf[peer]) {
      if (a.at > cursor + 1) break;
      if (a.at >= since) held.add(a.receipt);
    }
    return held;
  }

  // ---- Filters ----
  const hidden = { groups: new Set(['disks', 'settings']), peers: new Set(), types: new Set(), search: '' };
  let rows = [], rowOf = [], cursor = 0;
  // Whose receipts are drawn: of the one that the opening is about, else of the first.
  const about = events.length > 0 ? events[data.opening][PEER] : -1;
  let chosen = about >= 0 && !peers[about].adversary ? about : Math.max(0, peers.findIndex((p) => !p.adversary));
  let shownPeers = [], columnOf = [];

  function shows(i) {
    const event = events[i];
    if (hidden.groups.has(groupOf(i))) return false;
    if (isMessage(i) && hidden.types.has(typeOf(i))) return false;
    const seen = event[PEER] < 0 || !hidden.peers.has(event[PEER]) || (event[OTHER] >= 0 && !hidden.peers.has(event[OTHER]));
    if (!seen) return false;
    return hidden.search === '' || event[TEXT].toLowerCase().includes(hidden.search);
  }

  // ---- Arrows, bands and lifelines, by row ----
  let arrows = [], buckets = [];
  const x = (peer) => GUTTER + COLUMN * columnOf[peer] + COLUMN / 2;
  const y = (row) => row * ROW + ROW / 2;
  const right = () => GUTTER + COLUMN * shownPeers.length;
  const width = () => right() + (CROWD ? 20 : WORDS_WIDTH);

  function addArrow(arrow) {
    const index = arrows.push(arrow) - 1;
    for (let b = Math.floor(arrow.from / BUCKET); b <= Math.floor(arrow.to / BUCKET); b++)
      (buckets[b] = buckets[b] || []).push(index);
  }
  function findArrows() {
    arrows = [];
    buckets = [];
    for (const i of rows) {
      const cause = events[i][CAUSE];
      if (!['deliver', 'lost'].includes(kindOf(i)) || cause < 0 || kindOf(cause) !== 'send' || rowOf[cause] < 0) continue;
      const sender = events[cause][PEER], receiver = events[cause][OTHER];
      if (sender < 0 || receiver < 0 || columnOf[sender] < 0 || columnOf[receiver] < 0) continue;
      addArrow({ from: rowOf[cause], to: rowOf[i], sender, receiver, send: cause, end: i, lost: kindOf(i) === 'lost' });
    }
  }

  // From record to record, one band where several would lie on one another: partitions over all columns (of peer -1),
  // blocked links around the lifelines of their ends.
  const bands = (function () {
    const spans = [], open = new Map();
    const end = (key, at) => { for (const span of open.get(key) || []) spans.push({ ...span, end: at }); open.delete(key); };
    events.forEach((event, i) => {
      if (kindOf(i) !== 'link') return;
      const key = `${event[PEER]},${event[OTHER]}`, all = event[PEER] < 0 && event[OTHER] < 0;
      const begins = (peer) => ({ peer, begin: i });
      if (/^partition/.test(event[TEXT])) { end('all', i); open.set('all', [begins(-1)]); }
      else if (/^(blocked|clogged)/.test(event[TEXT])) { if (!open.has(key)) open.set(key, all ? [begins(-1)] : [event[PEER], event[OTHER]].filter((p) => p >= 0).map(begins)); }
      else if (/^(open again|free again)/.test(event[TEXT])) { if (all) for (const each of [...open.keys()]) end(each, i); else end(key, i); }
    });
    for (const each of [...open.keys()]) end(each, events.length);
    spans.sort((m, n) => m.peer - n.peer || m.begin - n.begin);
    const merged = [];
    for (const span of spans) {
      const last = merged[merged.length - 1];
      if (last && last.peer === span.peer && span.begin <= last.end && span.peer >= 0) { last.end = Math.max(last.end, span.end); last.more++; } else merged.push({ ...span, more: 0 });
    }
    return merged;
  })();
  const rowFrom = (i) => { while (i < events.length && rowOf[i] < 0) i++; return i < events.length ? rowOf[i] : rows.length; };

  // ---- Drawing ----
  const diagram = make('div', { class: 'diagram', tabindex: 0, role: 'application', 'aria-label': 'space-time diagram: arrow keys step through the records' });
  const names = make('div', { class: 'names' }), canvas = make('div', { style: 'position:relative' });
  diagram.append(names, canvas);
  let drawn = null;

  function drawNames() {
    const svg = make('svg', { width: width(), height: TOP, role: 'presentation' },
      make('text', { x: 8, y: 17, class: 'faint' }, 'record    seconds'));
    for (const p of shownPeers) {
      const name = plain(peers[p].name), short = name.length > NAME_MAX ? name.slice(0, NAME_MAX - 1) + '…' : name;
      svg.append(make('text', { x: x(p), y: 17, 'text-anchor': 'middle', 'font-weight': 700 },
        peers[p].adversary ? '☠ ' + short : short, make('title', {}, name)));
    }
    names.replaceChildren(svg);
  }

  function drawBands(svg, first, last) {
    for (const band of bands) {
      const from = rowFrom(band.begin), to = rowFrom(band.end);
      if (to < first || from > last || to <= from) continue;
      const a = Math.max(from, first - 1), b = Math.min(to, last + 1);
      if (band.peer >= 0 && columnOf[band.peer] < 0) continue;
      const left = band.peer < 0 ? GUTTER : x(band.peer) - 8, wide = band.peer < 0 ? right() - GUTTER : 16;
      const words = plain(events[band.begin][TEXT]) + (band.more > 0 ? ` and ${band.more} more like it` : '');
      svg.append(make('rect', { class: band.peer < 0 ? 'band' : 'band near', x: left, y: a * ROW, width: wide, height: (b - a) * ROW }, make('title', {}, words)));
    }
  }

  function drawLifelines(svg, first, last) {
    for (const p of shownPeers) {
      let from = first;
      const line = (to, state) => {
        if (to > from) svg.append(make('line', { class: state && state.up === 'up' || peers[p].adversary ? 'lifeline' : 'lifeline away', x1: x(p), x2: x(p), y1: from * ROW, y2: to * ROW }));
        from = to;
      };
      let state = first > 0 && rows[first - 1] != null ? stateAt(p, rows[first - 1]) : null;
      const marks = [];
      for (let row = first; row <= last; row++) {
        const now = stateAt(p, rows[row]);
        if (now === state) continue;
        if ((now && now.up) !== (state && state.up)) line(row, state);
        if (now && now.root && now.up === 'up' && (!state || now.root !== state.root)) marks.push([row, roots.get(now.root)]);
        state = now;
      }
      line(last + 1, state);
      for (const [row, root] of marks)
        svg.append(make('rect', { x: x(p) + 7, y: row * ROW + 4, width: 9 * letters(root).length + 7, height: 13, rx: 2, fill: PALETTE[root % PALETTE.length] }),
          make('text', { x: x(p) + 10, y: row * ROW + 15, style: 'fill:#000', 'font-size': 11, 'font-weight': 700 }, letters(root),
            make('title', {}, 'state root ' + letters(root))));
    }
  }

  function drawArrow(svg, arrow) {
    const x1 = x(arrow.sender), x2 = x(arrow.receiver), y1 = y(arrow.from), y2 = y(arrow.to);
    const on = arrow.send === cursor || arrow.end === cursor ? ' on' : '';
    if (arrow.lost) {
      // Beside the sender's lifeline: a message that is lost comes to no other one on its way.
      const part = Math.min(0.5, 0.4 * COLUMN / Math.max(1, Math.abs(x2 - x1)));
      const mx = x1 + part * (x2 - x1), my = y1 + part * (y2 - y1);
      svg.append(make('line', { class: 'arrow lost' + on, x1, y1, x2: mx, y2: my }),
        make('path', { class: 'cross', d: `M${mx - 5},${my - 5}l10,10m0,-10l-10,10` }));
      return;
    }
    const angle = Math.atan2(y2 - y1, x2 - x1), tip = 8;
    const point = (turn) => `${(x2 - tip * Math.cos(angle + turn)).toFixed(1)},${(y2 - tip * Math.sin(angle + turn)).toFixed(1)}`;
    svg.append(make('line', { class: 'arrow' + on, x1, y1, x2, y2 }),
      make('polygon', { class: 'head', points: `${x2},${y2} ${point(0.4)} ${point(-0.4)}` }));
  }

  const SIGNS = { crash: '✝', restart: '↻', halt: '■', safe_mode: '⛨', join: '+', leave: '−', check: '✗', forgery: '☠', refused: '⊘', intent: '●', line: '▸', link: '≠', clock: '◷', lost: '×' };
  function drawRow(svg, row) {
    const i = rows[row], event = events[i], kind = kindOf(i), group = groupOf(i);
    svg.append(make('text', { x: 8, y: y(row) + 4, class: 'faint' }, `${String(i).padStart(6)} ${(event[TIME] / 1e6).toFixed(3).padStart(9)}`));
    if (event[PEER] >= 0 && columnOf[event[PEER]] >= 0) {
      const at = x(event[PEER]);
      const style = kind === 'check' ? 'check' : isFault(i) && kind !== 'lost' ? 'fault' : group === 'users' ? 'user' : '';
      svg.append(make('circle', { class: 'mark ' + style, cx: at, cy: y(row), r: kind === 'check' ? 6 : 3.5 }));
      if (SIGNS[kind] && kind !== 'lost') svg.append(make('text', { x: at - 18, y: y(row) + 4, class: style === 'fault' || style === 'check' ? 'bad' : null, 'aria-hidden': true }, SIGNS[kind]));
    }
    const words = plain(`${kind === 'line' ? '' : kind + ' '}${event[TEXT]}`);
    svg.append(make('text', { x: CROWD ? NUMBERS : right() + 10, y: y(row) + 4, 'font-weight': kind === 'line' || kind === 'check' ? 700 : null },
      words.length > WORDS ? words.slice(0, WORDS - 1) + '…' : words),
    make('rect', { class: 'row-hit', x: 0, y: row * ROW, width: width(), height: ROW, on: { click: () => go(i) } }, make('title', {}, words)));
  }

  function draw() {
    const first = Math.max(0, Math.floor((diagram.scrollTop - TOP) / ROW) - 8);
    const last = Math.min(rows.length - 1, Math.ceil((diagram.scrollTop + diagram.clientHeight) / ROW) + 8);
    const key = `${first},${last},${cursor},${rows.length},${shownPeers.length}`;
    if (key === drawn) return;
    drawn = key;
    const top = first * ROW;
    const svg = make('svg', { width: width(), height: Math.max(0, (last - first + 1) * ROW), viewBox: `0 ${top} ${width()} ${Math.max(1, (last - first + 1) * ROW)}`, style: `position:absolute;top:${top}px;left:0`, role: 'presentation' });
    const over = [];
    drawBands(svg, first, last);
    for (let row = first; row <= last; row++) if (rows[row] === cursor) svg.append(make('rect', { class: 'row-cursor', x: 0, y: row * ROW, width: width(), height: ROW }));
    // A record that is not shown is between two that are.
    if (rowOf[cursor] < 0) svg.append(make('line', { class: 'between', x1: 0, x2: width(), y1: rowFrom(cursor) * ROW, y2: rowFrom(cursor) * ROW }));
    drawLifelines(svg, first, last);
    const seen = new Set();
    for (let b = Math.floor(first / BUCKET); b <= Math.floor(last / BUCKET); b++)
      for (const index of buckets[b] || []) {
        const arrow = arrows[index];
        if (seen.has(index) || arrow.to < first || arrow.from > last) continue;
        seen.add(index);
        if (arrow.send === cursor || arrow.end === cursor) over.push(arrow); else drawArrow(svg, arrow);
      }
    for (const arrow of over) drawArrow(svg, arrow);
    for (let row = first; row <= last; row++) drawRow(svg, row);
    canvas.replaceChildren(svg);
  }

  function refilter() {
    shownPeers = peers.map((_, p) => p).filter((p) => !hidden.peers.has(p));
    columnOf = peers.map(() => -1);
    shownPeers.forEach((p, c) => { columnOf[p] = c; });
    rows = [];
    rowOf = events.map((_, i) => (i === data.opening || shows(i) ? rows.push(i) - 1 : -1));
    findArrows();
    drawNames();
    drawn = null;
    canvas.style.height = rows.length * ROW + 'px';
    canvas.style.width = width() + 'px';
    count.textContent = `${rows.length} of ${events.length} records`;
    go(cursor, false);
  }

  // ---- The receipts of one peer at the cursor, newest above, as a graph with lanes ----
  function order(held) {
    const children = new Map(), waits = new Map(), ready = [], result = [];
    const before = (a, b) => receipts[a][1] - receipts[b][1] || (receipts[a][0] < receipts[b][0] ? -1 : 1);
    const push = (r) => { let low = 0, high = ready.length; while (low < high) { const m = (low + high) >> 1; if (before(ready[m], r) > 0) low = m + 1; else high = m; } ready.splice(low, 0, r); };
    for (const r of held) {
      const parents = receipts[r][2].filter((p) => held.has(p));
      waits.set(r, parents.length);
      for (const p of parents) { if (!children.has(p)) children.set(p, []); children.get(p).push(r); }
      if (parents.length === 0) push(r);
    }
    while (ready.length > 0) {
      const r = ready.pop();
      result.push(r);
      for (const c of children.get(r) || []) { waits.set(c, waits.get(c) - 1); if (waits.get(c) === 0) push(c); }
    }
    return result;
  }
  function drawGraph(peer) {
    const state = stateAt(peer, cursor), held = heldAt(peer, cursor), MOST = 300, LANE = 16, HIGH = 22;
    const list = order(held).reverse(), shown = list.slice(0, MOST);
    const fates = new Map((state ? state.fates : []).map(([r, fate]) => [r, fate]));
    const heads = new Set(state ? state.heads : []);
    let lanes = [], widest = 1;
    const svg = make('svg', { role: 'img', 'aria-label': `receipts of ${plain(peers[peer].name)}` });
    const edges = [], nodes = [];
    shown.forEach((r, row) => {
      let lane = lanes.indexOf(r);
      if (lane < 0) { lane = lanes.indexOf(null); if (lane < 0) lane = lanes.push(r) - 1; else lanes[lane] = r; }
      const next = lanes.map((target) => (target === r ? null : target));
      const targets = [];
      receipts[r][2].forEach((parent, k) => {
        let to = next.indexOf(parent);
        if (to < 0) { to = k === 0 || next[lane] === null ? lane : next.indexOf(null); if (to < 0) to = next.length; next[to] = parent; }
        targets.push(to);
      });
      const cy = row * HIGH + HIGH / 2, ny = cy + HIGH;
      lanes.forEach((target, l) => { if (target !== null && target !== r) edges.push([l, cy, l, ny]); else if (target === r && l !== lane) edges.push([l, cy - HIGH, lane, cy]); });
      for (const to of targets) edges.push([lane, cy, to, ny]);
      while (next.length > 0 && next[next.length - 1] === null) next.pop();
      widest = Math.max(widest, lanes.length, next.length);
      nodes.push({ r, lane, cy });
      lanes = next;
    });
    const at = (lane) => 10 + lane * LANE, texts = at(widest) + 6;
    let wide = 0;
    for (const [a, y1, b, y2] of edges) svg.append(make('path', { class: 'edge', d: `M${at(a)},${y1}C${at(a)},${(y1 + y2) / 2} ${at(b)},${(y1 + y2) / 2} ${at(b)},${y2}` }));
    for (const { r, lane, cy } of nodes) {
      const [hash, time, parents, intent, maker] = receipts[r], fate = fates.get(r), head = heads.has(r);
      const name = 'node' + (head ? ' head' : '') + (fate != null && fate !== 1 ? ' dead' : '');
      svg.append(parents.length > 1
        ? make('path', { class: name, d: `M${at(lane)},${cy - 6}l6,6l-6,6l-6,-6z` })
        : make('circle', { class: name, cx: at(lane), cy, r: 5 }));
      const label = `${hash.slice(0, 8)} ${plain(intent)} · ${plain(maker >= 0 ? peers[maker].name : '?')}`;
      const words = [head ? 'head' : null, fate != null ? data.fates[fate] : null].filter(Boolean).join(', ');
      const beside = texts + 7.3 * label.length + 12;
      svg.append(make('text', { x: texts, y: cy + 4, class: fate != null && fate !== 1 ? 'struck' : null }, label, make('title', {}, `${hash}, second ${time}`)));
      if (words) svg.append(make('text', { x: beside, y: cy + 4, class: 'faint' }, words));
      wide = Math.max(wide, beside + 7.3 * words.length + 8);
    }
    svg.setAttribute('width', Math.ceil(wide));
    svg.setAttribute('height', shown.length * HIGH);
    graph.replaceChildren(shown.length > 0 ? svg : make('p', { class: 'facts' }, state && state.up === 'up' ? 'It holds no receipt.' : 'It is not up.'));
    if (list.length > MOST) graph.append(make('p', { class: 'facts' }, `${list.length - MOST} older receipts are not drawn.`));
  }

  // ---- The cursor ----
  const detail = make('section', { 'aria-live': 'polite' }), table = make('section'), graph = make('div', { class: 'graph', style: 'overflow:auto' });
  const graphTitle = make('h2');
  const link = (i) => make('a', { href: linkOf(i), on: { click: (e) => { e.preventDefault(); go(i); } } }, `record ${i}`);
  const who = (p) => (p >= 0 ? plain(peers[p].name) : 'the world');

  function drawDetail() {
    const event = events[cursor], kind = kindOf(cursor);
    const list = (title, items) => (items.length === 0 ? null : make('p', {}, title + ' ', items.slice(0, 12).flatMap((i, k) => [k > 0 ? ', ' : '', link(i), ` (${kindOf(i)} ${who(events[i][PEER])})`]), items.length > 12 ? ` and ${items.length - 12} more` : ''));
    detail.replaceChildren(
      make('h2', {}, `Record ${cursor}, event ${event[STEP]}, at ${seconds(event[TIME])}`),
      make('p', { class: 'words' }, make('strong', {}, kind), ' ', who(event[PEER]), event[OTHER] >= 0 ? ` ${{ send: '→', deliver: '←', lost: '→' }[kind] || '↔'} ${who(event[OTHER])}` : '', event[MESSAGE] > 0 ? `, message ${event[MESSAGE]}` : '', make('br'), make('code', {}, plain(event[TEXT]))),
      list('caused by', event[CAUSE] >= 0 ? [event[CAUSE]] : []) || '', list('brought about', effects[cursor]) || '');
  }
  function drawTable() {
    const head = make('tr', {}, [['peer'], ['state'], ['held', 'receipts held'], ['heads'], ['sup.', 'superseded'], ['chg.', 'changed'], ['root', 'state root']].map(([name, words], k) => make('th', { scope: 'col', title: words, class: k > 1 && k < 6 ? 'number' : null }, name)));
    const body = peers.map((peer, p) => {
      if (peer.adversary) return null;
      const s = stateAt(p, cursor), root = s && s.up === 'up' && s.root ? roots.get(s.root) : -1;
      const count = (...wanted) => (s ? s.fates.filter(([, fate]) => wanted.includes(data.fates[fate])).length : 0);
      return make('tr', { 'aria-selected': p === chosen ? 'true' : 'false' },
        make('td', {}, make('button', { 'aria-label': `receipts of ${plain(peer.name)}`, on: { click: () => { chosen = p; drawTable(); drawGraph(p); } } }, plain(peer.name))),
        make('td', {}, s ? (s.safe ? 'safe mode' : s.up) : 'absent'), make('td', { class: 'number' }, s ? s.receipts : 0), make('td', { class: 'number' }, s ? s.heads.length : 0),
        make('td', { class: 'number' }, count('superseded', 'final')), make('td', { class: 'number' }, count('changed')),
        make('td', {}, root >= 0 ? [make('span', { class: 'swatch', style: `background:${PALETTE[root % PALETTE.length]}` }, letters(root)), ' ', make('code', { title: s.root }, s.root.slice(0, 8))] : '–'));
    });
    const groups = new Set(peers.map((peer, p) => { const s = peer.adversary ? null : stateAt(p, cursor); return s && s.up === 'up' ? s.root : null; }).filter(Boolean));
    table.replaceChildren(make('h2', {}, 'Peers at this record'), make('table', {}, head, body),
      make('p', { class: 'facts' }, groups.size === 0 ? 'Nobody is up.' : groups.size === 1 ? 'All that are up have one state root.' : `${groups.size} different state roots. Equal letters are equal roots.`));
    graphTitle.textContent = `Receipts of ${plain(peers[chosen].name)}`;
  }

  let telling = 0;
  function go(i, move) {
    if (events.length === 0) return;
    cursor = Math.max(0, Math.min(events.length - 1, i));
    const row = rowFrom(cursor);
    const at = row * ROW, view = diagram.clientHeight;
    if (move !== false ? at < diagram.scrollTop + ROW || at > diagram.scrollTop + view - 4 * ROW : true)
      diagram.scrollTop = Math.max(0, at - view / 2);
    drawn = null;
    draw();
    drawDetail();
    drawTable();
    drawGraph(chosen);
    // Browsers refuse to be told of many steps in a second, as when a key is held down.
    clearTimeout(telling);
    telling = setTimeout(() => history.replaceState(null, '', linkOf(cursor)), 120);
  }
  function step(by) {
    let row = rowOf[cursor];
    if (row < 0) { row = rowFrom(cursor); if (by > 0) by -= 1; }
    row = Math.max(0, Math.min(rows.length - 1, row + by));
    if (rows.length > 0) go(rows[row]);
  }
  function seek(by) {
    for (let row = (rowOf[cursor] < 0 ? rowFrom(cursor) : rowOf[cursor]) + by; row >= 0 && row < rows.length; row += by)
      if (isFault(rows[row])) { go(rows[row]); return; }
  }
  const page = () => Math.max(1, Math.floor(diagram.clientHeight / ROW) - 3);
  const KEYS = {
    ArrowDown: () => step(1), ArrowUp: () => step(-1), j: () => step(1), k: () => step(-1), PageDown: () => step(page()), PageUp: () => step(-page()),
    Home: () => step(-events.length), End: () => step(events.length), f: () => seek(1), F: () => seek(-1),
    c: () => { if (events[cursor][CAUSE] >= 0) go(events[cursor][CAUSE]); }, o: () => go(data.opening),
  };

  // ---- The page ----
  const count = make('span', { class: 'facts' });
  function check(set, value, label) {
    return make('label', {}, make('input', { type: 'checkbox', checked: !set.has(value), on: { change: (e) => { if (e.target.checked) set.delete(value); else set.add(value); refilter(); } } }), ' ', label);
  }
  const button = (label, words, key) => make('button', { type: 'button', title: words, 'aria-label': words, on: { click: () => KEYS[key]() } }, label);
  const failed = data.failure !== null;
  document.body.append(
    make('header', {},
      make('h1', {}, plain(data.title)), make('span', { class: 'verdict ' + (failed ? 'bad' : 'good') }, (failed ? '✗ ' : '✓ ') + data.verdict),
      make('div', { class: 'facts' }, plain(`${data.scenario}, seed ${data.seed}; ${data.steps} events, ${seconds(data.virtual_us)} of virtual time; hash ${data.hash}; framesim ${data.commit}, ${data.crypto}`)),
      failed ? make('pre', { class: 'failure' }, plain(data.failure)) : '',
      failed ? make('div', { class: 'facts' }, data.explained ? 'Opened at the first event from which on no future was seen without the failure.' : 'Opened where the failure shows first: what led to the failed check, or the last change of what anybody holds.') : ''),
    make('div', { class: 'bar' },
      make('fieldset', {}, make('legend', {}, 'go to'), button('first', 'first record (Home)', 'Home'), button('◀', 'record before (arrow up)', 'ArrowUp'), button('▶', 'next record (arrow down)', 'ArrowDown'), button('last', 'last record (End)', 'End'),
        button('◀ fault', 'fault before (F)', 'F'), button('fault ▶', 'next fault (f)', 'f'), button('cause', 'what caused this record (c)', 'c'), button('opening', 'where the report opens (o)', 'o')),
      make('fieldset', {}, make('legend', {}, 'show'), GROUPS.map(([group]) => check(hidden.groups, group, group))),
      make('fieldset', {}, make('legend', {}, 'messages'), types.map((type) => check(hidden.types, type, plain(type)))),
      make('details', {}, make('summary', {}, 'peers'), make('fieldset', {}, peers.map((peer, p) => check(hidden.peers, p, plain(peer.name))))),
      make('input', { type: 'search', placeholder: 'words', 'aria-label': 'only records with these words', on: { input: (e) => { hidden.search = e.target.value.toLowerCase(); refilter(); } } }), count),
    make('main', {}, diagram, make('div', { class: 'side' }, detail, table, graphTitle, graph,
      make('p', { class: 'facts' }, make('kbd', {}, '↓'), ' ', make('kbd', {}, '↑'), ' step, ', make('kbd', {}, 'Home'), ' ', make('kbd', {}, 'End'), ' first and last, ', make('kbd', {}, 'f'), ' ', make('kbd', {}, 'F'), ' next fault and the one before, ', make('kbd', {}, 'c'), ' cause, ', make('kbd', {}, 'o'), ' opening. Filled circles are heads, diamonds merge receipts; struck out is what is refused or superseded.'))));
  document.title = `framesim: ${plain(data.title)}`;
  let pending = false;
  diagram.addEventListener('scroll', () => { if (!pending) { pending = true; requestAnimationFrame(() => { pending = false; draw(); }); } });
  addEventListener('resize', () => { drawn = null; draw(); });
  addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target.type === 'search') return;
    if (KEYS[e.key]) { e.preventDefault(); KEYS[e.key](); }
  });
  addEventListener('hashchange', () => { const i = recordOf(location.hash); if (i !== null && location.hash !== linkOf(cursor)) go(i); });
  cursor = recordOf(location.hash) ?? data.opening;
  refilter();
  diagram.focus({ preventScroll: true });
})();
