// Every relative link in a Markdown file must lead to a file, and every anchor to a heading of it.
const { readFileSync, existsSync, statSync } = require("node:fs");
const { dirname, join, relative } = require("node:path");
const { ROOT } = require("../tools/run.cjs");
const { anchorsOf, markdownFiles } = require("./markdown.cjs");

const broken = [];
let count = 0;
for (const file of markdownFiles()) {
  const text = readFileSync(file, "utf8").replace(/```[\s\S]*?```/g, "");
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/i.test(target)) continue;
    count++;
    const [path, anchor] = target.split("#");
    const linked = path === "" ? file : join(dirname(file), path);
    if (!existsSync(linked)) broken.push(`${relative(ROOT, file)}: ${target} does not exist`);
    else if (anchor !== undefined && statSync(linked).isFile()) {
      const lines = [...readFileSync(linked, "utf8").matchAll(/^#+\s+(.*)$/gm)];
      const headings = anchorsOf(lines.map(([, heading]) => heading));
      if (!headings.includes(anchor)) broken.push(`${relative(ROOT, file)}: no heading for ${target}`);
    }
  }
}
if (broken.length > 0) {
  console.error(broken.join("\n"));
  process.exit(1);
}
console.log(`  ${count} links lead somewhere.`);
