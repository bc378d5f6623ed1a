// What a page computes about pools without ethers: the curve, routes and positions, equal to the contract's to the wei.
export * from "./curve";
export * from "./position";
export * from "./route";
