// SPDX-License-Identifier: Apache-2.0
// report.mjs JSONL CHROME PAGE: do the forms of one run say the same, and do causes fit what they caused?
import assert from 'node:assert';
import { readFileSync } from 'node:fs';

const [lines, chrome, page] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const records = lines.trimEnd().split('\n').map((line) => JSON.parse(line));
const trace = JSON.parse(chrome);
const data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)[1]);

assert.ok(records.length > 60);
records.forEach((record, i) => {
  assert.equal(record.id, i);
  assert.ok(i === 0 || record.time_us >= records[i - 1].time_us, `record ${i} is before the one before it`);
  if (record.cause === null) return;
  const cause = records[record.cause];
  assert.ok(record.cause < i && cause.time_us <= record.time_us, `record ${i} is before its cause`);
  if (record.kind !== 'deliver') return;
  assert.deepEqual([cause.kind, cause.peer, cause.other, cause.message], ['send', record.other, record.peer, record.message]);
});
for (const kind of ['send', 'deliver', 'lost', 'intent', 'executed', 'acknowledged', 'crash', 'restart', 'line', 'durable'])
  assert.ok(records.some((record) => record.kind === kind), `no ${kind}`);
const every = (kind, cause) => records.filter((record) => record.kind === kind).forEach((record) =>
  assert.equal(records[record.cause]?.kind, cause, `${kind} ${record.id} comes of ${records[record.cause]?.kind}`));
every('deliver', 'send');
every('restart', 'crash');
every('durable', 'append');
every('acknowledged', 'executed');
every('crash', 'line');

assert.equal(trace.traceEvents.filter((event) => event.ph === 'X').length, records.length);
assert.equal(trace.traceEvents.filter((event) => event.ph === 's').length, records.filter((r) => r.kind === 'deliver').length);

assert.equal(data.events.length, records.length);
data.events.forEach((event, i) => assert.deepEqual(
  [event[0], event[1], data.kinds[event[2]], event[6], event[7]],
  [records[i].time_us, records[i].event, records[i].kind, records[i].cause ?? -1, records[i].text]));
assert.ok(data.title.includes('</script>'));
// What arrived at a peer since it last began anew is what its last state counts; parents come first.
data.receipts.forEach(([hash, , parents], i) => {
  assert.match(hash, /^[0-9a-f]{64}$/);
  parents.forEach((parent) => assert.ok(parent < i));
});
data.peers.forEach((peer, p) => {
  const states = data.states.filter((state) => state[1] === p);
  const last = states.at(-1);
  const since = Math.max(0, ...states.filter((state) => state[4]).map((state) => state[0]));
  const held = data.arrivals.filter(([at, who]) => who === p && at >= since).map(([, , receipt]) => receipt);
  assert.equal(new Set(held).size, held.length);
  assert.equal(held.length, last[5], `${peer.name} holds ${held.length}, and its state counts ${last[5]}`);
  const named = new Set(held.flatMap((receipt) => data.receipts[receipt][2]));
  assert.deepEqual([...last[6]].sort(), held.filter((receipt) => !named.has(receipt)).sort());
});
assert.equal(new Set(data.peers.map((_, p) => data.states.filter((state) => state[1] === p).at(-1)[8])).size, 1);
