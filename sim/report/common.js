// SPDX-License-Identifier: Apache-2.0
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);

// Text from outside only ever becomes a text node or an attribute's value.
function make(name, attributes, ...children) {
  const svg = ['svg', 'g', 'line', 'rect', 'circle', 'path', 'text', 'title', 'polyline', 'polygon'].includes(name);
  const node = svg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === 'on') for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (value !== false && value != null) node.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat())
    if (child != null) node.append(child);
  return node;
}

// Characters that are not to be seen, or turn the direction of others, are shown by number.
function plain(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

// Okabe and Ito's colours, which can be told apart by those who see some colours alike; letters say the same.
const PALETTE = ['#56b4e9', '#e69f00', '#009e73', '#f0e442', '#cc79a7', '#d55e00', '#7fb2ff', '#b3b3b3'];
function letters(n) {
  let text = '';
  for (n += 1; n > 0; n = Math.floor((n - 1) / 26)) text = String.fromCharCode(65 + (n - 1) % 26) + text;
  return text;
}
function seconds(us) {
  return (us / 1e6).toFixed(3) + ' s';
}
