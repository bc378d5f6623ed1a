export { addressBook, deploymentOn } from "./book";
export { CONTRACT_NAMES, isContractName, type ContractName } from "./contracts";
export { parseDeployment, type Deployment, type KnownToken, type PartialDeployment } from "./deployment";
