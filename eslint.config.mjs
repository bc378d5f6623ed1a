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
    // what pages is made here
    files: ["sdk/src/chain/**"],
    rules: { "no-restricted-syntax": ["error", ...ADDRESSES] },
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
              regex: "^\\.\\./(?!\\.\\./sdk/src/(addresses|chain|errors|files|rpc|text)(/|$))",
              message: "deploy/engine/ is told what it deploys: take it from a System.",
            },
          ],
        },
      ],
    },
  },
  { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
