import { checked } from "../base/checked";
import { HASH_BYTES, TreeBuilder, type Primitives } from "./kernel";

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Root of the RFC 9162 tree over hashes of leaves, of which there must be one at least.
 * @throws `ARGUMENT_INVALID` without a leaf.
 * @example
 * ```ts
 * const root = rootOf(platform.primitives, leaves);
 * ```
 */
export const rootOf = /* @__PURE__ */ checked((primitives: Primitives, leaves: readonly Uint8Array[]): Uint8Array => {
  const builder = new TreeBuilder(primitives.sha256);
  for (const leaf of leaves) builder.push(1, leaf);
  return builder.root();
});

/**
 * Siblings of one leaf, from its level upwards.
 * @param index The leaf's place, from 0.
 * @example
 * ```ts
 * const path = pathOf(platform.primitives, leaves, 2);
 * ```
 */
export const pathOf = /* @__PURE__ */ checked(
  (primitives: Primitives, leaves: readonly Uint8Array[], index: number): Uint8Array[] => {
    const builder = new TreeBuilder(primitives.sha256, index);
    for (const leaf of leaves) builder.push(1, leaf);
    builder.root();
    return builder.path;
  },
);

/**
 * Whether the path leads from the leaf to the root, with exactly as many steps as the tree's shape asks for.
 * @param count How many leaves the tree has; `index` is the leaf's place, from 0.
 * @example
 * ```ts
 * const leaf = leaves[2]!;
 * const path = pathOf(platform.primitives, leaves, 2);
 * verifyPath(platform.primitives, rootOf(platform.primitives, leaves), leaves.length, 2, leaf, path); // true
 * ```
 */
export const verifyPath = /* @__PURE__ */ checked(
  (
    primitives: Primitives,
    root: Uint8Array,
    count: number,
    index: number,
    leaf: Uint8Array,
    path: readonly Uint8Array[],
  ): boolean => {
    if (index < 0 || index >= count) return false;
    const join = new Uint8Array(1 + 2 * HASH_BYTES);
    join[0] = 0x01;
    let [node, last, hash] = [index, count - 1, leaf];

    for (const sibling of path) {
      if (last === 0) return false;
      const isRight = node % 2 === 1 || node === last;
      join.set(isRight ? sibling : hash, 1);
      join.set(isRight ? hash : sibling, 1 + HASH_BYTES);
      hash = primitives.sha256(join);
      // a last node without a right neighbour rises unchanged until it is somebody's right child
      while (isRight && node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
      [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    }
    return last === 0 && same(hash, root);
  },
);
