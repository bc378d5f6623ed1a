// Writes the table of fields of docs/card.md from the schema of a card. With CHECK=true it writes nothing and fails when the page is stale.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { modelCardSchema } from "../../sdk/src/card";
import { generate, keep } from "./lib/keep";

const PAGE = "docs/card.md";
const [BEGIN, END] = ["<!-- fields: npm run docs:card -->", "<!-- end of fields -->"];

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const count = (value: number): string => value.toLocaleString("en");
const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

/** What a field may hold. */
function form(schema: Schema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.type === "array") {
    const entries = `${schema.minItems === undefined ? "up to" : `${schema.minItems} to`} ${count(schema.maxItems!)}`;
    return schema.items!.properties === undefined ? `${entries}: ${form(schema.items!)}` : `${entries} objects`;
  }
  if (schema.type !== "string") return schema.type!;
  const [, schemes] = /^\^\(?([a-z|?]+)\)?:\/\//.exec(schema.pattern ?? "") ?? [];
  const length = schema.maxLength === undefined ? "" : `, up to ${count(schema.maxLength)} characters`;
  if (schema.format === "uri") return `address${schemes === undefined ? "" : ` by ${schemeNames(schemes)}`}${length}`;
  const shaped = schema.pattern === undefined || schema.pattern === "\\S" ? "text" : code(schema.pattern);
  return `${shaped}${length}`;
}

const schemeNames = (pattern: string): string =>
  (pattern === "https?" ? ["http", "https"] : pattern.split("|")).join(" or ");

function rows(schema: Schema, path = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const required = schema.required?.includes(name) === true ? "yes" : "";
    const own = `| \`${path}${name}\` | ${field.description!} | ${form(field)} | ${required} |`;
    const inside = field.items ?? field;
    return [own, ...rows(inside, `${path}${name}${field.items === undefined ? "." : "[]."}`)];
  });
}

generate(async () => {
  const page = readFileSync(join(__dirname, "../..", PAGE), "utf8");
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before === -1 || after === -1) throw new Error(`${PAGE} has no place for the fields.`);
  const table = ["| field | what it is | what it may hold | required |", "| --- | --- | --- | --- |"];
  const fields = [...table, ...rows(modelCardSchema)].join("\n");
  await keep({ [PAGE]: `${page.slice(0, before)}${BEGIN}\n\n${fields}\n\n${page.slice(after)}` }, "docs:card");
});
