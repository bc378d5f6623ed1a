import { ethers } from "hardhat";
export async function profile(hash: string, label: string) {
  const t = await ethers.provider.send("debug_traceTransaction", [hash, { disableMemory: true, disableStorage: true }]);
  const by: Record<string, number> = {}; const ops: Record<string, number> = {}; const cat: Record<string, number> = {};
  const logs = t.structLogs; let path: string[] = ["0"]; let n = 0;
  for (let i = 0; i < logs.length; i++) {
    const l = logs[i]; const next = logs[i + 1];
    while (path.length > l.depth) path.pop();
    while (path.length < l.depth) path.push(String(++n));
    let cost = l.gasCost;
    if (next && next.depth > l.depth) { cost = 0; }
    else if (next && next.depth === l.depth) cost = l.gas - next.gas;
    const key = path.join(".");
    if (l.op.includes("CALL") && next && next.depth > l.depth) { const to = l.stack[l.stack.length - 2]; by["->" + (key + "." + (n + 1))] = Number("0x" + to.slice(-4).replace("0x","")) ; }
    by[key] = (by[key] ?? 0) + cost;
    const big = ["SLOAD", "SSTORE", "LOG1", "LOG2", "LOG3", "LOG4", "CALL", "STATICCALL"].includes(l.op) ? l.op : "exec";
    cat[key + ":" + big] = (cat[key + ":" + big] ?? 0) + cost;
  }
  console.log(label, t.gas, Object.fromEntries(Object.entries(by).filter(([k]) => !k.startsWith("->"))));
  console.log(Object.fromEntries(Object.entries(cat).filter(([, v]) => v > 300)));
}
