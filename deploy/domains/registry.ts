import { fields, text } from "../engine/schema";
import { deployable } from "../engine/system";

export const registry = deployable("registry", {
  says: "Titles of models, their versions, and the proof that a version is defective.",
  parameters: fields({ metadata: text("URI of what shops show about the collection of titles (ERC-7572)") }),
  usual: { metadata: 'data:application/json,{"name":"Isonomy Model Titles"}' },
  contracts: {
    ModelRegistry: (m, { Authority }, { metadata }) => m.contract("ModelRegistry", [Authority, metadata]),
  },
  readings: ({ metadata }) => [
    { what: "metadata", contract: "ModelRegistry", call: "contractURI", expected: metadata },
  ],
});
