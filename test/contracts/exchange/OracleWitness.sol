// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Hop, IExchange, PoolKey} from "../../../contracts/exchange/IExchange.sol";

/// @title OracleWitness
/// @notice Asks the oracle before and after a swap of its own, in one transaction. For tests only.
contract OracleWitness {
    error Moved(uint256 window, uint256 before, uint256 afterwards);

    IExchange private immutable _EXCHANGE;

    constructor(IExchange exchange) {
        _EXCHANGE = exchange;
    }

    /// @return answers What the oracle says for each window; reverts when the swap changes one of them.
    function touch(
        PoolKey calldata key,
        uint256 amountIn,
        uint256[] calldata windows
    ) external returns (uint256[] memory answers) {
        answers = new uint256[](windows.length);
        for (uint256 i; i < windows.length; ++i) answers[i] = _EXCHANGE.consult(key, windows[i]);
        IERC20(key.token0).approve(address(_EXCHANGE), amountIn);
        Hop[] memory hops = new Hop[](1);
        hops[0] = Hop.wrap((key.feeBps << 160) | uint160(key.token1));
        _EXCHANGE.swapExactIn(key.token0, hops, amountIn, 0, address(this), block.timestamp);
        for (uint256 i; i < windows.length; ++i) {
            uint256 afterwards = _EXCHANGE.consult(key, windows[i]);
            require(afterwards == answers[i], Moved(windows[i], answers[i], afterwards));
        }
    }
}
