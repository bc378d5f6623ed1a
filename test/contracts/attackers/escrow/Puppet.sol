// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Puppet
/// @notice A contract that does what a test tells it, and tries one call of its own choice when it is called back. For tests only.
abstract contract Puppet {
    /// @notice It refuses what it was asked, as a test told it to.
    error Puppet_Refused();

    /// @notice Whether the call that it tried succeeded.
    bool public reentered;
    /// @notice What the call that it tried answered.
    bytes public answer;

    address private _target;
    bytes private _data;

    /// @notice Calls `target` in its own name and passes a failure on.
    function execute(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool done, bytes memory returned) = target.call{value: msg.value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(returned, 0x20), mload(returned))
            }
        }
        return returned;
    }

    /// @notice Names the call that it tries when it is called back.
    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function _reenter() internal {
        if (_target != address(0)) (reentered, answer) = _target.call(_data);
    }

    function _burnGas() internal pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
