// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";

/// @notice Counts what the actions of a campaign did, over all of its runs.
/// @dev Every run starts from the same snapshot, so a total that outlives a run is kept in the environment of the process.
abstract contract Tally is Test {
    /// @dev Fewer calls say nothing about an action that one in fifty should be.
    uint256 private constant MIN_CALLS_TO_JUDGE = 4_000;
    uint256 private constant MIN_SHARE_PERCENT = 2;
    /// @dev The share in a short campaign varies by half a percent by chance.
    uint256 private constant MIN_SHARE_PERCENT_AT_FIRST = 1;
    uint256 private constant MANY_CALLS = 20_000;
    /// @dev Forge then plays and changes kept sequences that reached new code, so it does not draw every action equally often.
    string private constant KEEPING_SEQUENCES = "deep";

    mapping(bytes4 action => uint256 count) public succeeded;
    mapping(bytes4 action => uint256 count) public called;
    bytes4[] internal _actions;
    string[] internal _names;
    bytes32 private _latest;
    bool private _repeated;

    /// @dev A call that is the one before once more is not counted: a deep campaign plays kept sequences with one call repeated many times.
    /// An action that reached its end without doing what it is named after does not count as a success.
    modifier counted() {
        _prepare();
        (_latest, _repeated) = (keccak256(msg.data), keccak256(msg.data) == _latest);
        if (!_repeated) ++called[msg.sig];
        _;
    }

    /// @dev Puts back what time takes away from the stage, before each action.
    function _prepare() internal virtual {}

    function actions() external view returns (bytes4[] memory) {
        return _actions;
    }

    /// @notice Adds this run to the totals, prints them, and fails when an action hardly ever succeeds.
    function report(string calldata campaign) external {
        uint256 total = 0;
        uint256[] memory calls = new uint256[](_actions.length);
        uint256[] memory successes = new uint256[](_actions.length);
        for (uint256 i = 0; i < _actions.length; ++i) {
            calls[i] = _accumulate(string.concat(campaign, "_CALLS_", _names[i]), called[_actions[i]]);
            successes[i] = _accumulate(string.concat(campaign, "_DONE_", _names[i]), succeeded[_actions[i]]);
            total += calls[i];
        }

        console.log("%s: %s calls (succeeded / called)", campaign, total);
        for (uint256 i = 0; i < _actions.length; ++i) {
            console.log("  %s / %s  %s", successes[i], calls[i], _names[i]);
            if (total < MIN_CALLS_TO_JUDGE) continue;
            uint256 share = total < MANY_CALLS || _drawsUnevenly() ? MIN_SHARE_PERCENT_AT_FIRST : MIN_SHARE_PERCENT;
            assertGe(successes[i] * 100, total * share, string.concat(_names[i], " hardly ever succeeds"));
        }
    }

    function _drawsUnevenly() private view returns (bool) {
        return Strings.equal(vm.envOr("FOUNDRY_PROFILE", string("default")), KEEPING_SEQUENCES);
    }

    function _action(bytes4 selector, string memory name) internal {
        _actions.push(selector);
        _names.push(name);
    }

    function _done() internal {
        if (!_repeated) ++succeeded[msg.sig];
    }

    /// @dev What must not happen has happened.
    function _never(string memory what) internal pure {
        assertTrue(false, what);
    }

    function _accumulate(string memory key, uint256 count) private returns (uint256 sum) {
        sum = vm.envOr(key, uint256(0)) + count;
        vm.setEnv(key, vm.toString(sum));
    }
}
