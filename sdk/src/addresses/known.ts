// Written by `npm run deploy`, from the address books of the public networks.
import type { Deployment } from "./deployment";

export const KNOWN: Readonly<Record<number, Deployment>> = {};
