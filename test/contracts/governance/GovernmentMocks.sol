// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IIncomeSource, ITreasury} from "../../../contracts/governance/ITreasury.sol";
import {VotingUnits} from "../../../contracts/governance/VotingUnits.sol";
import {IPersonhood} from "../../../contracts/identity/IPersonhood.sol";

/// @notice Shows the curve to tests.
contract UnitsHarness {
    function curveOf(uint256 cap) external pure returns (uint256 offset, uint256 base) {
        offset = VotingUnits.offsetOf(cap);
        base = VotingUnits.baseOf(cap, offset);
    }

    function units(uint256 balance, uint256 cap) external pure returns (uint256) {
        uint256 offset = VotingUnits.offsetOf(cap);
        return VotingUnits.units(balance, cap, offset, VotingUnits.baseOf(cap, offset));
    }
}

/// @notice A module with one bounded number, one address and one way to move money, for proposals to change.
contract Knob is AccessManaged {
    uint256 public feeBps;
    address public receiver;
    uint256 public spent;

    error Knob_TooHigh(uint256 value);

    constructor(address authority_) AccessManaged(authority_) {}

    function setFeeBps(uint256 value) external payable restricted {
        require(value <= 500, Knob_TooHigh(value));
        feeBps = value;
    }

    function setReceiver(address value) external restricted {
        receiver = value;
    }

    function spend(uint256 amount) external restricted {
        spent += amount;
    }
}

/// @notice Vouches for anyone who asks: the proof is the nullifier and the end of validity.
contract OpenAdapter is IPersonhood {
    function verify(address, bytes calldata proof) external pure returns (bytes32 nullifier, uint48 validUntil) {
        return abi.decode(proof, (bytes32, uint48));
    }
}

/// @notice An adapter that makes a call of its own before it vouches for anyone who asks.
contract ActingAdapter is IPersonhood {
    address private _target;
    bytes private _data;

    function prepare(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function verify(address, bytes calldata proof) external returns (bytes32 nullifier, uint48 validUntil) {
        (bool success, bytes memory reason) = _target.call(_data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
        return abi.decode(proof, (bytes32, uint48));
    }
}

/// @notice One of a crowd: does what the crowd says.
contract Person {
    address private immutable CROWD = msg.sender;

    function act(address target, bytes calldata data) external returns (bytes memory) {
        require(msg.sender == CROWD, "not mine");
        (bool success, bytes memory result) = target.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }
}

/// @notice Many people at once, so that a test of a thousand citizens takes a few transactions.
contract Crowd {
    Person[] public people;

    function grow(uint256 count) external {
        for (uint256 i = 0; i < count; ++i) people.push(new Person());
    }

    function size() external view returns (uint256) {
        return people.length;
    }

    function all() external view returns (Person[] memory) {
        return people;
    }

    function act(uint256 from, uint256 to, address target, bytes calldata data) external {
        for (uint256 i = from; i < to; ++i) people[i].act(target, data);
    }

    function claim(uint256 from, uint256 to, address registry, uint32 issuerId, uint48 validUntil) external {
        for (uint256 i = from; i < to; ++i) {
            bytes memory proof = abi.encode(keccak256(abi.encode(address(people[i]))), validUntil);
            people[i].act(registry, abi.encodeWithSignature("claim(uint32,bytes)", issuerId, proof));
        }
    }

    function delegateToSelf(uint256 from, uint256 to, address token) external {
        for (uint256 i = from; i < to; ++i) {
            people[i].act(token, abi.encodeWithSignature("delegate(address)", address(people[i])));
        }
    }

    function reweigh(uint256 from, uint256 to, address token) external {
        for (uint256 i = from; i < to; ++i) {
            people[i].act(token, abi.encodeWithSignature("reweigh(address)", address(people[i])));
        }
    }

    function give(uint256 from, uint256[] calldata amounts, address token) external {
        for (uint256 i = 0; i < amounts.length; ++i) {
            IERC20(token).transferFrom(msg.sender, address(people[from + i]), amounts[i]);
        }
    }
}

/// @notice A wallet that signs with the key of its owner (ERC-1271).
contract SigningWallet is IERC1271 {
    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError problem, ) = ECDSA.tryRecover(hash, signature);
        return problem == ECDSA.RecoverError.NoError && signer == OWNER ? this.isValidSignature.selector : bytes4(0);
    }

    function act(address target, bytes calldata data) external {
        (bool success, ) = target.call(data);
        require(success, "failed");
    }
}

