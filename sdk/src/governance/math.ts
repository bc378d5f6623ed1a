// What a page computes about votes without ethers: the units of a balance, ballots, and how votes are spread.
export * from "./ballot";
export * from "./concentration";
export * from "./units";
