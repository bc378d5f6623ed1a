/** The model of a version: all but the lowest 16 bits of its id. */
export const modelIdOf = (versionId: bigint): bigint => versionId >> 16n;
