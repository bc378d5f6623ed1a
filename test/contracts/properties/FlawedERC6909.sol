// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC6909TokenSupply, IERC6909} from "@openzeppelin/contracts/interfaces/IERC6909.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title FlawedERC6909
/// @notice A contract of the ids 1 and 2 with one flaw: flaw n breaks the n-th property of ERC-6909. 0 means no flaw.
/// @dev Anyone may mint: the tests of the properties are its only users.
contract FlawedERC6909 is IERC6909TokenSupply {
    uint256 private immutable FLAW;

    mapping(uint256 id => uint256) public totalSupply;
    mapping(address owner => mapping(uint256 id => uint256)) public balanceOf;
    mapping(address owner => mapping(address spender => mapping(uint256 id => uint256))) private _allowances;
    mapping(address owner => mapping(address spender => bool)) private _operators;

    error FlawedERC6909_ZeroAddress();
    error FlawedERC6909_NotEnough(uint256 id);

    constructor(uint256 flaw) {
        FLAW = flaw;
    }

    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool) {
        if (FLAW == 2) amount = Math.min(amount, balanceOf[msg.sender][id]);
        if (FLAW == 3 && receiver == msg.sender) balanceOf[receiver][id] += amount;
        _move(msg.sender, receiver, id, amount);
        if (FLAW == 1) balanceOf[receiver][_otherThan(id)] += amount;
        return true;
    }

    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool) {
        bool free = (sender == msg.sender && FLAW != 10) || (isOperator(sender, msg.sender) && FLAW != 9);
        if (!free) _spend(sender, id, amount);
        if (FLAW == 7) amount = Math.min(amount, balanceOf[sender][id]);
        _move(sender, receiver, id, amount);
        if (FLAW == 19) balanceOf[receiver][id] += 1;
        return true;
    }

    function approve(address spender, uint256 id, uint256 amount) external returns (bool) {
        uint256 before = FLAW == 11 ? _allowances[msg.sender][spender][id] : 0;
        _allowances[msg.sender][spender][_keyOf(id)] = before + amount;
        emit Approval(msg.sender, spender, id, amount);
        return true;
    }

    function setOperator(address spender, bool approved) external returns (bool) {
        _operators[msg.sender][spender] = approved || FLAW == 13;
        emit OperatorSet(msg.sender, spender, approved);
        return true;
    }

    function mint(address to, uint256 id, uint256 amount) external {
        balanceOf[to][id] += amount;
        if (FLAW != 15) totalSupply[id] += amount;
        emit Transfer(msg.sender, address(0), to, id, amount);
    }

    function burn(uint256 id, uint256 amount) external {
        if (FLAW == 17) amount = Math.min(amount, balanceOf[msg.sender][id]);
        balanceOf[msg.sender][id] -= amount;
        if (FLAW != 16) totalSupply[id] -= amount;
        emit Transfer(msg.sender, msg.sender, address(0), id, amount);
    }

    function allowance(address owner, address spender, uint256 id) external view returns (uint256) {
        return _allowances[owner][spender][_keyOf(id)];
    }

    function supportsInterface(bytes4 interfaceId) external view returns (bool) {
        return FLAW == 20 || interfaceId == type(IERC6909).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    function isOperator(address owner, address spender) public view returns (bool) {
        return _operators[owner][spender] || (FLAW == 14 && _operators[spender][owner]);
    }

    function _move(address from, address to, uint256 id, uint256 amount) private {
        require(to != address(0) || FLAW == 18, FlawedERC6909_ZeroAddress());
        require(balanceOf[from][id] >= amount && (amount > 0 || FLAW != 4), FlawedERC6909_NotEnough(id));
        balanceOf[from][id] -= amount;
        balanceOf[to][id] += amount;
        emit Transfer(msg.sender, from, to, id, amount);
    }

    function _spend(address sender, uint256 id, uint256 amount) private {
        uint256 allowed = _allowances[sender][msg.sender][_keyOf(id)];
        if (FLAW == 6) amount = Math.min(amount, allowed);
        require(allowed >= amount, FlawedERC6909_NotEnough(id));
        bool infinite = allowed == type(uint256).max && FLAW != 8;
        if (!infinite && FLAW != 5) _allowances[sender][msg.sender][_keyOf(id)] = allowed - amount;
    }

    function _keyOf(uint256 id) private view returns (uint256) {
        return FLAW == 12 ? 0 : id;
    }

    /// @dev 2 for 1 and 1 for 2.
    function _otherThan(uint256 id) private pure returns (uint256) {
        return 3 - id;
    }
}