/// @notice Holds the income of one account, as the ledger of the market does.
contract IncomeSource {
    mapping(address token => uint256) public held;

    receive() external payable {
        held[address(0)] += msg.value;
    }

    function put(address token, uint256 amount) external {
        IERC20(token).transferFrom(msg.sender, address(this), amount);
        held[token] += amount;
    }

    function withdraw(address token) external returns (uint256 amount) {
        amount = held[token];
        require(amount > 0, "nothing");
        held[token] = 0;
        if (token == address(0)) {
            (bool sent, ) = msg.sender.call{value: amount}("");
            require(sent, "refused");
        } else {
            IERC20(token).transfer(msg.sender, amount);
        }
    }
}

/// @notice Has the income of its caller collected once more while it hands it out.
contract EchoingIncomeSource is IIncomeSource {
    function withdraw(address token) external returns (uint256 amount) {
        return ITreasury(msg.sender).collect(token);
    }
}

/// @notice Refuses native coin, or takes it and tries to be paid again.
contract GreedyReceiver {
    address private immutable TREASURY;
    bytes private _again;

    constructor(address treasury) {
        TREASURY = treasury;
    }

    function ask(bytes calldata data) external {
        _again = data;
    }

    receive() external payable {
        require(_again.length > 0, "no thanks");
        (bool success, ) = TREASURY.call(_again);
        require(success, "no second time");
    }
}

/// @notice Lends all it holds within one call.
contract FlashLender {
    function lend(IERC20 token, uint256 amount, address borrower, bytes calldata data) external {
        uint256 before = token.balanceOf(address(this));
        token.transfer(borrower, amount);
        (bool success, bytes memory result) = borrower.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        require(token.balanceOf(address(this)) >= before, "not repaid");
    }
}

/// @notice Borrows, then proposes, votes and executes in one transaction.
contract FlashVoter {
    struct Plan {
        IERC20 token;
        IGovernor governor;
        FlashLender lender;
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
    }

    function raid(Plan calldata plan, uint256 amount) external {
        plan.lender.lend(plan.token, amount, address(this), abi.encodeCall(this.strike, (plan, amount)));
    }

    function strike(Plan calldata plan, uint256 amount) external {
        (bool delegated, ) = address(plan.token).call(abi.encodeWithSignature("delegate(address)", address(this)));
        require(delegated, "delegate");
        uint256 id = plan.governor.propose(plan.targets, plan.values, plan.calldatas, plan.description);
        plan.governor.castVote(id, 1);
        plan.governor.execute(plan.targets, plan.values, plan.calldatas, keccak256(bytes(plan.description)));
        plan.token.transfer(address(plan.lender), amount);
    }
}

/// @notice A governor without delay or timelock in the way, as the raided ones had: it counts present balances.
contract InstantGovernor {
    IERC20 private immutable TOKEN;
    mapping(uint256 id => uint256) private _votes;

    constructor(IERC20 token) {
        TOKEN = token;
    }

    function propose(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        string calldata description
    ) external pure returns (uint256) {
        return uint256(keccak256(abi.encode(targets, values, calldatas, keccak256(bytes(description)))));
    }

    function castVote(uint256 id, uint8) external returns (uint256) {
        return _votes[id] += TOKEN.balanceOf(msg.sender);
    }

    function execute(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 hash
    ) external payable returns (uint256 id) {
        id = uint256(keccak256(abi.encode(targets, values, calldatas, hash)));
        require(_votes[id] * 3 > TOKEN.totalSupply() * 2, "two thirds");
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool success, ) = targets[i].call{value: values[i]}(calldatas[i]);
            require(success, "call");
        }
    }
}
