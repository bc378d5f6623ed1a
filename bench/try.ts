import hre from "hardhat";
import { Chain } from "./lib/chain";
async function main() {
  const chain = new Chain(hre);
  const [, , file, fn] = process.argv;
  const m = await import("./peers/" + file);
  await chain.reset();
  const t = Date.now();
  console.log(await m[fn](chain), Date.now() - t, "ms");
}
main().catch((e) => { console.error(e); process.exit(1); });
