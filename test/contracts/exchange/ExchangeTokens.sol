// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice What anybody may mint.
abstract contract FreeToken is ERC20 {
    uint8 private immutable _DECIMALS;

    constructor(string memory symbol_, uint8 decimals_) ERC20(symbol_, symbol_) {
        _DECIMALS = decimals_;
    }

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function decimals() public view virtual override returns (uint8) {
        return _DECIMALS;
    }
}

/// @notice An ordinary token, which takes signed permits.
contract PlainToken is FreeToken, ERC20Permit {
    constructor(string memory symbol_, uint8 decimals_) FreeToken(symbol_, decimals_) ERC20Permit(symbol_) {}

    function decimals() public view override(ERC20, FreeToken) returns (uint8) {
        return super.decimals();
    }
}

/// @notice Burns 1 % of each transfer.
contract BurningFeeToken is FreeToken("FEE", 18) {
    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        uint256 fee = value / 100;
        super._update(from, address(0), fee);
        super._update(from, to, value - fee);
    }
}

/// @notice Takes 1 % more than the amount from the sender of a `transfer`.
contract SenderFeeToken is FreeToken("SFT", 18) {
    function transfer(address to, uint256 value) public override returns (bool) {
        _burn(msg.sender, value / 100);
        return super.transfer(to, value);
    }
}

/// @notice Refuses to pay the accounts on its list.
contract DenyingToken is FreeToken("BLK", 6) {
    error Blacklisted(address account);

    mapping(address account => bool listed) public blacklisted;

    function setBlacklisted(address account, bool listed) external {
        blacklisted[account] = listed;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!blacklisted[from], Blacklisted(from));
        require(!blacklisted[to], Blacklisted(to));
        super._update(from, to, value);
    }
}

/// @notice Returns false instead of moving anything, while told to.
contract FalseToken is FreeToken("FLS", 18) {
    bool public broken;

    function setBroken(bool broken_) external {
        broken = broken_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return broken ? false : super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return broken ? false : super.transferFrom(from, to, value);
    }
}

/// @notice Claims success without moving anything, while told to.
contract LyingToken is FreeToken("LIE", 18) {
    bool public lying;

    function setLying(bool lying_) external {
        lying = lying_;
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return lying ? true : super.transferFrom(from, to, value);
    }
}

/// @notice Its transfers return nothing, as those of some old tokens.
contract SilentToken {
    mapping(address account => uint256 balance) public balanceOf;
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;

    function mint(address account, uint256 amount) external {
        balanceOf[account] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Balances follow an index that anybody may set, in percent.
contract RebasingToken is FreeToken("RBS", 18) {
    uint256 public percent = 100;

    function setPercent(uint256 percent_) external {
        percent = percent_;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return (super.balanceOf(account) * percent) / 100;
    }
}

/// @notice Burns all the gas it is given when it pays, while told to.
contract GasBurnerToken is FreeToken("GAS", 18) {
    bool public burning;

    function setBurning(bool burning_) external {
        burning = burning_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (burning) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        return super.transfer(to, value);
    }
}

/// @notice Tells the sender and the recipient of a transfer, as ERC-777 does.
contract CallingToken is FreeToken("HOOK", 18) {
    mapping(address account => address hook) public hooks;

    function setHook(address hook) external {
        hooks[msg.sender] = hook;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (hooks[from] != address(0)) ITransferHook(hooks[from]).onTransfer(from, to, value);
        super._update(from, to, value);
        if (hooks[to] != address(0)) ITransferHook(hooks[to]).onTransfer(from, to, value);
    }
}

interface ITransferHook {
    function onTransfer(address from, address to, uint256 value) external;
}
