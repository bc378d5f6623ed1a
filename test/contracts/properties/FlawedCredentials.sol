// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title FlawedCredentials
/// @notice Personal credentials with one flaw: flaw n breaks the n-th property of a credential. 0 means no flaw.
/// @dev Anyone may attest: the tests of the properties are its only users.
contract FlawedCredentials {
    uint256 private immutable FLAW;
    address private immutable ISSUER = msg.sender;

    mapping(address account => bytes32 nullifier) public nullifierOf;
    mapping(bytes32 nullifier => address account) public holderOf;
    mapping(bytes32 attestation => bool) private _used;

    error FlawedCredentials_Refused();

    constructor(uint256 flaw) {
        FLAW = flaw;
    }

    function present(address account, bytes32 nullifier, uint256 nonce) external {
        bytes32 attestation = keccak256(abi.encode(account, nullifier, nonce));
        _require(msg.sender == account || FLAW == 3);
        _require(!_used[attestation] || FLAW == 7);
        _require(holderOf[nullifier] == address(0) || holderOf[nullifier] == account || FLAW == 4);
        _require(nullifierOf[account] == 0 || nullifierOf[account] == nullifier || FLAW == 5);
        _used[attestation] = true;
        (nullifierOf[msg.sender], holderOf[nullifier]) = (nullifier, msg.sender);
    }

    function revoke(address account) external {
        _require(msg.sender == ISSUER || FLAW == 6);
        _end(account);
    }

    function renounce() external {
        _end(msg.sender);
    }

    function transferFrom(address from, address to, uint256) external {
        _require(FLAW == 1);
        nullifierOf[to] = nullifierOf[from];
        _end(from);
    }

    function supportsInterface(bytes4) external view returns (bool) {
        return FLAW == 2;
    }

    function _end(address account) private {
        _require(nullifierOf[account] != 0);
        delete holderOf[nullifierOf[account]];
        delete nullifierOf[account];
    }

    function _require(bool condition) private pure {
        require(condition, FlawedCredentials_Refused());
    }
}
