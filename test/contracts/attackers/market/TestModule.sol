// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseModule} from "../../../../contracts/license/ILicenseToken.sol";

import {MarketActor} from "./MarketActor.sol";

/// @title TestModule
/// @notice A licence module whose answers a test chooses.
contract TestModule is MarketActor, ILicenseModule {
    bytes private _answer = abi.encode(false, false);
    uint256 private _padding;
    bytes32 private _question;
    bool private _refuses;
    bool private _burns;

    error TestModule_Refused();
    error TestModule_OtherQuestion();

    function setState(bool locked, bool usable) external {
        _answer = abi.encode(locked, usable);
    }

    /// @notice What `licenseState` answers, byte for byte, and how many zero bytes follow.
    function setAnswer(bytes calldata answer, uint256 padding) external {
        (_answer, _padding) = (answer, padding);
    }

    /// @notice The one question that `licenseState` answers, by the hash of its calldata; zero: every one.
    function setQuestion(bytes32 question) external {
        _question = question;
    }

    /// @notice Whether `licenseState` reverts, or burns all of the gas it gets.
    function setFailure(bool refuses, bool burns) external {
        (_refuses, _burns) = (refuses, burns);
    }

    function soldUnder(uint256, bytes32) external pure returns (bool) {
        return false;
    }

    function licenseState(uint256) external view returns (bool, bool) {
        require(!_refuses, TestModule_Refused());
        require(_question == 0 || _question == keccak256(msg.data), TestModule_OtherQuestion());
        bytes memory answer = bytes.concat(_answer, new bytes(_padding));
        bool burns = _burns;
        assembly ("memory-safe") {
            if burns {
                invalid()
            }
            return(add(answer, 0x20), mload(answer))
        }
    }
}
