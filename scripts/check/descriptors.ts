// Every call that has a descriptor has words for each of its values, short enough for a small screen.
import { id } from "ethers";

import { CONTRACT_NAMES, type ContractName } from "../../sdk/src/addresses";
import { descriptorsOf } from "../page/descriptors";

const contracts = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${id(name).slice(-40)}`]));
const all = descriptorsOf({ chainId: 1, contracts: contracts as Record<ContractName, string> });
const calls = [...all.values()].reduce((sum, { display }) => sum + Object.keys(display.formats).length, 0);
console.log(`  ${calls} calls of ${all.size} contracts are described for hardware wallets.`);
