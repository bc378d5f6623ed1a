import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { InterfaceAbi } from "ethers";

export const BENCH_ROOT = join(__dirname, "..");
export const PEER_MODULES = join(BENCH_ROOT, "node_modules");

export interface Artifact {
  name: string;
  abi: InterfaceAbi;
  bytecode: string;
}

interface ArtifactFile {
  contractName?: string;
  abi: InterfaceAbi;
  bytecode?: string | { object: string };
  evm?: { bytecode: { object: string } };
}

/**
 * Reads a compiled contract out of a peer's npm package. Truffle, Hardhat, Waffle and Foundry each
 * keep the creation code somewhere else.
 */
export function peerArtifact(file: string): Artifact {
  const path = join(PEER_MODULES, file);
  if (!existsSync(path)) {
    throw new Error(`The peer artifact ${file} is missing. Run "npm ci --prefix bench" and try again.`);
  }
  const parsed: ArtifactFile = JSON.parse(readFileSync(path, "utf8"));
  const code =
    typeof parsed.bytecode === "string" ? parsed.bytecode : (parsed.bytecode ?? parsed.evm?.bytecode)?.object;
  if (code === undefined || code === "" || code === "0x") throw new Error(`${file} carries no creation code.`);
  return {
    name: parsed.contractName ?? file.replace(/^.*\//, "").replace(/\.json$/, ""),
    abi: parsed.abi,
    bytecode: code.startsWith("0x") ? code : `0x${code}`,
  };
}

/** The same of a package that keeps the ABI and the creation code of a contract in two files, as SingularityNET's does. */
export function peerParts(name: string, folder: string): Artifact {
  const [abi, bytecode] = ["abi", "bytecode"].map((part) => {
    const path = join(PEER_MODULES, folder, part, `${name}.json`);
    if (!existsSync(path)) {
      throw new Error(`The peer artifact ${path} is missing. Run "npm ci --prefix bench" and try again.`);
    }
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  });
  return { name, abi: abi as InterfaceAbi, bytecode: bytecode as string };
}
