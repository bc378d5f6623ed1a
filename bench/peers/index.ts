import type { Chain } from "../lib/chain";
import type { Figures } from "../lib/types";
import { eas } from "./eas";
import { governor } from "./governor";
import { governorAlpha } from "./governorAlpha";
import { kleros } from "./kleros";
import { mpe } from "./mpe";
import { ocean } from "./ocean";
import { seaport } from "./seaport";
import { uniswapV2 } from "./uniswapV2";
import { uniswapV4 } from "./uniswapV4";
import { unlock } from "./unlock";

export interface Peer {
  name: string;
  measure: (chain: Chain) => Promise<Figures>;
  /** What these artifacts cost when they were chosen; another figure means the way of measuring has changed. */
  known: Figures;
}

export const PEERS: readonly Peer[] = [
  {
    name: "Unlock v15",
    measure: unlock,
    known: {
      purchase: 314_616,
      purchaseReferrer: 350_861,
      purchaseNative: 275_898,
      purchaseNativeFive: 199_147,
      publish: 1_000_325,
      extend: 129_335,
    },
  },
  {
    name: "Ocean v4",
    measure: ocean,
    known: {
      publish: 1_477_712,
      buyDT: 142_906,
      startOrder: 74_864,
      buyFromFreAndOrder: 278_797,
      createLock1: 183_304,
      createLock10: 228_007,
      createLock50: 426_687,
    },
  },
  { name: "EAS", measure: eas, known: { attest: 324_426, attestByDelegation: 340_698, revoke: 81_771 } },
  { name: "Kleros v1", measure: kleros, known: { open: 196_037, pay: 50_596, execute: 70_725 } },
  {
    name: "Seaport 1.6",
    measure: seaport,
    known: { erc20NewHolder: 146_524, nativeNewHolder: 138_288, erc20: 129_424, native: 121_188 },
  },
  {
    name: "SingularityNET MPE",
    measure: mpe,
    known: {
      open: 192_070,
      claimFirst: 67_341,
      claim: 50_241,
      multiClaimFirst: 42_215,
      multiClaim: 25_114,
      addFunds: 33_908,
    },
  },
  {
    name: "Uniswap v2",
    measure: uniswapV2,
    known: {
      swap1: 98_332,
      swap2: 153_538,
      swap3: 208_819,
      swapNative: 101_025,
      createPool: 2_507_004,
      addFirst: 229_010,
      addSecond: 171_850,
      addNew: 137_650,
      addAgain: 120_550,
      remove: 120_355,
    },
  },
  {
    name: "Uniswap v4",
    measure: uniswapV4,
    known: { swap1: 118_278, createPool: 51_520, addFirst: 294_904, addAgain: 149_512, remove: 136_788 },
  },
  {
    name: "OpenZeppelin Governor",
    measure: governor,
    known: {
      delegate: 95_421,
      transfer: 39_035,
      transferDelegated: 104_318,
      propose: 62_910,
      voteFirst: 85_241,
      vote: 65_792,
      queue: 143_721,
      execute: 86_806,
    },
  },
  {
    name: "GovernorAlpha",
    measure: governorAlpha,
    known: { propose: 314_787, voteFirst: 88_795, vote: 71_695 },
  },
];
