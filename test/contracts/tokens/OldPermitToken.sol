// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title OldPermitToken
/// @notice Permits as tokens in use have them that are older than ERC-5267: in a domain that nothing announces. For tests only.
contract OldPermitToken is ERC20 {
    /// @notice How the domain is made, and what is told of it.
    enum Form {
        Version2, // version "2", and `version()` says so
        Version2Untold, // version "2", without `version()`
        Unversioned, // no version in the domain
        Salted, // the chain's id as a salt
        Renamed, // a name that the token no longer has
        Mute, // no `DOMAIN_SEPARATOR`
        Dai, // DAI's type of permits
        Own, // a type of permits of its own
        None // no permits
    }

    error Absent();
    error WrongSigner(address signer, address owner);

    bytes32 private constant _TYPE = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant _DAI = keccak256(
        "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)"
    );

    Form public immutable FORM;
    bytes32 private immutable _SEPARATOR;
    mapping(address owner => uint256) private _nonces;

    constructor(Form form) ERC20("Old Dollar", "OLD") {
        FORM = form;
        bytes32 name_ = keccak256(form == Form.Renamed ? bytes("Older Dollar") : bytes("Old Dollar"));
        if (form == Form.Unversioned) {
            bytes32 type_ = keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
            _SEPARATOR = keccak256(abi.encode(type_, name_, block.chainid, address(this)));
        } else if (form == Form.Salted) {
            bytes32 type_ = keccak256(
                "EIP712Domain(string name,string version,address verifyingContract,bytes32 salt)"
            );
            _SEPARATOR = keccak256(abi.encode(type_, name_, keccak256("1"), address(this), bytes32(block.chainid)));
        } else {
            bytes32 type_ = keccak256(
                "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
            );
            _SEPARATOR = keccak256(abi.encode(type_, name_, keccak256("2"), block.chainid, address(this)));
        }
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        bytes32 struct_ = keccak256(abi.encode(_TYPE, owner, spender, value, _nonces[owner]++, deadline));
        address signer = ECDSA.recover(keccak256(abi.encodePacked(hex"1901", _SEPARATOR, struct_)), v, r, s);
        require(signer == owner, WrongSigner(signer, owner));
        _approve(owner, spender, value);
    }

    function version() external view returns (string memory) {
        require(FORM == Form.Version2, Absent());
        return "2";
    }

    function nonces(address owner) external view returns (uint256) {
        require(FORM != Form.None, Absent());
        return _nonces[owner];
    }

    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        require(FORM != Form.Mute, Absent());
        return _SEPARATOR;
    }

    // solhint-disable-next-line func-name-mixedcase
    function PERMIT_TYPEHASH() external view returns (bytes32) {
        require(FORM != Form.None && FORM != Form.Unversioned, Absent());
        return
            FORM == Form.Dai
                ? _DAI
                : FORM == Form.Own
                    ? keccak256("Permit()")
                    : _TYPE;
    }
}
