import { readFileSync } from "node:fs";

import tseslint from "typescript-eslint";

/** What holds an address is called like this. */
const ADDRESS =
  "/^(account|buyer|creator|deployer|desk|escrow|licensee|opener|payee|payer|proposer|recipient|referrer|seller|sender|token[01]|treasury|verifier|verifyingContract|CREATE_X|NATIVE|.*[aA]ddress|.*Token|token(A|B|In|Out))$/";

/** Addresses are compared by functions: text differs by its spelling. */
const ADDRESSES = [
  {
    selector: `BinaryExpression[operator=/^[!=]==$/]:not(:has(> Literal, > Identifier[name="undefined"])):has(> Identifier[name=${ADDRESS}], > MemberExpression[computed=false][property.name=${ADDRESS}])`,
    message: "Compare addresses by sameAddress or isZeroAddress: text differs by its spelling.",
  },
  {
    selector: `BinaryExpression[operator=/^[!=]==$/] > CallExpression > MemberExpression[property.name="toLowerCase"] > :matches(Identifier[name=${ADDRESS}], MemberExpression[computed=false][property.name=${ADDRESS}])`,
    message: "Compare addresses by sameAddress; as keys of maps and sets, use addressKey.",
  },
];
/** Events are read by what pages: a node that answers for few blocks refuses all at once, and what it refuses stays hidden. */
const EVENTS = {
  selector: "CallExpression > MemberExpression[property.name=/^(queryFilter|getLogs)$/]",
  message: "Read events by Chain.logs, LogPager or PagedProvider: a node may answer for few blocks at a time.",
};

/** A setting that is empty is one that is not set: only these files read the environment. */
const READS_ENVIRONMENT = ["deploy/engine/environment.ts", "scripts/tools/environment.cjs"];
const ENVIRONMENT = {
  selector: 'MemberExpression[object.name="process"][property.name="env"]',
  message: `Read settings by setting() or settings() of ${READS_ENVIRONMENT[0]} (of a .cjs: ${READS_ENVIRONMENT[1]}): an empty one is not set.`,
};

/** The folders of sdk/src/, each after those that it may import. */
const ROOMS = JSON.parse(readFileSync(new URL("sdk/build/rooms.json", import.meta.url), "utf8"));
/** Folders that make what pages. */
const PAGING = ["chain", "rpc"];

/**
 * A folder of the package imports only folders before it, also types, and also later by `import()`. The files beside the folders put
 * them together, so no folder imports one.
 */
const roomRules = ROOMS.flatMap((room, index) => {
  const below = ROOMS.slice(0, index);
  const message = `sdk/src/${room}/ may import only ${[...below, "typechain-types"].join(", ")}: see sdk/build/rooms.json.`;
  // ../errors is the file beside the folder
  const others = below.filter((name) => name !== "errors").map((name) => `${name}(\\x2F|$)`);
  const allowed = [
    ...others,
    ...(below.includes("errors") ? ["errors\\x2F"] : []),
    "(\\.\\.\\x2F){2}typechain-types(\\x2F|$)",
  ];
  return [1, 2].map((depth) => {
    const regex = `^(\\.\\.\\x2F){${depth}}(?!${allowed.join("|")})`;
    const later = ["ImportExpression > Literal", "TSImportType Literal"].map((node) => ({
      selector: `${node}[value=/${regex}/]`,
      message,
    }));
    return {
      files: [depth === 1 ? `sdk/src/${room}/*.ts` : `sdk/src/${room}/*/**`],
      rules: {
        "no-restricted-imports": ["error", { patterns: [{ regex, message }] }],
        "no-restricted-syntax": [
          "error",
          ...[...ADDRESSES, ENVIRONMENT, ...later],
          ...(PAGING.includes(room) ? [] : [EVENTS]),
        ],
      },
    };
  });
});

export default tseslint.config(
  {
    ignores: [
      "node_modules/**",
      "bench/node_modules/**",
      "artifacts/**",
      "cache/**",
      "coverage/**",
      "typechain-types/**",
      "sdk/dist/**",
      "examples/*/dist/**",
      "examples/*/node_modules/**",
      ".isonomy/**",
    ],
  },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // chai's property assertions are expressions
      "@typescript-eslint/no-unused-expressions": "off",
      eqeqeq: "error",
      "prefer-const": "error",
      "no-console": "off",
    },
  },
  {
    // an address has many spellings: sdk/src/addresses/address.ts compares them
    files: ["sdk/src/**", "deploy/**", "scripts/**", "bench/**", "examples/**"],
    rules: {
      "no-restricted-syntax": ["error", ...ADDRESSES, EVENTS],
    },
  },
  {
    files: ["sdk/src/**", "deploy/**", "scripts/**", "hardhat.config.ts"],
    rules: { "no-restricted-syntax": ["error", ...ADDRESSES, EVENTS, ENVIRONMENT] },
  },
  ...roomRules,
  {
    files: READS_ENVIRONMENT,
    rules: { "no-restricted-syntax": ["error", ...ADDRESSES, EVENTS] },
  },
  {
    // what deploys anything knows nothing of what is deployed here
    files: ["deploy/engine/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^\\.\\./(?!\\.\\./sdk/src/(addresses|base|chain|errors|files|rpc|text)(/|$))",
              message: "deploy/engine/ is told what it deploys: take it from a System.",
            },
          ],
        },
      ],
    },
  },
  {
    // a part of the page is used by what it gives out
    files: ["app/src/features/*/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^\\.\\./[^./]+\\x2F", message: "Import another feature by its index." }] },
      ],
    },
  },
  {
    // what reads the chain with ethers works in threads of its own
    files: ["app/src/**"],
    ignores: ["app/src/**/*orker.ts", "app/src/chain/*Source.ts"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(ethers|isonomy\\x2F(market|reading|errors|node|server))$",
              allowTypeImports: true,
              message:
                "It loads ethers, which is a fifth of a megabyte: leave it to a worker, or import it when it is needed.",
            },
          ],
        },
      ],
    },
  },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
