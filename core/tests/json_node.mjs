// SPDX-License-Identifier: Apache-2.0
// The language's own answer to § 2, for test_json_node.c. Each line of input is a document in hex;
// its line of output says whether it parses, whether it is its own canonical form, and what that is:
// "syntax", or "no HEX HASH", or "yes HEX HASH".
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// Keys go in sorted; that array indices come out first is the language's doing [E1].
function sorted(value) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(sorted);
    const result = {};
    for (const key of Object.keys(value).sort()) result[key] = sorted(value[key]); // drops __proto__ [E2]
    return result;
}

// Without lone surrogates?
function wellFormed(text) {
    return Buffer.from(text, 'utf8').toString('utf8') === text;
}

// What § 2 wants beyond being what JSON.stringify prints.
function allowed(value, depth) {
    if (typeof value === 'number') return Number.isSafeInteger(value);
    if (typeof value === 'string') return wellFormed(value);
    if (value === null || typeof value !== 'object') return true;
    return depth < 32 && Object.entries(value).every(
        ([key, member]) => wellFormed(key) && allowed(member, depth + 1));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const answers = readFileSync(0, 'latin1').split('\n').slice(0, -1).map((line) => {
    let text;
    let value;
    try {
        text = decoder.decode(Buffer.from(line, 'hex'));
        value = JSON.parse(text);
    } catch {
        return 'syntax';
    }
    const canonical = JSON.stringify(sorted(value));
    const bytes = Buffer.from(canonical, 'utf8');
    const verdict = canonical === text && allowed(value, 0) ? 'yes' : 'no';
    return `${verdict} ${bytes.toString('hex')} ${createHash('sha256').update(bytes).digest('hex')}`;
});
process.stdout.write(answers.map((answer) => `${answer}\n`).join(''));
