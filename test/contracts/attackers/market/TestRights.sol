// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {Offer} from "../../../../contracts/market/IMarket.sol";
import {IRights, Sale} from "../../../../contracts/market/IRights.sol";

/// @title TestRights
/// @notice A rights module whose answers a test chooses.
contract TestRights is IRights {
    /// @notice What the module was told last.
    event Granted(address indexed caller, Sale sale);
    /// @notice The same, byte for byte.
    event Told(bytes data);
    /// @notice A transfer that the module was asked about.
    event Asked(uint256 indexed licenseId, address from, address to);

    error TestRights_BadTerms(bytes32 terms);
    error TestRights_Refused();
    error TestRights_OtherData(bytes data);
    error TestRights_OtherQuestion();

    bool public keeps;
    bool public refuses;
    bytes private _answer = abi.encode(uint256(1));
    uint256 private _padding;
    bytes32 private _question;
    bool private _burns;
    /// @notice Who held the licence when the module was asked about a transfer.
    address public holderSeen;
    mapping(uint256 licenseId => uint256) public measure;

    bytes32 private _expected;
    address private _target;
    bytes private _call;

    function setKeeps(bool keeps_) external {
        keeps = keeps_;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    /// @notice Hash of the only calldata that `check` takes.
    function setExpected(bytes32 expected) external {
        _expected = expected;
    }

    /// @notice What `mayUse` answers, byte for byte; `grant` too, where it is anything but a word of 0 or 1.
    function setAnswer(bytes calldata answer) external {
        _answer = answer;
    }

    /// @notice How many zero bytes follow that answer.
    function setPadding(uint256 padding) external {
        _padding = padding;
    }

    /// @notice The one question that `mayUse` answers, by the hash of its calldata; zero: every one.
    function setQuestion(bytes32 question) external {
        _question = question;
    }

    /// @notice Whether `mayUse` burns all of the gas it gets.
    function setBurns(bool burns) external {
        _burns = burns;
    }

    /// @notice What `grant` calls before it answers.
    function setCall(address target, bytes calldata data) external {
        (_target, _call) = (target, data);
    }

    function check(Offer calldata offer) external view {
        require(offer.rightsTerms != bytes32(uint256(0xbad)), TestRights_BadTerms(offer.rightsTerms));
        require(_expected == 0 || keccak256(msg.data) == _expected, TestRights_OtherData(msg.data));
        if (_answer.length != 32) _return();
    }

    function grant(Sale calldata sale) external returns (bool) {
        require(!refuses, TestRights_Refused());
        measure[sale.licenseId] += sale.quantity;
        emit Granted(msg.sender, sale);
        emit Told(msg.data);
        if (_target != address(0)) {
            (bool done, bytes memory reason) = _target.call(_call);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
        if (_answer.length != 32 || uint256(bytes32(_answer)) > 1) _return();
        return keeps;
    }

    function mayUse(uint256, address, address) external view returns (bool) {
        require(!refuses, TestRights_Refused());
        require(_question == 0 || _question == keccak256(msg.data), TestRights_OtherQuestion());
        if (_burns) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        _return();
    }

    function beforeTransfer(uint256 licenseId, address from, address to) external {
        require(!refuses, TestRights_Refused());
        holderSeen = IERC721(msg.sender).ownerOf(licenseId);
        emit Asked(licenseId, from, to);
    }

    function _return() private view {
        bytes memory answer = bytes.concat(_answer, new bytes(_padding));
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
