/** Answers what the npm package quill-delta makes of the cases on standard input, one JSON document each way. */

import Delta from "quill-delta";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const cases = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const answers = cases.map(({ document, a, b }) => {
  const [base, left, right] = [new Delta(document), new Delta(a), new Delta(b)];
  return {
    applied: base.compose(left).ops,
    composed: left.compose(left.transform(right, true)).ops,
    after: left.transform(right, true).ops, // a reached the server first
    before: left.transform(right, false).ops, // b did
    inverted: left.invert(base).ops,
  };
});
process.stdout.write(JSON.stringify(answers));
