// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title ContractMetadata
/// @notice ERC-7572 metadata of a collection, changed only through the Authority.
abstract contract ContractMetadata is AccessManaged {
    string private _contractUri;

    /// @notice The collection's metadata moved (ERC-7572).
    event ContractURIUpdated();

    constructor(address authority, string memory contractUri) AccessManaged(authority) {
        _contractUri = contractUri;
    }

    /// @notice Replaces the collection's display metadata. Only through the Authority.
    /// @dev Reverts with `AccessManagedUnauthorized` for anyone else. Emits {ContractURIUpdated}. Touches no right.
    function setContractURI(string calldata uri) external restricted {
        _contractUri = uri;
        emit ContractURIUpdated();
    }

    /// @notice Where the collection's metadata is found (ERC-7572).
    function contractURI() external view returns (string memory) {
        return _contractUri;
    }
}
