import { domains } from "../domains";

/** What `readPermissions` needs of each contract, for those who have no compiled contracts at hand. */
export const privilegedAbis: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  domains.flatMap(({ contracts, permissions, reads }) =>
    contracts.flatMap((name) => {
      const calls = permissions.filter(({ contract }) => contract === name);
      const fragments = [...(reads[name] ?? []), ...calls.map(({ signature }) => `function ${signature}`)];
      return fragments.length === 0 && reads[name] === undefined ? [] : [[name, fragments]];
    }),
  ),
);
