// SPDX-License-Identifier: Apache-2.0
// report_browser.mjs FRAMESIM: the page in a browser: no error, nothing asked of a network, keys that step. Exit code 77
// where there is no chromium. It is talked to over a pipe, in the DevTools protocol.
import assert from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => {
  try { execFileSync(path, ['--version'], { stdio: 'ignore' }); return true; } catch { return false; }
});
if (!browserPath) {
  console.log('skipped: no chromium here');
  process.exit(77);
}
const folder = mkdtempSync(join(tmpdir(), 'framesim-report-'));
const framesim = process.argv[2];
const make = (name, ...words) => { execFileSync(framesim, ['report', ...words, '--html', join(folder, name)]); return join(folder, name); };
const pages = {
  run: make('run.html', 'scenarios/showcase.scn'),
  storm: make('storm.html', 'scenarios/swarm/a-crowd.scn', '--seed', '1', '--crypto', 'ideal'),
};
execFileSync(framesim, ['campaign', 'scenarios/showcase.scn', '--seeds', '1..4', '--jobs', '1', '--quiet', '--out', join(folder, 'found')], { stdio: 'ignore' });
pages.campaign = make('campaign.html', '--campaign', join(folder, 'found'));

const browser = spawn(browserPath, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-pipe', `--user-data-dir=${join(folder, 'profile')}`, '--window-size=1600,1000', 'about:blank'],
{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const waiting = new Map(), heard = [];
let serial = 0, rest = '';
browser.stdio[4].on('data', (bytes) => {
  const parts = (rest + bytes).split('\0');
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) { waiting.get(message.id)(message); waiting.delete(message.id); } else heard.push(message);
  }
});
let session;
function send(method, params = {}) {
  const id = ++serial;
  browser.stdio[3].write(JSON.stringify({ id, method, params, ...(session ? { sessionId: session } : {}) }) + '\0');
  return new Promise((resolve, reject) => waiting.set(id, (m) => (m.error ? reject(new Error(m.error.message)) : resolve(m.result))));
}
async function evaluate(expression) {
  const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
  assert.ok(!exceptionDetails, JSON.stringify(exceptionDetails));
  return result.value;
}
async function until(what, expression) {
  for (let i = 0; i < 400; i++) {
    if (await evaluate(expression)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`in vain: ${what}`);
}
async function press(key, code = key) {
  await send('Input.dispatchKeyEvent', { type: 'keyDown', key, code, ...(key.length === 1 ? { text: key } : {}) });
  await send('Input.dispatchKeyEvent', { type: 'keyUp', key, code });
}
const open = async (url) => {
  await send('Page.navigate', { url: 'about:blank' });
  await send('Page.navigate', { url });
  await until('the page', "document.readyState === 'complete' && document.querySelector('header') !== null");
};
const cursor = () => evaluate("Number(/^Record (\\d+),/.exec(document.querySelector('.side h2').textContent)[1])");

let failure = null;
try {
  const { targetInfos } = await send('Target.getTargets');
  ({ sessionId: session } = await send('Target.attachToTarget', { targetId: targetInfos.find((t) => t.type === 'page').targetId, flatten: true }));
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);

  await open(`file://${pages.run}`);
  assert.equal(await cursor(), 0);
  assert.equal(await evaluate("document.querySelector('h1').textContent"), 'Five devices of one person come to one state');
  await press('ArrowDown');
  assert.equal(await cursor(), 1);
  await press('ArrowUp');
  assert.equal(await cursor(), 0);
  await press('f');
  assert.ok((await cursor()) > 10, 'f finds no fault');
  await press('End');
  assert.equal(await cursor(), (await evaluate('data.events.length')) - 1);
  assert.ok(await evaluate("/All that are up have one state root/.test(document.querySelector('.side').textContent)"));
  assert.equal(await evaluate("document.querySelectorAll('.graph .node').length"), 10);
  assert.equal(await evaluate("document.querySelectorAll('.graph .struck').length"), 1);
  await until('the link names the event', "location.hash.startsWith('#event-' + data.events.at(-1)[1])");
  const link = await evaluate('location.hash');
  await press('Home');
  assert.equal(await cursor(), 0);

  await open(`file://${pages.run}${link}`);
  assert.equal(await cursor(), (await evaluate('data.events.length')) - 1, 'a link leads somewhere else');
  await open(`file://${pages.run}#event-84`);
  assert.equal(await cursor(), await evaluate('data.events.findIndex((event) => event[1] === 84)'));
  assert.ok(await evaluate("document.querySelector('.row-cursor') !== null"), 'the cursor is not in sight');
  await press('c');
  assert.ok((await cursor()) < (await evaluate('data.events.findIndex((event) => event[1] === 84)')), 'c goes to no cause');
  const before = await evaluate("document.querySelector('.bar > .facts').textContent");
  await evaluate("[...document.querySelectorAll('.bar label')].find((l) => l.textContent.trim() === 'messages').querySelector('input').click()");
  assert.notEqual(await evaluate("document.querySelector('.bar > .facts').textContent"), before);
  await evaluate("document.querySelector('.bar input[type=checkbox]').focus()");
  await press('Home');
  assert.ok((await cursor()) < 10, 'keys do nothing where a filter has the focus');

  await open(`file://${pages.storm}`);
  assert.ok(await evaluate('data.events.length > 5000'), 'the storm is too small to show anything');
  await open(`file://${pages.storm}#event-200`);
  assert.ok(await evaluate("document.querySelectorAll('.diagram .band').length > 0"), 'no blocked link is to be seen');
  assert.equal(await evaluate(`(() => {
    const at = [...document.querySelectorAll('.diagram .band')].map((band) => ['x', 'y', 'width', 'height'].map((name) => Number(band.getAttribute(name))));
    return at.filter(([x, y, w, h], i) => at.some(([x2, y2, w2, h2], k) => k < i && w === w2 && x < x2 + w2 && x2 < x + w && y < y2 + h2 && y2 < y + h)).length;
  })()`), 0, 'bands lie on one another');
  await press('End');
  await press('PageUp');
  assert.ok((await evaluate("document.querySelectorAll('.diagram svg *').length")) < 6000, 'more is drawn than is in sight');

  await open(`file://${pages.campaign}`);
  assert.ok(await evaluate("/none of 4 runs failed/.test(document.body.textContent)"));
  assert.ok(await evaluate("document.querySelectorAll('.probes li').length > 100 && document.querySelectorAll('svg.plot, table').length >= 1"));

  for (const message of heard) {
    assert.notEqual(message.method, 'Runtime.exceptionThrown', JSON.stringify(message.params));
    if (message.method === 'Log.entryAdded') assert.notEqual(message.params.entry.level, 'error', message.params.entry.text);
    if (message.method === 'Network.requestWillBeSent') assert.match(message.params.request.url, /^(file|data|about):/);
  }
} catch (error) {
  failure = error;
}
const gone = new Promise((resolve) => browser.once('exit', resolve));
browser.kill('SIGKILL');
await gone;
rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
if (failure) {
  console.error(failure);
  process.exit(1);
}
console.log('the page works');
