import { domain } from "../domain";
import { licenseSentences } from "./sentences";

export const license = domain("license", {
  contracts: ["LicenseToken"],
  permissions: [
    { contract: "LicenseToken", signature: "setModule(address,bool)", role: "ADMIN" },
    { contract: "LicenseToken", signature: "setRights(address,bool,bool)", role: "ADMIN" },
    { contract: "LicenseToken", signature: "setContractURI(string)", role: "ADMIN" },
  ],
  reads: {
    LicenseToken: [
      "function moduleInfo(address module) view returns (uint32 index, bool minting)",
      "function rightsAt(uint32 index) view returns (address module, bool open, bool guarded)",
      "event ModuleSet(address indexed module, uint32 indexed index, bool minting)",
      "event RightsSet(address indexed module, uint32 indexed index, bool open, bool guarded)",
    ],
  },
  contractErrors: licenseSentences,
  commands: ["licences"],
});
