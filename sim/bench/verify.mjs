// SPDX-License-Identifier: Apache-2.0
// verify.mjs FILE: the benchmark's peer in JavaScript. Verifies a chain without forks: canonical form of what is hashed, hashes,
// links and signatures, as bench_chain has the core do it; once as it starts, and then again and again.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const HOT_PASSES = 4;
const unsigned = new Set(['publicKey', 'receiptHash', 'signature']);

function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(',')}}`;
}

function sha256(text) {
  return createHash('sha256').update(text).digest();
}

function keyOf(hex) {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(hex, 'hex')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function pass(text) {
  const receipts = JSON.parse(text);
  let previous = null;
  let root = null;
  const key = keyOf(receipts[0].publicKey);
  for (const receipt of receipts) {
    const signable = {};
    for (const name of Object.keys(receipt)) if (!unsigned.has(name)) signable[name] = receipt[name];
    const hash = sha256(canonical(signable));
    if (hash.toString('hex') !== receipt.receiptHash) throw new Error('receipt_hash');
    if (sha256(canonical(receipt.inputPayload)).toString('hex') !== receipt.inputHash) throw new Error('input_hash');
    if (receipt.previousReceiptHash !== previous) throw new Error('link');
    if (root !== null && receipt.previousStateRoot !== root) throw new Error('state_link');
    if (receipt.publicKey !== receipts[0].publicKey) throw new Error('identity');
    if (!verify(null, hash, key, Buffer.from(receipt.signature, 'hex'))) throw new Error('signature');
    previous = receipt.receiptHash;
    root = receipt.nextStateRoot;
  }
  return receipts.length;
}

function timed(text, passes) {
  const begin = process.hrtime.bigint();
  let receipts = 0;
  for (let i = 0; i < passes; i++) receipts += pass(text);
  return receipts / (Number(process.hrtime.bigint() - begin) / 1e9);
}

const text = readFileSync(process.argv[2], 'utf8');
console.log(`verify node-fresh ${timed(text, 1).toPrecision(6)} receipts/s`);
console.log(`verify node-hot ${timed(text, HOT_PASSES).toPrecision(6)} receipts/s`);
