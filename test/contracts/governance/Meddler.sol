// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A payee that makes a list of calls whenever it is paid. A call that fails stops neither the next call nor the payment.
contract Meddler {
    struct Step {
        address target;
        bytes data;
    }

    Step[] private _steps;
    bool private _busy;

    /// @notice Bit `i` says that step `i` succeeded once since it was armed.
    uint256 public done;
    /// @notice What step `i` returned the last time, or why it failed.
    mapping(uint256 step => bytes) public answers;
    /// @notice How often it was paid.
    uint256 public payments;

    receive() external payable {
        meddle();
    }

    /// @notice Names the calls of the next payments.
    function arm(Step[] calldata steps) external {
        delete _steps;
        done = 0;
        for (uint256 i = 0; i < steps.length; ++i) _steps.push(steps[i]);
    }

    function meddle() public {
        ++payments;
        // what it calls may pay it again
        if (_busy) return;
        _busy = true;
        uint256 succeeded = done;
        for (uint256 i = 0; i < _steps.length; ++i) {
            (bool success, bytes memory answer) = _steps[i].target.call(_steps[i].data);
            answers[i] = answer;
            if (success) succeeded |= 1 << i;
        }
        done = succeeded;
        _busy = false;
    }
}

/// @notice A token that calls a meddler at every transfer: before the balances change, and after it.
contract MeddlingToken is ERC20 {
    Meddler private immutable MEDDLER;

    constructor(Meddler meddler) ERC20("Meddling", "MED") {
        MEDDLER = meddler;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool moves = from != address(0) && to != address(0);
        if (moves) MEDDLER.meddle();
        super._update(from, to, amount);
        if (moves) MEDDLER.meddle();
    }
}

/// @notice A module whose number changes the roles of others: what a proposal calls later is not what it was at the start.
contract RoleChanger {
    address private immutable AUTHORITY;
    bytes private _change;

    constructor(address authority_, bytes memory change) {
        AUTHORITY = authority_;
        _change = change;
    }

    function setFeeBps() external {
        (bool success, ) = AUTHORITY.call(_change);
        require(success, "no role");
    }
}

/// @notice A registry of which nothing is known but when its phases began.
contract RegistryOfAge {
    mapping(uint8 phase => uint48) public phaseBeginsAt;

    constructor(uint48 first, uint48 second) {
        (phaseBeginsAt[1], phaseBeginsAt[2]) = (first, second);
    }

    function phase() external view returns (uint8) {
        for (uint8 reached = 2; reached > 0; --reached) {
            uint48 begins = phaseBeginsAt[reached];
            if (begins != 0 && begins <= block.timestamp) return reached;
        }
        return 0;
    }
}
