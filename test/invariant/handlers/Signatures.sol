// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Test} from "forge-std/Test.sol";

import {Permit} from "../../../contracts/utils/Permit.sol";

/// @notice EIP-712 signatures of a campaign's accounts, whose keys it knows.
abstract contract Signatures is Test {
    bytes32 private constant PERMIT_TYPE = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant REQUEST_TYPE = keccak256(
        "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
    );
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    function _signPermit(
        IERC20Permit token,
        uint256 key,
        address spender,
        uint256 value
    ) internal view returns (Permit memory) {
        address owner = vm.addr(key);
        bytes32 content = keccak256(
            abi.encode(PERMIT_TYPE, owner, spender, value, token.nonces(owner), type(uint256).max)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return Permit(value, type(uint256).max, v, r, s);
    }

    /// @dev A request of the key's account that runs until the next second, with its signature.
    function _signRequest(
        ERC2771Forwarder forwarder,
        uint256 key,
        address to,
        uint256 value,
        bytes memory data
    ) internal view returns (ERC2771Forwarder.ForwardRequestData memory request) {
        request.from = vm.addr(key);
        (request.to, request.value, request.gas, request.data) = (to, value, 2_000_000, data);
        request.deadline = uint48(block.timestamp + 1);
        bytes32 content = keccak256(
            abi.encode(
                REQUEST_TYPE,
                request.from,
                to,
                value,
                request.gas,
                forwarder.nonces(request.from),
                request.deadline,
                keccak256(data)
            )
        );
        request.signature = _signed(key, _typedDigest("Isonomy Forwarder", block.chainid, address(forwarder), content));
    }

    /// @dev The EIP-712 digest of a struct's hash for version 1 of a contract.
    function _typedDigest(
        string memory name,
        uint256 chainId,
        address at,
        bytes32 content
    ) internal pure returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPE, keccak256(bytes(name)), keccak256("1"), chainId, at));
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
