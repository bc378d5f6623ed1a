import { createTar, parseTar } from "nanotar";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { Script, createContext } from "node:vm";
import originalModel, { type Model } from "wink-eng-lite-web-model";
import winkNLP, { type ItemSentence } from "wink-nlp";

/** What the model says of one sentence. */
export interface Analysis {
  sentence: string;
  /** From -1 (bad) to 1 (good). */
  sentiment: number;
  tokens: { text: string; pos: string }[];
}

/** Reads texts, sentence by sentence. */
export type Analyse = (text: string) => Analysis[];

const PACKAGE = "wink-eng-lite-web-model";

/** What the model consists of: its data and the code that reads it, with licence and description. */
const PARTS = [/^LICENSE$/, /^README\.md$/, /^package\.json$/, /^dist\//];

/** The model as its package provides it. */
export function originalAnalyser(): Analyse {
  return analyserOf(originalModel);
}

/** Packs the model's real files into one: the same files give the same bytes, on every machine. */
export async function packModel(): Promise<Uint8Array> {
  const root = dirname(require.resolve(`${PACKAGE}/package.json`));
  const names = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((name) => PARTS.some((part) => part.test(name)))
    .sort();
  const files = await Promise.all(names.map(async (name) => ({ name, data: await readFile(join(root, name)) })));
  return createTar(files, { attrs: { mtime: 0, mode: "644", uid: 0, gid: 0, user: "", group: "" } });
}

/**
 * Runs the model from a packed file. The file's code can load only other files of the pack and has no global of Node but `atob`;
 * this keeps an honest model honest, but `node:vm` is no wall against a hostile one: run strangers' models elsewhere.
 */
export function loadModelFrom(file: Uint8Array): Analyse {
  return analyserOf(moduleLoader(file)() as Model);
}

function analyserOf(model: Model): Analyse {
  const nlp = winkNLP(model);
  const { its } = nlp;
  return (text) => {
    const analyses: Analysis[] = [];
    nlp
      .readDoc(text)
      .sentences()
      .each((sentence: ItemSentence) => {
        const words = sentence.tokens().out(its.value) as string[];
        const tags = sentence.tokens().out(its.pos) as string[];
        analyses.push({
          sentence: sentence.out(),
          sentiment: Number(sentence.out(its.sentiment)),
          tokens: words.map((word, index) => ({ text: word, pos: tags[index]! })),
        });
      });
    return analyses;
  };
}

function moduleLoader(file: Uint8Array): () => unknown {
  const files = new Map<string, string>();
  for (const { name, data, type } of parseTar(file)) {
    if (type === "file" && data !== undefined) files.set(name, new TextDecoder().decode(data));
  }
  const description = files.get("package.json");
  if (description === undefined) {
    throw new Error("This file is no packed model: it has no package.json. Pack the model again with packModel().");
  }
  const { main } = JSON.parse(description) as { main: string };

  const context = createContext({ atob }, { codeGeneration: { strings: false, wasm: false } });
  const parseJson = new Script("JSON.parse").runInContext(context) as (text: string) => unknown;
  const loaded = new Map<string, { exports: unknown }>();
  const load = (name: string): unknown => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const source = files.get(name);
    if (source === undefined) {
      throw new Error(`The packed model asks for "${name}", which is not in the file. Pack the model again.`);
    }
    const module = { exports: {} as unknown };
    loaded.set(name, module);
    if (name.endsWith(".json")) {
      module.exports = parseJson(source);
    } else {
      const body = new Script(`(function (module, exports, require) {${source}\n})`, { filename: name });
      const requireFrom = (path: string): unknown => load(posix.join(posix.dirname(name), path));
      (body.runInContext(context) as (...args: unknown[]) => void)(module, module.exports, requireFrom);
    }
    return module.exports;
  };
  return () => load(posix.normalize(main));
}
