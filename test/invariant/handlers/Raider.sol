// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";

import {Hop, IExchange, PoolKey} from "../../../contracts/exchange/IExchange.sol";

/// @notice Lends all it holds for nothing. Unlike the Exchange it closes no door of ours while it does.
contract Lender {
    error Lender_NotRepaid(uint256 balance, uint256 expected);

    function flashLoan(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        bytes calldata data
    ) external returns (bool) {
        uint256 before = IERC20(token).balanceOf(address(this));
        require(IERC20(token).transfer(address(receiver), amount), "not lent");
        receiver.onFlashLoan(msg.sender, token, amount, 0, data);
        require(IERC20(token).transferFrom(address(receiver), address(this), amount), "not repaid");
        uint256 balance = IERC20(token).balanceOf(address(this));
        require(balance >= before, Lender_NotRepaid(balance, before));
        return true;
    }
}

/// @notice Tries a list of calls: on its own account, with a loan in its hands, inside a token's transfer or a licence's arrival. A call that
/// fails does not stop the next.
contract Raider is IERC3156FlashBorrower, IERC721Receiver {
    struct Step {
        address target;
        uint256 value;
        bytes data;
    }

    bytes32 private constant SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    bool private _swapping;
    uint256 private _depth;

    /// @notice Bit `i` says that the step `i` of the last raid succeeded; of the last raid inside another one.
    uint256 public done;
    uint256 public inside;
    /// @notice The last licence that arrived.
    uint256 public license;
    /// @notice How often a raid was entered since the start.
    uint256 public strikes;

    receive() external payable {}

    function strike(Step[] memory steps) public {
        ++_depth;
        uint256 succeeded = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            (bool ok, ) = steps[i].target.call{value: steps[i].value}(steps[i].data);
            if (ok) succeeded |= 1 << i;
        }
        if (--_depth == 0) done = succeeded;
        else inside = succeeded;
        ++strikes;
    }

    function borrow(IERC3156FlashLender lender, address token, uint256 amount, Step[] calldata steps) external {
        lender.flashLoan(this, token, amount, abi.encode(steps));
    }

    function borrowBySwap(
        IExchange exchange,
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        Step[] calldata steps
    ) external {
        _swapping = true;
        exchange.flashSwap(this, tokenIn, hops, amountOut, type(uint256).max, abi.encode(steps));
        _swapping = false;
    }

    /// @notice Withdraws whatever it has in a pool.
    function leave(IExchange exchange, PoolKey calldata key) external {
        uint256 shares = exchange.balanceOf(address(this), exchange.poolIdOf(key));
        exchange.removeLiquidity(key, shares, 0, 0, address(this), block.timestamp);
    }

    function onFlashLoan(address, address, uint256, uint256, bytes calldata data) external returns (bytes32) {
        bytes memory steps = data;
        if (_swapping) (, , steps) = abi.decode(data, (address, uint256, bytes));
        strike(abi.decode(steps, (Step[])));
        return SUCCESS;
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        license = id;
        return IERC721Receiver.onERC721Received.selector;
    }
}
